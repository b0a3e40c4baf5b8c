import { NumericsError, ParameterError, ShapeError, unknownName } from '../base/errors.ts';
import type { Arithmetic } from '../kernels/index.ts';
import {
  checkedSeed,
  checkedStep,
  emitsSpikes,
  initialParameters,
  type Network,
  type NetworkParameters,
} from '../network/index.ts';
import type { Batch } from '../tensor/index.ts';
import { type ExecutorFactory, inProcess, type ShardExecutor } from './executor.ts';
import { type Loss, lossNormaliser } from './loss.ts';
import { OptimiserState } from './optimiser-state.ts';
import type { Optimiser } from './optimisers.ts';
import { ParameterVector, type TrainableNeurons } from './parameter-vector.ts';
import { type FiringRate, firingRateTerm } from './regularisers.ts';
import type { ShardForward } from './shard.ts';

/** How to train a network by backpropagation through time. */
export interface TrainerOptions {
  /** Rows of a batch. */
  readonly batch: number;
  /** Time steps of a sequence. */
  readonly steps: number;
  /** Time step in ms. Default 1. */
  readonly dt?: number;
  /** Seed of initial weights and of random draws in equations. */
  readonly seed: number;
  readonly loss: Loss;
  readonly optimiser: Optimiser;
  readonly regularisers?: readonly FiringRate[];
  /** Largest norm of the gradient; a larger one is scaled down to it. Default: no clipping. */
  readonly clipNorm?: number;
  /** Neuron parameters to train besides the weights, e.g. `{ hidden: ['tauA'] }`; they stay within their ranges. */
  readonly trainable?: TrainableNeurons;
  /** Initial parameters; default: drawn from the seed. */
  readonly parameters?: NetworkParameters;
  /** Equal parts of the batch that are computed independently. Results depend on it, but not on the number of workers. Default 1. */
  readonly shards?: number;
  /** Keep states of this many steps only and recompute the others in the backward pass. */
  readonly recomputeEvery?: number;
  /** Start each sequence from the state at the end of the one before. Default false. */
  readonly carryState?: boolean;
  readonly arithmetic?: Arithmetic;
  /** Where shards run. Default: in this thread; `workerThreads` of `volley/io` spreads them over cores. */
  readonly executor?: ExecutorFactory;
}

/** What one batch gave. */
export interface BatchResult {
  /** Task loss, without regularisation. */
  readonly loss: number;
  /** Fraction of labelled decisions that were wrong; NaN for a loss without classes. */
  readonly error: number;
  /** Predicted class per (window, row), [windows, batch]. */
  readonly predictions: Int32Array;
  /** Mean firing rate of each spiking population, in Hz. */
  readonly rates: Readonly<Record<string, number>>;
}

/** What one training step gave. */
export interface StepResult extends BatchResult {
  /** Number of this step, from 1. */
  readonly iteration: number;
  readonly regularisation: number;
  /** Norm of the whole gradient before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
}

/** Everything that a trainer needs to go on: as tensors, for a checkpoint. */
export interface TrainerState {
  readonly iteration: number;
  readonly parameters: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Carried network state per shard; empty without `carryState`. */
  readonly carried: readonly Uint8Array[];
}

/**
 * Trains a network by backpropagation through time with pseudo-derivatives.
 *
 * @example
 * const trainer = await Trainer.create(net, {
 *   batch: 32, steps: 252, seed: 1, loss: softmaxCrossEntropy(), optimiser: adam({ learningRate: 5e-3 }),
 * });
 * const { loss, error } = await trainer.step(batch);
 */
export class Trainer {
  readonly network: Network;
  readonly options: TrainerOptions;
  readonly #vector: ParameterVector;
  readonly #optimiser: OptimiserState;
  readonly #executor: ShardExecutor;

  private constructor(
    network: Network,
    options: TrainerOptions,
    vector: ParameterVector,
    start: Float32Array,
    executor: ShardExecutor,
  ) {
    this.network = network;
    this.options = options;
    this.#vector = vector;
    this.#optimiser = new OptimiserState(options.optimiser, start);
    this.#executor = executor;
  }

  /**
   * Builds the engines of all shards.
   *
   * @throws ParameterError for unknown names, a batch that the shards do not divide, and values out of range
   */
  static async create(network: Network, options: TrainerOptions): Promise<Trainer> {
    const shards = options.shards ?? 1;
    checkOptions(network, options, shards);
    const parameters = options.parameters ?? initialParameters(network, options.seed);
    const trainable = options.trainable ?? {};
    const vector = new ParameterVector(network, parameters, trainable);
    const shard = {
      rows: options.batch / shards,
      steps: options.steps,
      dt: checkedStep(options.dt ?? 1),
      seed: checkedSeed(options.seed),
      loss: options.loss,
      trainable,
      recomputeEvery: options.recomputeEvery,
      carryState: options.carryState ?? false,
      arithmetic: options.arithmetic,
    };
    const executor = await (options.executor ?? inProcess)({ network, parameters, options: shard, shards });
    return new Trainer(network, options, vector, vector.pack(parameters), executor);
  }

  /** Number of trained parameters. */
  get parameterCount(): number {
    return this.#vector.freeCount;
  }

  /** The parameters as they are now, in public shapes. */
  get parameters(): NetworkParameters {
    return this.#vector.unpack(this.#optimiser.parameters);
  }

  /** A vector of parameters, as {@link saveState} gives it, in public shapes. */
  unpack(vector: Float32Array): NetworkParameters {
    return this.#vector.unpack(vector);
  }

  /** Number of training steps taken. */
  get iteration(): number {
    return this.#optimiser.iteration;
  }

  /**
   * One training step: forward, backward, and the optimiser's change.
   *
   * @throws ShapeError if the batch does not fit; NumericsError if the loss or a gradient is not finite (parameters stay as they were)
   */
  async step(batch: Batch): Promise<StepResult> {
    this.#checkBatch(batch);
    const forward = await this.#forward(batch);
    const { regularisation, constants } = this.#regularise(forward);
    const gradients = await this.#executor.backward(constants);
    const { gradientNorm, learningRate } = this.#optimiser.step(gradients, this.#vector, this.options.clipNorm);
    this.#vector.clamp(this.#optimiser.parameters);
    await this.#executor.setParameters(this.#optimiser.parameters.slice());
    await this.#executor.finish();
    return { ...this.#summary(forward), iteration: this.iteration, regularisation, gradientNorm, learningRate };
  }

  /** Loss and error on a batch, without learning. Carried state is put back afterwards. */
  async evaluate(batch: Batch): Promise<BatchResult> {
    this.#checkBatch(batch);
    const kept = await this.#executor.saveState();
    const forward = await this.#forward(batch);
    await this.#executor.loadState(kept);
    return this.#summary(forward);
  }

  /** The gradient of a batch's loss with regularisation, as parameters; nothing is changed. */
  async gradient(batch: Batch): Promise<{ loss: number; gradient: NetworkParameters }> {
    this.#checkBatch(batch);
    const kept = await this.#executor.saveState();
    const forward = await this.#forward(batch);
    const { regularisation, constants } = this.#regularise(forward);
    const sum = new Float32Array(this.#vector.length);
    for (const part of await this.#executor.backward(constants)) {
      for (let k = 0; k < sum.length; k++) sum[k]! += part[k]!;
    }
    await this.#executor.loadState(kept);
    return { loss: this.#summary(forward).loss + regularisation, gradient: this.#vector.unpack(sum) };
  }

  async saveState(): Promise<TrainerState> {
    return {
      iteration: this.iteration,
      parameters: this.#optimiser.parameters.slice(),
      firstMoment: this.#optimiser.firstMoment.slice(),
      secondMoment: this.#optimiser.secondMoment.slice(),
      carried: await this.#executor.saveState(),
    };
  }

  /** @throws ShapeError if the state comes from another network or other options */
  async loadState(state: TrainerState): Promise<void> {
    if (state.parameters.length !== this.#vector.length || state.carried.length !== (this.options.shards ?? 1)) {
      throw new ShapeError(
        'Trainer.loadState',
        `expected ${this.#vector.length} parameters, got ${state.parameters.length}`,
        {
          hint: 'the checkpoint belongs to another network or other options',
        },
      );
    }
    this.#optimiser.iteration = state.iteration;
    this.#optimiser.parameters.set(state.parameters);
    this.#optimiser.firstMoment.set(state.firstMoment);
    this.#optimiser.secondMoment.set(state.secondMoment);
    await this.#executor.setParameters(state.parameters);
    await this.#executor.loadState(state.carried);
  }

  /** Bytes of simulation memory of all shards. */
  memoryBytes(): Promise<number> {
    return this.#executor.memoryBytes();
  }

  /** Ends the workers, if any. */
  close(): Promise<void> {
    return this.#executor.close();
  }

  async #forward(batch: Batch): Promise<ShardForward[]> {
    const { loss, steps } = this.options;
    const forward = await this.#executor.forward(batch, lossNormaliser(loss, batch), this.iteration * steps);
    const total = forward.reduce((sum, shard) => sum + shard.loss, 0);
    if (!Number.isFinite(total)) {
      throw new NumericsError('Trainer', `expected a finite loss, got ${total} after ${this.iteration} iterations`, {
        hint: 'lower the learning rate, or scale weights and targets down; the parameters are unchanged',
      });
    }
    return forward;
  }

  #checkBatch(batch: Batch): void {
    const { batch: rows, steps } = this.options;
    if (batch.size !== rows || batch.steps !== steps) {
      throw new ShapeError(
        'Trainer',
        `expected a batch of ${rows} rows and ${steps} steps, got ${batch.size} and ${batch.steps}`,
        { hint: 'the options batch and steps of the trainer hold for every batch' },
      );
    }
  }

  #regularise(forward: readonly ShardForward[]): { regularisation: number; constants: Record<string, Float64Array> } {
    const constants: Record<string, Float64Array> = {};
    let regularisation = 0;
    const { batch, steps, dt = 1 } = this.options;
    for (const regulariser of this.options.regularisers ?? []) {
      const { population, target, strength } = regulariser;
      const term = firingRateTerm(sumCounts(forward, population), { steps, batch, dt, target, strength });
      regularisation += term.loss;
      const before = constants[population];
      constants[population] = before ? term.gradient.map((value, n) => value + before[n]!) : term.gradient;
    }
    return { regularisation, constants };
  }

  #summary(forward: readonly ShardForward[]): BatchResult {
    const { batch, steps, dt = 1 } = this.options;
    const decisions = forward.reduce((sum, shard) => sum + shard.decisions, 0);
    const correct = forward.reduce((sum, shard) => sum + shard.correct, 0);
    const rates = Object.keys(forward[0]!.spikeCounts).map((name) => {
      const counts = sumCounts(forward, name);
      const total = counts.reduce((sum, count) => sum + count, 0);
      return [name, (1000 * total) / (counts.length * batch * steps * dt)] as const;
    });
    return {
      loss: forward.reduce((sum, shard) => sum + shard.loss, 0),
      error: decisions > 0 ? 1 - correct / decisions : Number.NaN,
      predictions: joinRows(
        forward.map((shard) => shard.predictions),
        batch / forward.length,
      ),
      rates: Object.fromEntries(rates),
    };
  }
}

function sumCounts(forward: readonly ShardForward[], population: string): Float64Array {
  const sum = new Float64Array(forward[0]!.spikeCounts[population]!.length);
  for (const { spikeCounts } of forward) {
    spikeCounts[population]!.forEach((count, n) => {
      sum[n]! += count;
    });
  }
  return sum;
}

/** Joins the [windows, rows] arrays of all shards to [windows, batch]. */
function joinRows(parts: readonly Int32Array[], rows: number): Int32Array {
  const windows = parts[0]!.length / rows;
  const joined = new Int32Array(windows * rows * parts.length);
  parts.forEach((part, s) => {
    for (let w = 0; w < windows; w++) {
      joined.set(part.subarray(w * rows, (w + 1) * rows), (w * parts.length + s) * rows);
    }
  });
  return joined;
}

/** @throws ParameterError unless the population exists and is spiking, or graded, as what reads it needs */
function checkPopulation(network: Network, what: string, name: string, wanted?: 'spikes' | 'graded values'): void {
  if (!(name in network.populations)) {
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
    for (const key of keys)
      if (!known.includes(key)) throw unknownName(`population "${name}"`, 'parameter', key, known);
  }
}

function checkOptions(network: Network, options: TrainerOptions, shards: number): void {
  const { batch, loss, regularisers = [], trainable = {}, clipNorm, recomputeEvery } = options;
  checkPopulation(network, 'the loss', loss.population, 'graded values');
  for (const { population } of regularisers) checkPopulation(network, 'firingRate', population, 'spikes');
  checkTrainable(network, trainable);
  if (!Number.isInteger(shards) || shards < 1 || batch % shards !== 0) {
    throw new ParameterError('Trainer', `expected shards that divide the batch of ${batch}, got ${shards}`);
  }
  if (clipNorm !== undefined && !(clipNorm > 0)) {
    throw new ParameterError('Trainer', `expected clipNorm above 0, got ${clipNorm}`, {
      hint: 'leave it out not to clip',
    });
  }
  if (recomputeEvery !== undefined && !(Number.isInteger(recomputeEvery) && recomputeEvery >= 1)) {
    throw new ParameterError('Trainer', `expected recomputeEvery of 1 step or more, got ${recomputeEvery}`, {
      hint: 'leave it out to keep every step',
    });
  }
}
