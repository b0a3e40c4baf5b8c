import type { Projection } from './network.ts';
import type { Connections, NetworkParameters, NeuronValues } from './parameters.ts';

type WithAnyWeights<C> = C extends Connections ? Omit<C, 'weights'> & { readonly weights: ArrayLike<number> } : never;

/** As {@link Connections}, with weights of any precision. */
export type ReferenceConnections = WithAnyWeights<Connections>;

/** As {@link NetworkParameters}, with weights of any precision. */
export interface ReferenceParameters {
  readonly connections: Readonly<Record<string, ReferenceConnections>>;
  readonly neurons: NetworkParameters['neurons'];
  readonly synapses?: Readonly<Record<string, Readonly<Record<string, ArrayLike<number>>>>>;
}

/** Calls `visit(pre, post, k)` for every synapse, k being its index among the weights. */
export function forEachSynapse(
  projection: Projection,
  connections: ReferenceConnections,
  visit: (pre: number, post: number, k: number) => void,
): void {
  const { preSize, postSize } = projection;
  if (connections.kind === 'oneToOne') {
    for (let i = 0; i < postSize; i++) visit(i, i, i);
  } else if (connections.kind === 'sparse') {
    const { rowStart, post } = connections.pattern;
    for (let pre = 0; pre < preSize; pre++) {
      for (let k = rowStart[pre]!; k < rowStart[pre + 1]!; k++) visit(pre, post[k]!, k);
    }
  } else {
    for (let post = 0; post < postSize; post++) {
      for (let pre = 0; pre < preSize; pre++) {
        if (connections.self || pre !== post) visit(pre, post, post * preSize + pre);
      }
    }
  }
}

/** The base parameters of neuron n. */
export const valuesOf = (values: Readonly<Record<string, NeuronValues>>, n: number): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([key, all]) => [key, all[all.length === 1 ? 0 : n]!]));
