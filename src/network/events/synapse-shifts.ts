import { SYNAPSE_BLOCKS, type SynapseProgram } from '../../expr/index.ts';
import { padded } from '../arena.ts';
import type { Wiring } from './wiring.ts';

/** What leads from the number of a synapse in a part to its number in the undivided network, where its draws are. */
export interface SynapseShifts {
  /** Per row, what is added to the numbers of its synapses, modulo 2^32: a part has some of a row's targets, one after the other. */
  readonly rows: Uint32Array;
  /** Per row, the place of its first synapse here in the row of the network. */
  readonly places: Uint32Array;
  /** What is added to a position in the index by postsynaptic neuron, of which a part has some columns, one after the other. */
  readonly column: number;
}

/** Whether some block draws a number per synapse. */
export const drawsPerSynapse = ({ blocks }: SynapseProgram): boolean =>
  SYNAPSE_BLOCKS.some((name) => blocks[name]?.randomSites.some(({ scope }) => scope === 'synapse'));

/** The shifts of a part, for which all synapses of the network are drawn once more; none where the part has all of them. */
export function synapseShifts(wiring: Wiring): SynapseShifts | undefined {
  const { posts, postSize, rowStart } = wiring;
  if (posts.size === postSize) return undefined;
  const rows = new Uint32Array(rowStart.length);
  const before = new Uint32Array(rowStart.length);
  const degrees = new Uint32Array(posts.first);
  wiring.each({ first: 0, size: postSize }, (post, row) => {
    rows[row + 1]! += 1;
    if (post >= posts.first) return;
    before[row]! += 1;
    degrees[post]! += 1;
  });
  for (let row = 1; row < rows.length; row++) rows[row]! += rows[row - 1]!;
  for (let row = 0; row < rows.length; row++) rows[row]! += before[row]! - rowStart[row]!;
  return { rows, places: before, column: degrees.reduce((sum, degree) => sum + padded(degree), 0) };
}
