import { InternalError, UnsupportedError } from '../../base/errors.ts';
import {
  deriveParameters,
  drawBufferBytes,
  lazyDecays,
  SYNAPSE_BLOCKS,
  SYNAPSE_INTERVAL,
  type SynapseBlockName,
  type SynapseInstance,
  type SynapsePlaces,
  type SynapsePlan,
} from '../../expr/index.ts';
import { type Arena, padded } from '../arena.ts';
import type { Projection } from '../network.ts';
import type { SparsePattern } from '../topology.ts';
import { columnRoom, type SynapseColumns, synapseColumns } from './columns.ts';
import { intervalSteps } from './randomness.ts';

/** Where the plastic synapses of a projection lie; all addresses in bytes. */
export interface PlasticLayout {
  readonly plan: SynapsePlan;
  /** Parameters, base and derived, and `dt`, with their values. */
  readonly values: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, number>>;
  /** All variables of the first batch row; those of the others follow. */
  readonly planes: number;
  readonly planeBytes: number;
  /** In the first plane: f32 per synapse or neuron. */
  readonly variables: Readonly<Record<string, number>>;
  /** In the first plane: i32 per synapse; 0 if nothing decays by itself. */
  readonly touched: number;
  readonly columns: SynapsePlaces['columns'];
  /** The index behind `columns`, for blocks that need it. */
  readonly index: SynapseColumns | undefined;
  /** Buffers of the random sites, per block. */
  readonly draws: Readonly<Record<string, readonly number[]>>;
  /** Every presynaptic neuron reaches all postsynaptic ones, for good. */
  readonly fullRows: boolean;
  /** Steps between two rewirings; 0 without. */
  readonly rewiringSteps: number;
}

/** How many values there are of each kind. */
export interface SynapseCounts {
  readonly pre: number;
  readonly post: number;
  readonly synapse: number;
  /** Synapses of the longest row or column. */
  readonly longest: number;
  readonly batch: number;
}

/** What a projection's synapses take besides their pattern and its columns. */
export type VariableLayout = Pick<
  PlasticLayout,
  'plan' | 'values' | 'params' | 'planes' | 'planeBytes' | 'variables' | 'touched' | 'draws'
>;

/** Room for a count with what a vector may reach beyond it. */
const room = (count: number): number => 4 * (padded(count) + 4);

export function longestRun(starts: Uint32Array): number {
  let longest = 0;
  for (let i = 1; i < starts.length; i++) longest = Math.max(longest, starts[i]! - starts[i - 1]!);
  return longest;
}

/** Lays out the columns, if some block works on them. */
function layColumns(arena: Arena, index: SynapseColumns | undefined): PlasticLayout['columns'] {
  if (index === undefined) return { start: 0, synapse: 0, pre: 0, preBytes: 4, count: 0 };
  const span = (array: Uint32Array) => arena.span(array.byteLength);
  return {
    start: span(index.start),
    synapse: span(index.synapse),
    pre: arena.span(index.pre.byteLength),
    preBytes: 4,
    count: index.synapse.length,
  };
}

/**
 * Lays out variables, parameters and draws of a projection's synapses.
 *
 * @param dt - ms
 * @throws ParameterError if an interval is no whole number of steps
 */
export function layVariables(
  name: string,
  { model: { program }, values: base }: SynapseInstance,
  dt: number,
  counts: SynapseCounts,
  arena: Arena,
): VariableLayout {
  const values = deriveParameters(program, base, dt);
  const decays = lazyDecays(program, values);
  const everySteps = program.blocks.every ? intervalSteps(name, values[SYNAPSE_INTERVAL]!, dt) : 0;
  const planes = arena.span(0);
  const variables = Object.fromEntries(
    Object.entries(program.variables).map(([key, { scope }]) => [key, arena.span(room(counts[scope]))]),
  );
  const touched = Object.keys(decays).length > 0 ? arena.span(room(counts.synapse)) : 0;
  const planeBytes = arena.span(0) - planes;
  arena.span(planeBytes * (counts.batch - 1));
  const longest = Math.max(counts.longest, counts.pre, counts.post);
  const buffers = (block: SynapseBlockName) =>
    (program.blocks[block]?.randomSites ?? []).map(() => arena.span(drawBufferBytes(longest)));
  return {
    plan: { program, decays, everySteps },
    values,
    params: Object.fromEntries(Object.keys(values).map((key) => [key, arena.span(4)])),
    planes,
    planeBytes,
    variables,
    touched,
    draws: Object.fromEntries(SYNAPSE_BLOCKS.map((block) => [block, buffers(block)])),
  };
}

/** Whether some block works on the synapses of a postsynaptic neuron, which then needs columns. */
export const hasColumns = ({ model: { program } }: SynapseInstance): boolean =>
  program.blocks.onPost?.updates.some(({ scope }) => scope === 'synapse') ?? false;

/**
 * Lays out the synapses of a projection.
 *
 * @param dt - ms
 * @throws ParameterError if an interval is no whole number of steps
 */
export function layPlastic(
  projection: Projection,
  pattern: SparsePattern,
  batch: number,
  dt: number | undefined,
  arena: Arena,
): PlasticLayout {
  const { plastic, preSize, postSize, name } = projection;
  if (plastic === undefined || dt === undefined) {
    throw new InternalError('layPlastic', 'expected a plastic projection and a time step, got none');
  }
  const { rewiring, synapse } = plastic;
  if (rewiring && batch > 1) {
    throw new UnsupportedError(`projection "${name}"`, `expected a batch of 1 with rewiring, got ${batch}`, {
      hint: 'rows of a batch share one pattern',
    });
  }
  const index = hasColumns(synapse)
    ? synapseColumns(pattern, postSize, rewiring && columnRoom(pattern.post.length, postSize))
    : undefined;
  // Rewired, a column may come to hold a synapse of every presynaptic neuron.
  const column = rewiring ? Math.min(padded(preSize), columnRoom(pattern.post.length, 0)) : 0;
  const columns = index ? Math.max(longestRun(index.start), column) : 0;
  const longest = Math.max(longestRun(pattern.rowStart), columns);
  const counts = { pre: preSize, post: postSize, synapse: pattern.post.length, longest, batch };
  return {
    ...layVariables(name, synapse, dt, counts, arena),
    columns: layColumns(arena, index),
    index,
    fullRows:
      !rewiring && pattern.post.length === preSize * postSize && pattern.post.every((j, k) => j === k % postSize),
    rewiringSteps: rewiring ? intervalSteps(name, rewiring.interval, dt) : 0,
  };
}
