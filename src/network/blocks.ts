import { csrGradientScratchBytes, gatherBlockScratchBytes, outerScratchBytes } from '../kernels/index.ts';
import { emitsSpikes, type Network, type Projection } from './network.ts';

/** Rows of activity, over steps and batch, of a block: enough to be worth a pass over the weights, few enough for a cache. */
const ROWS = 256;

/** Steps whose input currents, or weight gradients, are computed at once. */
export const blockStepsOf = ({ batch, steps }: { readonly batch: number; readonly steps: number }): number =>
  Math.max(1, Math.min(32, steps, Math.floor(ROWS / batch)));

/**
 * Whether a projection's currents are delivered for a block of steps ahead: it comes from an input, its weights stay, and no
 * other projection is added before it, so that currents are sums in the order of the projections all the same.
 */
export function deliversAhead(network: Network, projection: Projection): boolean {
  const { to, input } = projection;
  const rivals = Object.values(network.projections).filter((p) => p.to === to && p.input === input);
  return rivals.slice(0, rivals.indexOf(projection) + 1).every(({ fromInput, plastic }) => fromInput && !plastic);
}

/** Whether a projection's weight gradient is summed for a block of steps at a time: from spikes, but for one to one. */
export const sumsInBlocks = (network: Network, { from, topology, trainable }: Projection): boolean =>
  trainable && topology.kind !== 'oneToOne' && emitsSpikes(network, from);

/** Bytes of scratch memory that the blocks of a projection need, `rows` over steps and batch. */
export function blockScratchBytes(network: Network, projection: Projection, rows: number, training: boolean): number {
  const { from, preSize, topology } = projection;
  const gathers = deliversAhead(network, projection) && topology.kind === 'allToAll' && emitsSpikes(network, from);
  const outer = topology.kind === 'allToAll' ? outerScratchBytes(rows, preSize) : csrGradientScratchBytes(rows);
  return Math.max(
    gathers ? gatherBlockScratchBytes(rows, preSize) : 0,
    training && sumsInBlocks(network, projection) ? outer : 0,
  );
}
