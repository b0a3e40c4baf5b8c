import { ParameterError } from '../../base/errors.ts';
import type { SynapsePlaces } from '../../expr/index.ts';
import { type Arena, padded } from '../arena.ts';
import { hasColumns, layVariables, longestRun, type VariableLayout } from '../plastic/plastic-layout.ts';
import { type PlasticProjection, resolvePlastic } from '../plastic/resolve.ts';
import { checkValue, type EventNetworkSpec, type EventProjectionSpec } from './event-spec.ts';
import { drawsPerSynapse, synapseShifts } from './synapse-shifts.ts';
import type { Wiring } from './wiring.ts';

/** An address and what is written there. */
interface Table {
  readonly address: number;
  readonly values: Uint32Array;
}

/** Where the plastic synapses of an event-driven projection lie; a "presynaptic neuron" of theirs is a row: a neuron and a delay. */
export interface EventSynapses extends VariableLayout {
  readonly projection: PlasticProjection;
  /** u32, one per row and one more. */
  readonly rowStart: number;
  /** Bytes per target, 2 or 4. */
  readonly targetBytes: 2 | 4;
  readonly targets: number;
  readonly columns: SynapsePlaces['columns'];
  /** Where draws per synapse are those of an undivided network: two tables of u32 per row. */
  readonly shifts?: { readonly rows: Table; readonly places: Table };
}

/** Bytes of a projection's plastic synapses, with what finds them; 0 if they are static. */
export function plasticBytes({
  wiring: { rowStart, synapses, inDegrees },
  plastic,
}: {
  readonly wiring: Wiring;
  readonly plastic?: EventSynapses;
}): number {
  if (plastic === undefined) return 0;
  const { targetBytes, columns, plan, touched, shifts } = plastic;
  const own = Object.values(plan.program.variables).filter(({ scope }) => scope === 'synapse').length;
  const index = columns.count > 0 ? (4 + columns.preBytes) * columns.count + 4 * (inDegrees.length + 1) : 0;
  const rows = (shifts ? 12 : 4) * rowStart.length;
  return (targetBytes + 4 * (own + (touched > 0 ? 1 : 0))) * synapses + rows + index;
}

/** @throws ParameterError for a signal that has the name of a population or starts from no finite value */
export function checkSignals({ populations, signals = {} }: EventNetworkSpec): void {
  for (const [name, value] of Object.entries(signals)) {
    const where = `signal "${name}"`;
    if (Object.hasOwn(populations, name)) {
      throw new ParameterError(where, 'expected a name of its own, got that of a population');
    }
    if (!Number.isFinite(value)) throw new ParameterError(where, `expected a finite value, got ${value}`);
  }
}

/**
 * Checks the plastic side of a projection and fills in its defaults.
 *
 * @throws UnsupportedError for ends that do not spike
 * @throws ParameterError for unknown names, and for values that do not fit
 */
export function resolveSynapses(
  name: string,
  spec: EventProjectionSpec,
  { populations, signals = {} }: EventNetworkSpec,
): PlasticProjection | undefined {
  const where = `projection "${name}"`;
  for (const [variable, given] of Object.entries(spec.initial ?? {})) {
    checkValue(where, `initial ${variable}`, given, spec.topology);
  }
  const { from, to, topology, weights, synapse, initial } = spec;
  const given = { from, to, topology, weights, synapse, initial, signals: spec.signals };
  const inputs = Object.fromEntries(Object.keys(signals).map((key) => [key, { size: 1, kind: 'floats' as const }]));
  return resolvePlastic(where, given as Parameters<typeof resolvePlastic>[1], { inputs, populations });
}

/** The states of a population that plastic synapses read; what spikes deliver must not be added to them ahead of the step. */
export function keptStates({ projections }: EventNetworkSpec, population: string): Set<string> {
  const reading = Object.values(projections).filter(({ to }) => to === population);
  return new Set(reading.flatMap(({ synapse }) => Object.keys(synapse?.model?.definition?.reads ?? {})));
}

/** Columns with room for every neuron's synapses, rounded up to whole vectors. */
function layColumns({ inDegrees, rowStart }: Wiring, arena: Arena): EventSynapses['columns'] {
  const count = inDegrees.reduce((sum, degree) => sum + padded(degree), 0);
  // What is left of a vector names rows behind the last one.
  const preBytes = padded(rowStart.length - 1) + 4 <= 2 ** 16 ? 2 : 4;
  return {
    start: arena.span(4 * (inDegrees.length + 1)),
    synapse: arena.span(4 * count),
    pre: arena.span(preBytes * count),
    preBytes,
    count,
  };
}

/**
 * Lays out the plastic synapses of a projection.
 *
 * @param dt - ms
 * @throws ParameterError if an interval is no whole number of steps
 */
export function layEventSynapses(
  name: string,
  projection: PlasticProjection,
  wiring: Wiring,
  dt: number,
  arena: Arena,
): EventSynapses {
  const { rowStart, inDegrees, synapses } = wiring;
  const column = inDegrees.reduce((most, degree) => Math.max(most, padded(degree)), 0);
  const counts = {
    pre: rowStart.length - 1,
    post: inDegrees.length,
    synapse: synapses,
    longest: Math.max(longestRun(rowStart), column),
    batch: 1,
  };
  const shifts = drawsPerSynapse(projection.synapse.model.program) ? synapseShifts(wiring) : undefined;
  const table = (values: Uint32Array): Table => ({ address: arena.span(values.byteLength), values });
  const columns = hasColumns(projection.synapse)
    ? layColumns(wiring, arena)
    : ({ start: 0, synapse: 0, pre: 0, preBytes: 4, count: 0 } as const);
  const targetBytes = inDegrees.length <= 2 ** 16 ? 2 : 4;
  return {
    rowStart: arena.span(4 * rowStart.length),
    targetBytes,
    // They are read four at a time, from any of them on.
    targets: arena.span(targetBytes * (synapses + 4)),
    ...layVariables(name, projection.synapse, dt, counts, arena),
    projection,
    columns: { ...columns, shift: shifts?.column ?? 0 },
    ...(shifts ? { shifts: { rows: table(shifts.rows), places: table(shifts.places) } } : {}),
  };
}
