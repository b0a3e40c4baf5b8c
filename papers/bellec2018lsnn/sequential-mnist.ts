import {
  adam,
  bptt,
  cosine,
  eprop,
  firingRate,
  RandomStream,
  type SequentialMnist,
  sequentialMnist,
  softmaxCrossEntropy,
  stepDecay,
  streamOf,
  type Trainer,
} from 'volley';
import { loadMnist, type SettingValues } from 'volley/io';
import type { Phase } from '../common/phase.ts';
import { lsnn } from './network.ts';
import type { settings } from './settings.ts';

type Values = SettingValues<typeof settings>;

/** Seed of the fixed permutation of the pixels. */
const PERMUTATION = 1;

/** Sequential MNIST as the run's settings ask for it, on the training and on the test images. */
export function mnistTasks({ pool, channels, permuted }: Values): {
  train: SequentialMnist;
  test: SequentialMnist;
  source: string;
} {
  const mnist = loadMnist();
  const options = { pool: pool as 1 | 2, channels, ...(permuted ? { permutationSeed: PERMUTATION } : {}) };
  return {
    train: sequentialMnist({ ...mnist.train, ...options }),
    test: sequentialMnist({ ...mnist.test, ...options }),
    source: mnist.source,
  };
}

/** Accuracy on the first `count` test images, with the confusion matrix [digit shown][digit answered]. */
async function test(trainer: Trainer, task: SequentialMnist, count: number) {
  const confusion = Array.from({ length: 10 }, () => Array<number>(10).fill(0));
  let correct = 0;
  for (const batch of task.testBatches(trainer.options.batch, count)) {
    const { predictions } = await trainer.evaluate(batch);
    batch.decisions.labels.forEach((label, row) => {
      if (label < 0) return;
      confusion[label]![predictions[row]!]! += 1;
      if (label === predictions[row]) correct += 1;
    });
  }
  return { accuracy: correct / count, confusion };
}

/** The LSNN, or the same network without adaptation, on sequential MNIST. */
export function mnistPhase(
  model: 'lsnn' | 'lif',
  values: Values,
  seed: number,
  tasks: ReturnType<typeof mnistTasks>,
): Phase {
  const { regular, adaptive, beta, batch, iterations, learningRate } = values;
  const network = lsnn({
    ...values,
    inputs: tasks.train.inputSize,
    outputs: tasks.train.classes,
    regular,
    adaptive,
    beta: model === 'lsnn' ? beta : 0,
  });
  const schedule =
    values.schedule === 'cosine'
      ? cosine({ initial: learningRate, final: 0, iterations })
      : stepDecay({ initial: learningRate, factor: values.decay, every: values.decayEvery });
  return {
    name: model,
    title: `training ${model === 'lsnn' ? 'the LSNN' : 'the network without adaptation'} on sequential MNIST`,
    network,
    trainer: {
      batch,
      steps: tasks.train.steps,
      shards: values.shards,
      rule: values.rule === 'eprop' ? eprop() : bptt(),
      loss: softmaxCrossEntropy(),
      optimiser: adam({ learningRate: schedule }),
      regularisers: [firingRate({ population: 'hidden', target: values.rateTarget, strength: values.rateStrength })],
      trainable: { out: ['bias'] },
      ...(values.clipNorm > 0 ? { clipNorm: values.clipNorm } : {}),
    },
    iterations,
    batch: (iteration) => tasks.train.trainingBatch(new RandomStream(seed, streamOf(`images/${iteration}`)), batch),
    curve: {
      every: values.curveEvery,
      measure: async (trainer) => ({ accuracy: (await test(trainer, tasks.test, values.curveImages)).accuracy }),
    },
    finish: async (trainer) => {
      const { accuracy, confusion } = await test(trainer, tasks.test, values.testImages);
      return { metrics: { [model]: accuracy, [`${model}Parameters`]: trainer.parameterCount }, confusion };
    },
  };
}
