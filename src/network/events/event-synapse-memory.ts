import { NumericsError, ParameterError } from '../../base/errors.ts';
import { own } from '../../base/own.ts';
import type { EngineMemory } from '../engine-memory.ts';
import { fillColumns } from '../plastic/columns.ts';
import { bringUpToDate } from '../plastic/plastic-state.ts';
import type { EventProjection } from './event-layout.ts';
import type { EventProjectionSpec, SynapseValue } from './event-spec.ts';
import type { EventSynapses } from './event-synapses.ts';
import type { Wiring } from './wiring.ts';

/** The postsynaptic neurons of a projection's synapses. */
function targetsOf(
  engine: EngineMemory,
  { synapses }: Wiring,
  { targetBytes, targets }: EventSynapses,
): Uint16Array | Uint32Array {
  return new (targetBytes === 2 ? Uint16Array : Uint32Array)(engine.memory.buffer, targets, synapses);
}

/** How many values a variable has. */
function countOf({ wiring }: EventProjection, { plan }: EventSynapses, variable: string): number {
  const { scope } = plan.program.variables[variable]!;
  if (scope === 'synapse') return wiring.synapses;
  return scope === 'pre' ? wiring.rowStart.length - 1 : wiring.inDegrees.length;
}

/** Writes rows and targets of plastic synapses, their index by postsynaptic neuron, and where draws are; what else they have are states. */
export function writeTargets(engine: EngineMemory, { wiring }: EventProjection, plastic: EventSynapses): void {
  const { columns, shifts } = plastic;
  const { rowStart, inDegrees } = wiring;
  const targets = targetsOf(engine, wiring, plastic);
  engine.words(plastic.rowStart, rowStart.length).set(rowStart);
  wiring.write({ targets });
  for (const { address, values } of Object.values(shifts ?? {})) engine.words(address, values.length).set(values);
  if (columns.count === 0) return;
  const indices = columns.preBytes === 2 ? Uint16Array : Uint32Array;
  const into = {
    start: engine.words(columns.start, inDegrees.length + 1),
    synapse: engine.words(columns.synapse, columns.count),
    pre: new indices(engine.memory.buffer, columns.pre, columns.count),
  };
  fillColumns({ rowStart, post: targets }, into, new Uint32Array(inDegrees.length));
}

/**
 * Parameters of plastic synapses, and every variable to its initial value.
 *
 * @throws ParameterError for a parameter, base or derived, that is not finite
 */
export function resetSynapses(engine: EngineMemory, projection: EventProjection, spec: EventProjectionSpec): void {
  const { name, wiring, plastic } = projection;
  if (plastic === undefined) return;
  for (const [parameter, value] of Object.entries(plastic.values)) {
    if (!Number.isFinite(value)) {
      throw new ParameterError(`projection "${name}"`, `expected a finite ${parameter}, got ${value}`);
    }
    engine.floats(plastic.params[parameter]!, 1)[0] = value;
  }
  const given: Readonly<Record<string, SynapseValue | undefined>> = { ...spec.initial, w: spec.weights };
  for (const [variable, address] of Object.entries(plastic.variables)) {
    const into = engine.floats(address, countOf(projection, plastic, variable));
    const start = own(given, variable) ?? plastic.plan.program.variables[variable]!.init;
    if (typeof start === 'number') into.fill(start);
    else wiring.writeValues(variable === 'w' ? 'weights' : `initial ${variable}`, start, into);
  }
  if (plastic.touched) engine.words(plastic.touched, wiring.synapses).fill(0);
}

/** The plastic synapses of a projection that a part of a network has. */
export interface SliceSynapses {
  /** u32 per source and delay, and one more. */
  readonly rowStart: Uint32Array;
  /** Postsynaptic neurons, counted in the whole population. */
  readonly post: Uint32Array;
  /** Neurons of the target that are here. */
  readonly targets: number;
  /** Shortest delay in steps, and the number of delays. */
  readonly delays: { readonly first: number; readonly count: number };
  readonly variables: Readonly<Record<string, Float32Array>>;
}

/** The plastic synapses of a projection after a number of steps, of those that are here. */
export function readSynapses(engine: EngineMemory, projection: EventProjection, steps: number): SliceSynapses {
  const { wiring } = projection;
  const { rowStart, synapses, posts } = wiring;
  const { first, count } = wiring.delays;
  const plastic = projection.plastic!;
  const post = Uint32Array.from(targetsOf(engine, wiring, plastic));
  for (let k = 0; k < synapses && posts.first > 0; k++) post[k]! += posts.first;
  const variables = Object.entries(plastic.variables).map(([variable, address]) => {
    const values = engine.floats(address, countOf(projection, plastic, variable)).slice();
    const decay = own(plastic.plan.decays, variable);
    if (decay) bringUpToDate(values, engine.words(plastic.touched, synapses), steps, decay);
    return [variable, values];
  });
  return {
    rowStart,
    post,
    targets: posts.size,
    delays: { first, count },
    variables: Object.fromEntries(variables),
  };
}

/** A variable of plastic synapses that is not finite. */
export interface SynapseFault {
  readonly projection: string;
  readonly variable: string;
  readonly index: number;
}

/** The first variable of plastic synapses that is not finite. */
export function firstNonFiniteSynapse(
  engine: EngineMemory,
  projections: readonly EventProjection[],
): SynapseFault | undefined {
  for (const projection of projections) {
    const { name, plastic } = projection;
    if (plastic === undefined) continue;
    for (const [variable, address] of Object.entries(plastic.variables)) {
      const index = engine.kernels.allFinite(address, countOf(projection, plastic, variable));
      if (index >= 0) return { projection: name, variable, index };
    }
  }
  return undefined;
}

/** The error for a variable of plastic synapses that is not finite after `step` steps. */
export function synapseNotFinite(found: SynapseFault, step: number): NumericsError {
  const { projection, variable, index } = found;
  const got = `a non-finite ${variable} in projection "${projection}", index ${index}, by step ${step}`;
  return new NumericsError('EventSimulation', `expected finite synapses, got ${got}`, {
    hint: 'check the equations of the synapse and dt',
    fields: { ...found },
  });
}
