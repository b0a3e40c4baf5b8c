import { NumericsError, ParameterError } from '../../base/errors.ts';
import type { EngineMemory } from '../engine-memory.ts';
import { fillColumns } from '../plastic/columns.ts';
import { bringUpToDate } from '../plastic/plastic-state.ts';
import type { EventProjection } from './event-layout.ts';
import type { EventProjectionSpec, SynapseValue } from './event-spec.ts';
import type { EventSynapses } from './event-synapses.ts';
import type { Wiring } from './wiring.ts';

/** The plastic synapses of a projection, in the order of its rows: by source, by delay, by target. */
export interface EventSynapseValues {
  /** Presynaptic neuron of each synapse. */
  readonly pre: Uint32Array;
  /** Postsynaptic neuron of each synapse. */
  readonly post: Uint32Array;
  /** Time steps, of each synapse. */
  readonly delay: Uint32Array;
  /**
   * Every variable of the synapse's model: [synapse], or [post], or, of the presynaptic side, [pre · delays + k], a value for each of
   * the projection's delays, from the shortest on.
   */
  readonly variables: Readonly<Record<string, Float32Array>>;
}

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

/** Writes rows and targets of plastic synapses and their index by postsynaptic neuron; what else they have are states. */
export function writeTargets(engine: EngineMemory, { wiring }: EventProjection, plastic: EventSynapses): void {
  const { columns } = plastic;
  const { rowStart, inDegrees } = wiring;
  const targets = targetsOf(engine, wiring, plastic);
  engine.words(plastic.rowStart, rowStart.length).set(rowStart);
  wiring.write({ targets });
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
    const start = given[variable] ?? plastic.plan.program.variables[variable]!.init;
    if (typeof start === 'number') into.fill(start);
    else wiring.writeValues(variable === 'w' ? 'weights' : `initial ${variable}`, start, into);
  }
  if (plastic.touched) engine.words(plastic.touched, wiring.synapses).fill(0);
}

/** The plastic synapses of a projection after a number of steps. */
export function readSynapses(engine: EngineMemory, projection: EventProjection, steps: number): EventSynapseValues {
  const { wiring } = projection;
  const plastic = projection.plastic!;
  const { first, count } = wiring.delays;
  const { rowStart, synapses } = wiring;
  const [pre, delay] = [new Uint32Array(synapses), new Uint32Array(synapses)];
  for (let row = 0; row + 1 < rowStart.length; row++) {
    pre.fill(Math.floor(row / count), rowStart[row], rowStart[row + 1]);
    delay.fill(first + (row % count), rowStart[row], rowStart[row + 1]);
  }
  const variables = Object.entries(plastic.variables).map(([variable, address]) => {
    const values = engine.floats(address, countOf(projection, plastic, variable)).slice();
    const decay = plastic.plan.decays[variable];
    if (decay) bringUpToDate(values, engine.words(plastic.touched, synapses), steps, decay);
    return [variable, values];
  });
  return {
    pre,
    post: Uint32Array.from(targetsOf(engine, wiring, plastic)),
    delay,
    variables: Object.fromEntries(variables),
  };
}

/** @throws NumericsError naming the first variable of plastic synapses that is not finite */
export function checkEventSynapses(engine: EngineMemory, projections: readonly EventProjection[], steps: number): void {
  for (const projection of projections) {
    const { name, plastic } = projection;
    if (plastic === undefined) continue;
    for (const [variable, address] of Object.entries(plastic.variables)) {
      const index = engine.kernels.allFinite(address, countOf(projection, plastic, variable));
      if (index < 0) continue;
      const got = `a non-finite ${variable} in projection "${name}", index ${index}, by step ${steps}`;
      throw new NumericsError('EventSimulation', `expected finite synapses, got ${got}`, {
        hint: 'check the equations of the synapse and dt',
        fields: { projection: name, variable, index },
      });
    }
  }
}
