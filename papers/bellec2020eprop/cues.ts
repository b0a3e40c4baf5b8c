import {
  adam,
  alifUnscaled,
  type CueAccumulationBatch,
  cueAccumulation,
  defineNetwork,
  fanInNormal,
  firingRate,
  glorotUniform,
  leakyReadout,
  type Network,
  normal,
  RandomStream,
  softmaxCrossEntropy,
  stepDecay,
  streamOf,
  type Trainer,
  triangular,
  unscaledFromNormalised,
} from 'volley';
import type { SettingValues } from 'volley/io';
import type { Phase } from '../common/phase.ts';
import { RULE_TITLES, type RuleName } from './rule-names.ts';
import { learningRule } from './rules.ts';
import type { settings } from './settings.ts';

type Values = SettingValues<typeof settings>;

/** Batches whose mean error decides when training ends. */
export const CUE_WINDOW = 10;

/** Fresh batches that test the trained network. */
const TEST_BATCHES = 8;

/** Trials that no training batch of the seed contains. */
export const cueTestBatch = (seed: number, number: number, size: number): CueAccumulationBatch =>
  cueAccumulation().trainingBatch(new RandomStream(seed, streamOf(`test-cues/${number}`)), size);

/**
 * Cue accumulation by LIF and adaptive LIF neurons, half each.
 *
 * @param network - `'lif'`: no neuron adapts
 */
export function cuesPhase(rule: RuleName, network: 'lsnn' | 'lif', values: Values, seed: number): Phase {
  const task = cueAccumulation();
  const { cuesBatch: batch, cuesLearningRate: initial, cuesDecay: factor, cuesDecayEvery: every } = values;
  const key = network === 'lsnn' ? rule : 'lif';
  return {
    name: `cues.${key}`,
    title: `cue accumulation by ${RULE_TITLES[rule]}${network === 'lsnn' ? '' : ', LIF only'}`,
    network: cueNetwork(values, network === 'lsnn' ? values.cuesBeta : 0),
    trainer: {
      batch,
      steps: task.steps,
      shards: values.cuesShards,
      loss: softmaxCrossEntropy({ over: 'steps' }),
      optimiser: adam({ learningRate: stepDecay({ initial, factor, every }) }),
      rule: learningRule(rule, normal({ sd: 1 }), values.adaptiveDecay),
      regularisers: [firingRate({ population: 'hidden', target: values.rateTarget, strength: values.cuesRate })],
    },
    iterations: network === 'lsnn' ? values.cuesIterations : values.cuesLifIterations,
    batch: (iteration) => task.trainingBatch(new RandomStream(seed, streamOf(`cues/${iteration}`)), batch),
    window: CUE_WINDOW,
    stopBelow: values.cuesStop,
    finish: async (trainer, { iterations, last, best }) => ({
      metrics: {
        [`cues.${key}`]: best,
        [`cuesAtEnd.${key}`]: last,
        [`cuesTest.${key}`]: await test(trainer, seed, batch),
        [`cuesIterations.${key}`]: iterations,
      },
    }),
  };
}

function cueNetwork(values: Values, beta: number): Network {
  const { cuesRegular, cuesAdaptive, cuesVTh, cuesTauA, cuesNRef, tauM, tauOut, dampening } = values;
  const task = cueAccumulation();
  // β is given as in the normalised neuron; only its own conversion is wanted, the threshold is unscaled already.
  const { beta: unscaled } = unscaledFromNormalised({ tauM, tauA: cuesTauA, vTh: cuesVTh, beta, nRef: cuesNRef });
  const betas = [...Array<number>(cuesRegular).fill(0), ...Array<number>(cuesAdaptive).fill(unscaled)];
  const neuron = alifUnscaled.with({ pseudoDerivative: triangular({ dampening }) });
  return defineNetwork({
    inputs: { input: { size: task.inputSize } },
    populations: {
      hidden: {
        size: betas.length,
        model: neuron({ tauM, tauA: cuesTauA, vTh: cuesVTh, beta: betas, nRef: cuesNRef }),
      },
      out: { size: task.classes, model: leakyReadout({ tauOut }) },
    },
    projections: {
      input: { from: 'input', to: 'hidden', weights: fanInNormal() },
      recurrent: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
      output: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });
}

/** Error on fresh trials. */
async function test(trainer: Trainer, seed: number, size: number): Promise<number> {
  let sum = 0;
  for (let number = 1; number <= TEST_BATCHES; number++) {
    sum += (await trainer.evaluate(cueTestBatch(seed, number, size))).error;
  }
  return sum / TEST_BATCHES;
}
