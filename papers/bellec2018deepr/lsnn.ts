import {
  adam,
  allToAll,
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

/** Connectivity of each projection at the start: all together that of the settings, the readout its own if it has one. */
function connectivities(dense: Network, { lsnnConnectivity: all, lsnnReadoutConnectivity: readout }: Values) {
  const pairs = (chosen: (to: string) => boolean) =>
    Object.values(dense.projections).reduce((sum, p) => sum + (chosen(p.to) ? p.preSize * p.postSize : 0), 0);
  const [toReadout, others] = [pairs((to) => to === 'out'), pairs((to) => to !== 'out')];
  if (all === 1) return () => 1;
  const rest = readout > 0 ? (all * (toReadout + others) - readout * toReadout) / others : all;
  return (to: string) => (to === 'out' && readout > 0 ? readout : rest);
}

/**
 * The same network with so many random connections of all that it has, readout included, or with all; fewer weights are
 * larger, so that neurons receive inputs of the same variance as in the dense network.
 */
function sparsely(dense: Network, values: Values): Network {
  const connectivityOf = connectivities(dense, values);
  const projections = Object.values(dense.projections).map(({ name, from, to, preSize, postSize }) => {
    const connectivity = connectivityOf(to);
    // As in the dense network: N(0, 1 / sources), but of a readout that a Glorot-uniform weight has the variance of.
    const gain =
      to === 'out' ? values.lsnnReadoutGain * Math.sqrt((2 * preSize) / (preSize + postSize)) : values.lsnnHiddenGain;
    const weights = fanInNormal({ gain: gain / Math.sqrt(connectivity) });
    const self = from !== to;
    const topology =
      connectivity === 1 ? allToAll({ self }) : fixedNumber(Math.round(connectivity * preSize * postSize), { self });
    return [name, { from, to, weights, topology }] as const;
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
  const network = sparsely(dense, values);
  const initial = values.lsnnLearningRate || own.learningRate;
  const schedule = values.lsnnSchedule === 'preset' ? own.schedule : values.lsnnSchedule;
  const learningRate =
    schedule === 'cosine'
      ? cosine({ initial, final: 0, iterations })
      : stepDecay({ initial, factor: own.decay, every: own.decayEvery });
  const { lsnnConnectivity: connectivity, lsnnDale: dale, lsnnExcitatory: excitatory } = values;
  const rewiring = deepR({
    projections: Object.keys(network.projections),
    shared: true,
    l1: values.lsnnL1,
    temperature: values.lsnnTemperature,
    ...(dale ? { dale: excitatory } : {}),
  });
  const trainer: Row['trainer'] = {
    batch: own.batch,
    steps: train.steps,
    shards: own.shards,
    loss: softmaxCrossEntropy(),
    optimiser: adam({ learningRate }),
    regularisers: [firingRate({ population: 'hidden', target: own.rateTarget, strength: own.rateStrength })],
    trainable: { out: ['bias'] },
    ...(values.lsnnClipNorm > 0 ? { clipNorm: values.lsnnClipNorm } : {}),
    ...(connectivity < 1 ? { rewiring } : {}),
  };
  return {
    name: 'lsnn',
    title: `LSNN on sequential MNIST with ${100 * connectivity} % of its connections`,
    network,
    trainer: {
      ...trainer,
      ...(connectivity < 1 && dale && excitatory > 0 && excitatory < 1
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
