import type { SparsePattern } from '../topology.ts';

/**
 * The synapses of a sparse pattern by postsynaptic neuron: those of `post` are at positions start[post] … start[post + 1] - 1.
 *
 * Every start is a multiple of 4. What is left of the last four positions of a neuron names a synapse and a presynaptic
 * neuron that do not exist: the numbers behind the last ones, rounded up to a multiple of 4.
 */
export interface SynapseColumns {
  readonly start: Uint32Array;
  /** Index of the synapse in the pattern, ascending within a neuron. */
  readonly synapse: Uint32Array;
  /** Its presynaptic neuron. */
  readonly pre: Indices;
}

/** Numbers of neurons. */
export type Indices = Uint16Array | Uint32Array;

const four = (count: number): number => 4 * Math.ceil(count / 4);

/** Room for the columns of any pattern of so many synapses. */
export const columnRoom = (synapses: number, postSize: number): number => four(synapses) + 4 * postSize;

/**
 * Turns rows by presynaptic neuron into columns by postsynaptic neuron, in time in proportion to the synapses.
 *
 * @param into - columns with enough room; overwritten
 * @param next - scratch, [post]
 */
export function fillColumns(
  { rowStart, post }: { readonly rowStart: Uint32Array; readonly post: Indices },
  into: SynapseColumns,
  next: Uint32Array,
): void {
  const { start, synapse, pre } = into;
  const preSize = rowStart.length - 1;
  next.fill(0);
  for (const j of post) next[j]! += 1;
  start[0] = 0;
  for (let j = 0; j < next.length; j++) start[j + 1] = start[j]! + four(next[j]!);
  synapse.fill(four(post.length));
  pre.fill(four(preSize));
  next.set(start.subarray(0, next.length));
  for (let i = 0; i < preSize; i++) {
    for (let k = rowStart[i]!; k < rowStart[i + 1]!; k++) {
      const at = next[post[k]!]!++;
      synapse[at] = k;
      pre[at] = i;
    }
  }
}

/**
 * The columns of a pattern.
 *
 * @param room - positions that there is room for; default: as many as the pattern needs
 */
export function synapseColumns(pattern: SparsePattern, postSize: number, room?: number): SynapseColumns {
  const degrees = new Uint32Array(postSize);
  for (const j of pattern.post) degrees[j]! += 1;
  const total = room ?? degrees.reduce((sum, degree) => sum + four(degree), 0);
  const start = new Uint32Array(postSize + 1);
  const columns = { start, synapse: new Uint32Array(total), pre: new Uint32Array(total) };
  fillColumns(pattern, columns, degrees);
  return columns;
}
