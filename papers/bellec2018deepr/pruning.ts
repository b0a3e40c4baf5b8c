import type { Connections, NetworkParameters } from 'volley';
import { LAYERS } from './network.ts';

/** The connections of one layer that are kept, sorted by (pre, post), with their weights. */
export interface KeptLayer {
  readonly pre: Uint32Array;
  readonly post: Uint32Array;
  readonly weights: Float32Array;
}

/** The `count` largest weights of a dense layer of `pre` units, by magnitude; of equal ones, those that come first. */
function largest({ weights }: Connections, pre: number, count: number): KeptLayer {
  const order = Uint32Array.from(weights.keys()).sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!) || a - b);
  const of = (k: number) => ({ pre: k % pre, post: Math.floor(k / pre), weight: weights[k]! });
  const kept = Array.from(order.subarray(0, count), of).sort((a, b) => a.pre - b.pre || a.post - b.post);
  return {
    pre: Uint32Array.from(kept, (entry) => entry.pre),
    post: Uint32Array.from(kept, (entry) => entry.post),
    weights: Float32Array.from(kept, ({ weight }) => weight),
  };
}

/** Magnitude pruning: the largest weights of each layer of a trained dense network. */
export function prune(
  connections: NetworkParameters['connections'],
  sizes: readonly number[],
  counts: readonly number[],
): KeptLayer[] {
  return LAYERS.map((name, k) => largest(connections[name]!, sizes[k]!, counts[k]!));
}
