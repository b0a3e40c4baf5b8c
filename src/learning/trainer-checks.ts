import { ParameterError, ShapeError, unknownName } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { emitsSpikes, type Network } from '../network/index.ts';
import type { Batch } from '../tensor/index.ts';
import { checkRewiring } from './deep-r/start.ts';
import { checkLoss, checkLossBatch } from './loss-checks.ts';
import { checkedOptimiser } from './optimisers.ts';
import type { TrainableNeurons } from './parameter-segments.ts';
import { firingRate, type Regulariser } from './regularisers.ts';
import { bptt, checkRule } from './rules.ts';
import type { TrainerOptions } from './trainer-options.ts';

/** @throws ParameterError unless the population exists and is spiking, or graded, as what reads it needs */
function checkPopulation(network: Network, what: string, name: string, wanted?: 'spikes' | 'graded values'): void {
  if (!Object.hasOwn(network.populations, name)) {
    throw unknownName('Trainer', 'population', name, Object.keys(network.populations));
  }
  const got = emitsSpikes(network, name) ? 'spikes' : 'graded values';
  if (wanted === undefined || got === wanted) return;
  throw new ParameterError('Trainer', `expected ${wanted} for ${what}, got ${got} of population "${name}"`, {
    hint: wanted === 'spikes' ? 'name a spiking population' : 'connect the population to a leakyReadout()',
  });
}

function checkTrainable(network: Network, trainable: TrainableNeurons): void {
  for (const [name, keys] of Object.entries(trainable)) {
    checkPopulation(network, 'trainable', name);
    const known = Object.keys(network.populations[name]!.model.model.definition.params);
    keys.forEach((key, k) => {
      if (!known.includes(key)) throw unknownName(`population "${name}"`, 'parameter', key, known);
      if (keys.indexOf(key) === k) return;
      throw new ParameterError('Trainer', `expected trainable parameters of "${name}" once each, got "${key}" twice`);
    });
  }
}

function checkRegulariser(network: Network, regulariser: Regulariser): void {
  if (regulariser.kind !== 'firingRate') {
    throw unknownName('Trainer', 'regulariser', String((regulariser as { kind: unknown }).kind), ['firingRate']);
  }
  firingRate(optionsOf(regulariser));
  checkPopulation(network, 'firingRate', regulariser.population, 'spikes');
}

function checkCount(name: string, value: number, unit: string, hint?: string): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new ParameterError('Trainer', `expected ${name} of 1 ${unit} or more, got ${value}`, hint ? { hint } : {});
}

/** @throws ParameterError for what every learner takes: batch, rule, regularisers, clipping */
export function checkCommon(
  network: Network,
  { batch, rule, regularisers = [], clipNorm }: Pick<TrainerOptions, 'batch' | 'rule' | 'regularisers' | 'clipNorm'>,
): void {
  checkCount('batch', batch, 'row');
  if (rule !== undefined) checkRule(rule);
  for (const regulariser of regularisers) checkRegulariser(network, regulariser);
  if (clipNorm !== undefined && !(clipNorm > 0)) {
    throw new ParameterError('Trainer', `expected clipNorm above 0, got ${clipNorm}`, {
      hint: 'leave it out not to clip',
    });
  }
}

/**
 * @throws ParameterError for unknown names and kinds, a batch that the shards do not divide, and values out of range
 * @throws UnsupportedError for options that exclude each other
 */
export function checkOptions(network: Network, options: TrainerOptions): void {
  const { batch, steps, shards = 1, loss, recomputeEvery } = options;
  checkCount('steps', steps, 'step');
  checkLoss('Trainer', loss);
  checkPopulation(network, 'the loss', loss.population, 'graded values');
  checkCommon(network, options);
  if (options.rewiring !== undefined) {
    const { rule = bptt(), rewiring } = options;
    checkRewiring(network, rewiring, {
      rule,
      population: loss.population,
      optimiser: checkedOptimiser(options.optimiser),
    });
  }
  checkTrainable(network, (options.trainable ?? {}) as TrainableNeurons);
  if (!Number.isInteger(shards) || shards < 1 || batch % shards !== 0) {
    throw new ParameterError('Trainer', `expected shards that divide the batch of ${batch}, got ${shards}`);
  }
  if (recomputeEvery !== undefined) {
    checkCount('recomputeEvery', recomputeEvery, 'step', 'leave it out to keep every step');
  }
}

/** @throws ShapeError if the batch does not fit the options and the network; ParameterError for unknown names and labels */
export function checkBatch(network: Network, { batch: rows, steps, loss }: TrainerOptions, batch: Batch): void {
  if (batch.size !== rows || batch.steps !== steps) {
    throw new ShapeError(
      'Trainer',
      `expected a batch of ${rows} rows and ${steps} steps, got ${batch.size} and ${batch.steps}`,
      { hint: 'the options batch and steps of the trainer hold for every batch' },
    );
  }
  const known = Object.keys(network.inputs);
  if (typeof batch.inputs !== 'object' || batch.inputs === null) {
    throw new ShapeError('Trainer', `expected inputs by name, got ${batch.inputs}`, {
      hint: `inputs: { ${known[0]}: … }`,
    });
  }
  for (const name of Object.keys(batch.inputs)) {
    if (!known.includes(name)) throw unknownName('Trainer', 'input', name, known);
  }
  for (const name of known) {
    if (!Object.hasOwn(batch.inputs, name)) {
      throw new ShapeError('Trainer', `expected input "${name}", got none`, { hint: `pass { ${name}: … }` });
    }
    const got = batch.inputs[name]?.batch;
    if (got === rows) continue;
    throw new ShapeError(`input "${name}"`, `expected a batch of ${rows}, got ${got}`, {
      hint: 'activity is [time, batch, size]',
    });
  }
  checkLossBatch(loss, batch, network.populations[loss.population]!.size);
}
