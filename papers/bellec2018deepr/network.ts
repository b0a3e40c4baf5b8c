import {
  allToAll,
  defineNetwork,
  fanInNormal,
  fixedNumber,
  linear,
  type Network,
  pairs,
  relu,
  type Topology,
} from 'volley';

/** Sizes of the layers: pixels, two of ReLU units, classes. */
export type Sizes = readonly [pixels: number, hidden1: number, hidden2: number, classes: number];

/** Names of the three projections, from the pixels to the classes. */
export const LAYERS = ['first', 'second', 'third'] as const;

/** A network without time: every image is one time step, and there are no biases. */
function layered([pixels, hidden1, hidden2, classes]: Sizes, topologies: readonly Topology[]): Network {
  const weights = fanInNormal();
  return defineNetwork({
    inputs: { image: { size: pixels, kind: 'floats' } },
    populations: {
      hidden1: { size: hidden1, model: relu() },
      hidden2: { size: hidden2, model: relu() },
      out: { size: classes, model: linear() },
    },
    projections: {
      first: { from: 'image', to: 'hidden1', topology: topologies[0]!, weights },
      second: { from: 'hidden1', to: 'hidden2', topology: topologies[1]!, weights },
      third: { from: 'hidden2', to: 'out', topology: topologies[2]!, weights },
    },
  });
}

/** Every unit to every unit of the next layer. */
export const denseNetwork = (sizes: Sizes): Network => layered(sizes, [allToAll(), allToAll(), allToAll()]);

/** Connections per layer at a connectivity, rounded. */
export const connectionCounts = (sizes: Sizes, connectivity: readonly number[]): number[] =>
  connectivity.map((p, k) => Math.round(p * sizes[k]! * sizes[k + 1]!));

/** Given numbers of random connections. */
export const sparseNetwork = (sizes: Sizes, counts: readonly number[]): Network =>
  layered(
    sizes,
    counts.map((count) => fixedNumber(count)),
  );

/** Given connections, per layer. */
export const networkOfPairs = (sizes: Sizes, layers: readonly { pre: Uint32Array; post: Uint32Array }[]): Network =>
  layered(
    sizes,
    layers.map(({ pre, post }) => pairs(pre, post)),
  );
