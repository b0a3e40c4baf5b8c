import { adam, firingRate, RandomStream, softmaxCrossEntropy, stepDecay, storeRecall, streamOf } from 'volley';
import type { SettingValues } from 'volley/io';
import { lsnn } from './network.ts';
import type { Phase } from './phase.ts';
import type { settings } from './settings.ts';

/** Store-recall: the test that separates adaptation from none. Network state carries over from batch to batch. */
export function storeRecallPhase(model: 'lsnn' | 'lif', values: SettingValues<typeof settings>, seed: number): Phase {
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
    finish: async (_trainer, recentErrors) => ({
      metrics: { [metric]: recentErrors.reduce((sum, error) => sum + error, 0) / recentErrors.length },
    }),
  };
}
