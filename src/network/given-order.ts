import { UnsupportedError } from '../base/errors.ts';
import type { Projection } from './network.ts';
import type { Weights } from './weights.ts';

/** Whether the values are given one by one. */
export const isGiven = (values: Weights): values is ArrayLike<number> =>
  typeof values === 'object' && !('kind' in values);

/** For every synapse of a list of pairs, sorted by (pre, post), which of the pairs it is. */
function pairOrder(pre: ArrayLike<number>, post: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: pre.length }, (_, k) => k);
  return order.sort((a, b) => pre[a]! - pre[b]! || post[a]! - post[b]!);
}

/** Values of sparse synapses, as they were given or drawn, in the order of the synapses: those of `pairs` are given per pair. */
export function bySynapse({ topology }: Projection, values: Weights, found: Float32Array): Float32Array {
  if (topology.kind !== 'pairs' || !isGiven(values)) return found;
  return Float32Array.from(pairOrder(topology.pre, topology.post), (pair) => found[pair]!);
}

const GIB = 2 ** 30;

/** Bytes that a synapse takes: its weight; with plastic ones its target, all its variables, and its place in a column. */
function bytesPerSynapse({ plastic }: Projection): number {
  if (!plastic) return 4;
  const { variables, blocks } = plastic.synapse.model.program;
  const own = Object.values(variables).filter(({ scope }) => scope === 'synapse').length;
  return 4 + 4 * own + (blocks.onPost?.updates.some(({ scope }) => scope === 'synapse') ? 8 : 0);
}

/** @throws UnsupportedError if all-to-all synapses do not fit into the memory of a simulation, before any of them is made */
export function checkRoom(projection: Projection): void {
  const { name, preSize, postSize, topology } = projection;
  if (topology.kind !== 'allToAll') return;
  const bytes = preSize * postSize * bytesPerSynapse(projection);
  if (bytes <= 4 * GIB) return;
  const got = `${(bytes / GIB).toFixed(1)} GiB of synapses`;
  throw new UnsupportedError(`projection "${name}"`, `expected at most 4 GiB of simulation memory, got ${got}`, {
    hint: 'fixedProbability() and fixedInDegree() connect fewer',
    fields: { bytes },
  });
}
