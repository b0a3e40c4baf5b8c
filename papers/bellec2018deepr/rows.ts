import {
  deepR,
  initialParameters,
  type NetworkParameters,
  type Rewiring,
  sgd,
  softmaxCrossEntropy,
  stepDecay,
  type TrainerOptions,
} from 'volley';
import type { SettingValues } from 'volley/io';
import { type Digits, PIXELS } from './digits.ts';
import { connectionCounts, denseNetwork, LAYERS, networkOfPairs, type Sizes, sparseNetwork } from './network.ts';
import { prune } from './pruning.ts';
import type { Row, RowResult } from './row-runner.ts';
import type { settings } from './settings.ts';

export type Values = SettingValues<typeof settings>;

/** What all rows share. */
export interface Setup {
  readonly values: Values;
  readonly seed: number;
  readonly train: Digits;
  readonly test: Digits;
}

const sizesOf = ({ hidden1, hidden2 }: Values): Sizes => [PIXELS, hidden1, hidden2, 10];

/** Connections per layer at the connectivity of the settings. */
export const budgetOf = (values: Values): number[] =>
  connectionCounts(sizesOf(values), [values.connectivity1, values.connectivity2, values.connectivity3]);

/** Number of weights of the dense network. */
export const candidatesOf = (values: Values): number =>
  connectionCounts(sizesOf(values), [1, 1, 1]).reduce((sum, count) => sum + count, 0);

function rowOf(
  { values, seed, train, test }: Setup,
  own: Pick<Row, 'name' | 'title' | 'network'> & Pick<TrainerOptions, 'rewiring' | 'parameters'>,
  learningRate: number,
): Row {
  const { name, title, network, ...rest } = own;
  const { batch, epochs, decay, testImages } = values;
  const perEpoch = Math.floor(train.count / batch);
  const optimiser = sgd({ learningRate: stepDecay({ initial: learningRate, factor: decay, every: perEpoch }) });
  return {
    ...{ name, title, network },
    trainer: { batch, steps: 1, loss: softmaxCrossEntropy(), optimiser, ...rest },
    iterations: epochs * perEpoch,
    every: perEpoch,
    batch: (iteration) => train.trainingBatch(seed, iteration, batch),
    measure: (trainer) => test.accuracy(trainer, testImages),
  };
}

/** What a sparse network is allowed to change: connections and weights, weights only, or weights of fixed signs only. */
export type Freedom = 'deepr' | 'fixedMask' | 'freeSigns';

const TITLES: Readonly<Record<Freedom, string>> = {
  deepr: 'DEEP R',
  fixedMask: 'fixed connections and signs',
  freeSigns: 'fixed connections, free signs',
};

/** A sparse network with the given numbers of connections. */
export function sparseRow(setup: Setup, freedom: Freedom, counts: readonly number[], name: string = freedom): Row {
  const { l1, gradientNoise, learningRate } = setup.values;
  const rewiring: Rewiring = deepR({ projections: LAYERS, l1, gradientNoise, rewire: freedom === 'deepr' });
  const total = counts.reduce((sum, count) => sum + count, 0);
  const own = {
    name,
    title: `${TITLES[freedom]}, ${total} connections`,
    network: sparseNetwork(sizesOf(setup.values), counts),
    ...(freedom === 'freeSigns' ? {} : { rewiring }),
  };
  return rowOf(setup, own, learningRate);
}

/** The network with all connections. */
export const denseRow = (setup: Setup): Row =>
  rowOf(
    setup,
    { name: 'dense', title: 'all connections', network: denseNetwork(sizesOf(setup.values)) },
    setup.values.denseLearningRate,
  );

/** The largest weights of a trained dense network, trained on. */
export function prunedRow(setup: Setup, dense: RowResult): Row {
  const { values, seed } = setup;
  const sizes = sizesOf(values);
  const kept = prune(dense.connections, sizes, budgetOf(values));
  const network = networkOfPairs(sizes, kept);
  const start = initialParameters(network, seed);
  const connections = Object.fromEntries(
    LAYERS.map((name, k) => [name, { ...start.connections[name]!, weights: kept[k]!.weights }]),
  );
  const parameters: NetworkParameters = { ...start, connections };
  const title = 'pruned by magnitude and trained on';
  return rowOf(setup, { name: 'pruned', title, network, parameters }, values.denseLearningRate);
}

/** Connectivities of the layers in the sweep: 0.67, 2.56, 5.66 and 20.2 % of all connections. */
const SWEEP: readonly (readonly [number, number, number])[] = [
  [0.005, 0.015, 0.15],
  [0.02, 0.06, 0.3],
  [0.05, 0.1, 0.3],
  [0.2, 0.2, 0.6],
];

/** DEEP R at other connectivities, named by the number of connections. */
export const sweepRows = (setup: Setup): Row[] =>
  SWEEP.map((connectivity) => {
    const counts = connectionCounts(sizesOf(setup.values), connectivity);
    return sparseRow(setup, 'deepr', counts, `sweep.${counts.reduce((sum, count) => sum + count, 0)}`);
  });
