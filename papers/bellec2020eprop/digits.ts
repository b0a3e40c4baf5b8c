import {
  adam,
  alifUnscaled,
  defineNetwork,
  fanInNormal,
  firingRate,
  glorotUniform,
  leakyReadout,
  linearWarmup,
  type Network,
  normal,
  RandomStream,
  type SpeechFrames,
  softmaxCrossEntropy,
  speechFrames,
  streamOf,
  type Trainer,
  triangular,
  unscaledFromNormalised,
} from 'volley';
import { loadSpokenDigits, type SettingValues } from 'volley/io';
import type { Phase } from '../common/phase.ts';
import { RULE_TITLES, type RuleName } from './rule-names.ts';
import { learningRule } from './rules.ts';
import type { settings } from './settings.ts';

type Values = SettingValues<typeof settings>;

/** Spoken digits as a task, on the recordings for training and on those for tests. */
export interface DigitTasks {
  readonly train: SpeechFrames;
  readonly test: SpeechFrames;
  /** Where the recordings were found. */
  readonly source: string;
}

/**
 * The Free Spoken Digit Dataset, one label per recording. It stands in for TIMIT, which is licensed.
 *
 * @throws StorageError if the data set is not there; FormatError or UnsupportedError for a damaged recording
 */
export function digitTasks({ digitsRepeat, digitsFrames, digitsDecision }: Values): DigitTasks {
  const { train, test, source } = loadSpokenDigits();
  const options = { classes: 10, repeat: digitsRepeat, maxFrames: digitsFrames, decisionFrames: digitsDecision };
  return { train: speechFrames(train, options), test: speechFrames(test, options), source };
}

/** Spoken digits by LIF and adaptive LIF neurons, in the unscaled convention. */
export function digitsPhase(rule: RuleName, values: Values, seed: number, { train, test }: DigitTasks): Phase {
  const { digitsBatch: batch, digitsLearningRate: schedule, digitsWarmup, digitsEpsilon: epsilon } = values;
  return {
    name: `digits.${rule}`,
    title: `spoken digits by ${RULE_TITLES[rule]}`,
    network: digitNetwork(values, train),
    trainer: {
      batch,
      steps: train.steps,
      shards: values.digitsShards,
      loss: softmaxCrossEntropy({ over: 'steps' }),
      optimiser: adam({ learningRate: linearWarmup({ iterations: digitsWarmup, schedule }), epsilon }),
      rule: learningRule(rule, normal({ sd: 1 }), values.digitsFeedbackDecay),
      regularisers: [firingRate({ population: 'hidden', target: values.rateTarget, strength: values.digitsRate })],
      trainable: { out: ['bias'] },
    },
    iterations: values.digitsIterations,
    batch: (iteration) => train.trainingBatch(new RandomStream(seed, streamOf(`digits/${iteration}`)), batch),
    curve: {
      every: values.digitsTestEvery,
      measure: async (trainer) => ({ testError: (await testDigits(trainer, test)).error }),
    },
    finish: async (trainer, { last }) => {
      const { error, confusion } = await testDigits(trainer, test);
      return { metrics: { [`digits.${rule}`]: error, [`digitsTraining.${rule}`]: last }, confusion };
    },
  };
}

function digitNetwork(values: Values, { inputSize, classes }: SpeechFrames): Network {
  const { digitsRegular, digitsAdaptive, digitsVTh, digitsTauA, digitsBeta, digitsNRef, tauM, dampening } = values;
  const given = { tauM, tauA: digitsTauA, vTh: digitsVTh, beta: digitsBeta, nRef: digitsNRef };
  const { beta, ...shared } = unscaledFromNormalised(given);
  const betas = [...Array<number>(digitsRegular).fill(0), ...Array<number>(digitsAdaptive).fill(beta)];
  const neuron = alifUnscaled.with({ pseudoDerivative: triangular({ dampening }) });
  return defineNetwork({
    inputs: { input: { size: inputSize, kind: 'floats' } },
    populations: {
      hidden: { size: betas.length, model: neuron({ ...shared, beta: betas }) },
      out: { size: classes, model: leakyReadout({ tauOut: values.digitsTauOut }) },
    },
    projections: {
      input: { from: 'input', to: 'hidden', weights: fanInNormal() },
      recurrent: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
      output: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });
}

/** Error on all recordings for tests, and counts [digit spoken][digit answered]. */
async function testDigits(
  trainer: Trainer,
  task: SpeechFrames,
): Promise<{ readonly error: number; readonly confusion: readonly (readonly number[])[] }> {
  const confusion = Array.from({ length: task.classes }, () => Array<number>(task.classes).fill(0));
  let wrong = 0;
  for (const batch of task.testBatches(trainer.options.batch)) {
    const { predictions } = await trainer.evaluate(batch);
    batch.decisions.labels.forEach((label, row) => {
      if (label < 0) return;
      confusion[label]![predictions[row]!]! += 1;
      if (label !== predictions[row]) wrong += 1;
    });
  }
  return { error: wrong / task.count, confusion };
}
