import {
  adam,
  bptt,
  firingRate,
  type LearningRule,
  RandomStream,
  softmaxCrossEntropy,
  stepDecay,
  storeRecall,
  streamOf,
} from 'volley';
import type { SettingValues } from 'volley/io';
import type { Phase } from '../common/phase.ts';
import { lsnn } from './network.ts';
import type { settings } from './settings.ts';

/** The settings that store-recall needs. */
export type StoreRecallValues = Pick<
  SettingValues<typeof settings>,
  | 'tauM'
  | 'tauOut'
  | 'vTh'
  | 'dampening'
  | 'rateTarget'
  | 'recallIterations'
  | 'recallBatch'
  | 'recallShards'
  | 'recallRegular'
  | 'recallAdaptive'
  | 'recallTauA'
  | 'recallBeta'
  | 'recallNRef'
  | 'recallLearningRate'
  | 'recallDecay'
  | 'recallDecayEvery'
  | 'recallRateStrength'
>;

/** Store-recall: the test that separates adaptation from none. Network state carries over from batch to batch. */
export function storeRecallPhase(
  model: 'lsnn' | 'lif',
  values: StoreRecallValues,
  seed: number,
  rule: LearningRule = bptt(),
): Phase {
  const task = storeRecall();
  const network = lsnn({
    ...values,
    inputs: task.inputSize,
    outputs: task.classes,
    regular: values.recallRegular,
    adaptive: values.recallAdaptive,
    beta: model === 'lsnn' ? values.recallBeta : 0,
    tauA: values.recallTauA,
    nRef: values.recallNRef,
    readoutGain: 1,
  });
  const metric = model === 'lsnn' ? 'storeRecallError' : 'storeRecallLifError';
  const initial = values.recallLearningRate;
  return {
    name: metric,
    title: `training ${model === 'lsnn' ? 'the LSNN' : 'the network without adaptation'} on store-recall`,
    network,
    trainer: {
      batch: values.recallBatch,
      steps: task.steps,
      shards: values.recallShards,
      rule,
      loss: softmaxCrossEntropy(),
      optimiser: adam({
        learningRate: stepDecay({ initial, factor: values.recallDecay, every: values.recallDecayEvery }),
      }),
      regularisers: [
        firingRate({ population: 'hidden', target: values.rateTarget, strength: values.recallRateStrength }),
      ],
      carryState: true,
    },
    iterations: values.recallIterations,
    batch: (iteration) =>
      task.trainingBatch(new RandomStream(seed, streamOf(`sequences/${iteration}`)), values.recallBatch),
    finish: async (_trainer, { last }) => ({ metrics: { [metric]: last } }),
  };
}
