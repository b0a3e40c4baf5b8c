import {
  adam,
  cosine,
  deepR,
  defineNetwork,
  fanInNormal,
  firingRate,
  fixedNumber,
  type Network,
  type NetworkParameters,
  RandomStream,
  type SequentialMnist,
  softmaxCrossEntropy,
  stepDecay,
  streamOf,
  Trainer,
  type TrainerOptions,
} from 'volley';
import { resolveSettings, workerThreads } from 'volley/io';
import { paper as lsnnPaper } from '../bellec2018lsnn/index.ts';
import { lsnn } from '../bellec2018lsnn/network.ts';
import { mnistTasks } from '../bellec2018lsnn/sequential-mnist.ts';
import type { Row } from './row-runner.ts';
import type { Values } from './rows.ts';

/**
 * The same network with so many random connections of all that it has, readout included; their weights are larger, so that
 * neurons receive inputs of the same variance as in the dense network.
 */
function sparsely(dense: Network, connectivity: number): Network {
  const projections = Object.values(dense.projections).map(({ name, from, to, preSize, postSize }) => {
    const count = Math.round(connectivity * preSize * postSize);
    // As in the dense network: N(0, 1 / sources), but of a readout that a Glorot-uniform weight has the variance of.
    const gain = to === 'out' ? Math.sqrt((2 * preSize) / (preSize + postSize)) : 1;
    const weights = fanInNormal({ gain: gain / Math.sqrt(connectivity) });
    return [name, { from, to, weights, topology: fixedNumber(count, { self: from !== to }) }] as const;
  });
  const { inputs, populations } = dense;
  return defineNetwork({ inputs, populations, projections: Object.fromEntries(projections) });
}

/**
 * Initial weights under Dale's law: inhibitory ones are scaled up and excitatory ones down, so that inputs have mean 0 and the
 * variance that they have with signs of their own.
 */
async function balanced(network: Network, options: TrainerOptions, excitatory: number): Promise<NetworkParameters> {
  const trainer = await Trainer.create(network, options);
  const { connections, neurons } = trainer.parameters;
  await trainer.close();
  const [up, down] = [Math.sqrt(excitatory / (1 - excitatory)), Math.sqrt((1 - excitatory) / excitatory)];
  const scaled = Object.entries(connections).map(([name, own]) => [
    name,
    { ...own, weights: own.weights.map((weight) => weight * (weight > 0 ? down : up)) },
  ]);
  return { connections: Object.fromEntries(scaled), neurons };
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
export async function lsnnRow(values: Values, seed: number, workers: number): Promise<Row> {
  const own = resolveSettings(lsnnPaper, values.lsnnSize as 'smoke' | 'quick' | 'paper');
  const iterations = values.lsnnIterations;
  const { train, test } = mnistTasks(own);
  const dense = lsnn({ ...own, inputs: train.inputSize, outputs: train.classes });
  const network = sparsely(dense, values.lsnnConnectivity);
  const initial = values.lsnnLearningRate || own.learningRate;
  const learningRate =
    own.schedule === 'cosine'
      ? cosine({ initial, final: 0, iterations })
      : stepDecay({ initial, factor: own.decay, every: own.decayEvery });
  const { lsnnDale: dale, lsnnExcitatory: excitatory } = values;
  const trainer: Row['trainer'] = {
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
      ...(dale ? { dale: excitatory } : {}),
    }),
  };
  return {
    name: 'lsnn',
    title: `LSNN on sequential MNIST with ${100 * values.lsnnConnectivity} % of its connections`,
    network,
    trainer: {
      ...trainer,
      ...(dale && excitatory > 0 && excitatory < 1
        ? { parameters: await balanced(network, { ...trainer, seed }, excitatory) }
        : {}),
      executor: workerThreads({ workers }),
    },
    iterations,
    every: own.curveEvery,
    batch: (iteration) => train.trainingBatch(new RandomStream(seed, streamOf(`images/${iteration}`)), own.batch),
    measure: (trainer, done) => accuracy(trainer, test, done ? own.testImages : own.curveImages),
  };
}
