import { NumericsError, ParameterError, unknownName } from '../../base/errors.ts';
import { exp, log } from '../../base/math.ts';
import { own as ownOf } from '../../base/own.ts';
import type { EngineMemory } from '../engine-memory.ts';
import type { NetworkParameters } from '../parameters.ts';
import type { ProjectionLayout } from '../projection-layout.ts';
import { writePattern } from '../write-parameters.ts';
import type { SynapseColumns } from './columns.ts';
import type { PlasticLayout } from './plastic-layout.ts';

/** A projection whose synapses are plastic. */
export interface PlasticEntry {
  readonly own: ProjectionLayout;
  readonly plastic: PlasticLayout;
}

/** Entries by layout: they are asked for several times in every run, which may be as short as a control cycle. */
const entries = new WeakMap<EngineMemory['layout'], readonly PlasticEntry[]>();

/** The projections with plastic synapses. */
export function plasticEntries({ layout }: EngineMemory): readonly PlasticEntry[] {
  const known = entries.get(layout);
  if (known) return known;
  const found = Object.values(layout.projections).flatMap((own) =>
    own.plastic ? [{ own, plastic: own.plastic }] : [],
  );
  entries.set(layout, found);
  return found;
}

/** How many values a variable has per batch row. */
function variableCount({ own, plastic }: PlasticEntry, name: string): number {
  const { scope } = plastic.plan.program.variables[name]!;
  if (scope === 'synapse') return own.count;
  return scope === 'pre' ? own.projection.preSize : own.projection.postSize;
}

/** The columns of an entry in memory. */
export function columnsOf(engine: EngineMemory, { own, plastic: { columns } }: PlasticEntry): SynapseColumns {
  return {
    start: engine.words(columns.start, own.projection.postSize + 1),
    synapse: engine.words(columns.synapse, columns.count),
    pre: engine.words(columns.pre, columns.count),
  };
}

/** Writes the parameters of plastic synapses. */
export function writePlasticParameters(engine: EngineMemory): void {
  for (const { own, plastic } of plasticEntries(engine)) {
    for (const [name, value] of Object.entries(plastic.values)) {
      if (!Number.isFinite(value)) {
        const where = `projection "${own.projection.name}"`;
        throw new ParameterError(where, `expected a finite ${name}, got ${value}`, { fields: { name, value } });
      }
      engine.floats(plastic.params[name]!, 1)[0] = value;
    }
  }
}

/** Which synapses there are at the start, by presynaptic and by postsynaptic neuron. */
function writeInitialPattern(engine: EngineMemory, entry: PlasticEntry, parameters: NetworkParameters): void {
  const { name } = entry.own.projection;
  const connections = parameters.connections[name]!;
  if (connections.kind === 'sparse') writePattern(engine, name, connections.pattern);
  const { index } = entry.plastic;
  if (index === undefined) return;
  const columns = columnsOf(engine, entry);
  columns.start.set(index.start);
  columns.synapse.set(index.synapse);
  columns.pre.set(index.pre);
}

/**
 * Every variable to its initial value.
 *
 * @param clock - steps simulated before, which decays count from
 */
export function resetPlastic(engine: EngineMemory, parameters: NetworkParameters, clock: number): void {
  const { batch } = engine.layout.options;
  for (const entry of plasticEntries(engine)) {
    const { own, plastic } = entry;
    const { name: projection } = own.projection;
    const given: Readonly<Record<string, ArrayLike<number>>> = {
      ...parameters.synapses?.[projection],
      w: parameters.connections[projection]!.weights,
    };
    writeInitialPattern(engine, entry, parameters);
    engine.bytes(plastic.planes, plastic.planeBytes * batch).fill(0);
    for (let row = 0; row < batch; row++) {
      const plane = row * plastic.planeBytes;
      for (const [name, address] of Object.entries(plastic.variables)) {
        const values = engine.floats(address + plane, variableCount(entry, name));
        const initial = ownOf(given, name);
        if (initial) values.set(initial);
        else values.fill(plastic.plan.program.variables[name]!.init);
      }
      if (plastic.touched) engine.words(plastic.touched + plane, own.count).fill(clock);
    }
  }
}

/** The spans that hold the variables and, where it changes, the pattern. */
export function plasticSpans(engine: EngineMemory): { at: number; bytes: number }[] {
  const { batch } = engine.layout.options;
  return plasticEntries(engine).flatMap(({ own, plastic }) => {
    const { planes, planeBytes, columns, rewiringSteps } = plastic;
    const variables = { at: planes, bytes: planeBytes * batch };
    if (rewiringSteps === 0) return [variables];
    const post = { at: own.post, bytes: 4 * own.count };
    if (columns.count === 0) return [variables, post];
    const start = { at: columns.start, bytes: 4 * (own.projection.postSize + 1) };
    const lists = [columns.synapse, columns.pre].map((at) => ({ at, bytes: 4 * columns.count }));
    return [variables, post, start, ...lists];
  });
}

/**
 * @param steps - length of the block just run, for the message
 * @throws NumericsError naming the first variable of plastic synapses that is not finite
 */
export function checkSynapses(engine: EngineMemory, steps: number): void {
  const { batch } = engine.layout.options;
  for (const entry of plasticEntries(engine)) {
    for (const [variable, address] of Object.entries(entry.plastic.variables)) {
      for (let row = 0; row < batch; row++) {
        const at = address + row * entry.plastic.planeBytes;
        const index = engine.kernels.allFinite(at, variableCount(entry, variable));
        if (index >= 0) throw notFinite(entry.own.projection.name, variable, index, steps);
      }
    }
  }
}

function notFinite(projection: string, variable: string, index: number, steps: number): NumericsError {
  const got = `a non-finite ${variable} in projection "${projection}", index ${index}, within the last ${steps} steps`;
  return new NumericsError('Simulation', `expected finite synapses, got ${got}`, {
    hint: 'check the equations of the synapse and dt',
    fields: { projection, variable, index },
  });
}

/** What decays by itself, as it is at a step: factorⁿ · x + (1 - factorⁿ) · rest. */
export function bringUpToDate(
  values: Float32Array,
  touched: Uint32Array,
  step: number,
  { factor, rest }: { factor: number; rest: number },
): void {
  // Not `**`, which differs between engines; 0 to the power 0 is 1.
  const rate = log(factor);
  for (let k = 0; k < values.length; k++) {
    const steps = step - touched[k]!;
    const share = exp(steps * rate);
    if (steps > 0) values[k] = values[k]! * share + rest * (1 - share);
  }
}

/**
 * All variables of a projection's plastic synapses.
 *
 * @param clock - steps simulated so far
 * @throws ParameterError unless the projection has plastic synapses
 */
export function readPlastic(engine: EngineMemory, projection: string, clock: number): Record<string, Float32Array> {
  const all = plasticEntries(engine);
  const entry = all.find(({ own }) => own.projection.name === projection);
  if (!entry) {
    const known = all.map(({ own }) => own.projection.name);
    throw unknownName('Simulation', 'plastic projection', projection, known);
  }
  const names = Object.keys(entry.plastic.variables);
  return Object.fromEntries(names.map((name) => [name, readVariable(engine, entry, name, clock)]));
}

/**
 * The values of a variable after a number of steps, [batch, synapse], [batch, pre] or [batch, post].
 *
 * @param clock - steps simulated so far
 */
function readVariable(engine: EngineMemory, entry: PlasticEntry, name: string, clock: number): Float32Array {
  const { plastic } = entry;
  const { batch } = engine.layout.options;
  const count = variableCount(entry, name);
  const decay = ownOf(plastic.plan.decays, name);
  const all = new Float32Array(batch * count);
  for (let row = 0; row < batch; row++) {
    const plane = row * plastic.planeBytes;
    const values = all.subarray(row * count, (row + 1) * count);
    values.set(engine.floats(plastic.variables[name]! + plane, count));
    if (decay) bringUpToDate(values, engine.words(plastic.touched + plane, count), clock, decay);
  }
  return all;
}
