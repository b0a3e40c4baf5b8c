import {
  adam,
  cosine,
  deepR,
  defineNetwork,
  firingRate,
  fixedNumber,
  type Network,
  RandomStream,
  type SequentialMnist,
  softmaxCrossEntropy,
  stepDecay,
  streamOf,
  type Trainer,
} from 'volley';
import { resolveSettings, workerThreads } from 'volley/io';
import { paper as lsnnPaper } from '../bellec2018lsnn/index.ts';
import { lsnn } from '../bellec2018lsnn/network.ts';
import { mnistTasks } from '../bellec2018lsnn/sequential-mnist.ts';
import type { Row } from './row-runner.ts';
import type { Values } from './rows.ts';

/** The same network with so many random connections of all that it has, readout included. */
function sparsely(dense: Network, connectivity: number): Network {
  const projections = Object.values(dense.projections).map(
    ({ name, from, to, weights, preSize, postSize, topology }) => {
      const self = !('self' in topology) || topology.self || from !== to;
      const count = Math.round(connectivity * preSize * postSize);
      return [name, { from, to, weights, topology: fixedNumber(count, { self }) }] as const;
    },
  );
  const { inputs, populations } = dense;
  return defineNetwork({ inputs, populations, projections: Object.fromEntries(projections) });
}

async function accuracy(trainer: Trainer, task: SequentialMnist, images: number): Promise<number> {
  let correct = 0;
  for (const batch of task.testBatches(trainer.options.batch, images)) {
    const { predictions } = await trainer.evaluate(batch);
    batch.decisions.labels.forEach((label, row) => {
      if (label >= 0 && label === predictions[row]) correct += 1;
    });
  }
  return correct / images;
}

/**
 * The LSNN of bellec2018lsnn on sequential MNIST, at the size and with the settings of one of its presets, with one budget
 * of connections for all projections.
 */
export function lsnnRow(values: Values, seed: number, workers: number): Row {
  const own = resolveSettings(lsnnPaper, values.lsnnSize as 'smoke' | 'quick' | 'paper');
  const iterations = values.lsnnIterations;
  const { train, test } = mnistTasks(own);
  const dense = lsnn({ ...own, inputs: train.inputSize, outputs: train.classes });
  const network = sparsely(dense, values.lsnnConnectivity);
  const initial = own.learningRate;
  const learningRate =
    own.schedule === 'cosine'
      ? cosine({ initial, final: 0, iterations })
      : stepDecay({ initial, factor: own.decay, every: own.decayEvery });
  return {
    name: 'lsnn',
    title: `LSNN on sequential MNIST with ${100 * values.lsnnConnectivity} % of its connections`,
    network,
    trainer: {
      batch: own.batch,
      steps: train.steps,
      shards: own.shards,
      loss: softmaxCrossEntropy(),
      optimiser: adam({ learningRate }),
      regularisers: [firingRate({ population: 'hidden', target: own.rateTarget, strength: own.rateStrength })],
      trainable: { out: ['bias'] },
      rewiring: deepR({
        projections: Object.keys(network.projections),
        shared: true,
        l1: values.lsnnL1,
        temperature: values.lsnnTemperature,
        dale: values.lsnnExcitatory,
      }),
      executor: workerThreads({ workers }),
    },
    iterations,
    every: own.curveEvery,
    batch: (iteration) => train.trainingBatch(new RandomStream(seed, streamOf(`images/${iteration}`)), own.batch),
    measure: (trainer, done) => accuracy(trainer, test, done ? own.testImages : own.curveImages),
  };
}
