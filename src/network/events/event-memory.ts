import { checkDistribution, draw, isDistribution } from '../../base/distribution.ts';
import { ParameterError, ShapeError, unknownName } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import { streamOf } from '../../base/stream.ts';
import type { EngineMemory } from '../engine-memory.ts';
import { resetState } from '../engine-state.ts';
import { writeNeurons } from '../write-parameters.ts';
import { writeBundle } from './event-bundles.ts';
import type { EventLayout } from './event-layout.ts';
import type { EventNetworkSpec, EventPopulationSpec } from './event-spec.ts';
import { resetSynapses, writeTargets } from './event-synapse-memory.ts';
import { writeDrives } from './poisson-drives.ts';

type Start = NonNullable<EventPopulationSpec['start']>[string];

/** Writes neuron parameters, tables of drives, rows and synapses. */
export function writeNetwork(engine: EngineMemory, { neurons, drives, projections, bundles }: EventLayout): void {
  for (const [name, values] of Object.entries(neurons.neurons)) writeNeurons(engine, name, values);
  writeDrives(engine, drives);
  for (const bundle of bundles) writeBundle(engine, bundle);
  for (const projection of projections) if (projection.plastic) writeTargets(engine, projection, projection.plastic);
}

/** The values that a state starts from, checked. */
function startValues(where: string, start: Start, size: number, random: RandomStream): Float32Array {
  if (isDistribution(start)) checkDistribution(where, start);
  else if (typeof start !== 'number' && (typeof start !== 'object' || start === null || !('length' in start))) {
    throw new ParameterError(where, `expected a number, a distribution or a value per neuron, got ${String(start)}`);
  }
  const values =
    typeof start === 'number'
      ? new Float32Array(size).fill(start)
      : Float32Array.from({ length: size }, (_, n) => (isDistribution(start) ? draw(start, random) : start[n]!));
  if (typeof start !== 'number' && !isDistribution(start) && start.length !== size) {
    throw new ShapeError(where, `expected one number or ${size} (one per neuron), got ${start.length}`);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new ParameterError(where, `expected finite values, got ${values[bad]} at ${bad}`);
  return values;
}

/** @throws ParameterError, ShapeError for start values of unknown states, or that do not fit; before anything is drawn */
export function checkStarts(populations: Readonly<Record<string, EventPopulationSpec>>, seed: number): void {
  for (const _ of starts(populations, seed)) {
  }
}

function* starts(
  populations: Readonly<Record<string, EventPopulationSpec>>,
  seed: number,
): Generator<{ name: string; state: string; values: Float32Array }> {
  for (const [name, { size, model, start = {} }] of Object.entries(populations)) {
    const known = Object.keys(model.model.definition.state);
    for (const [state, value] of Object.entries(start)) {
      if (!known.includes(state)) throw unknownName(`population "${name}"`, 'state', state, known);
      const random = new RandomStream(seed, streamOf(`start/${name}/${state}`));
      yield { name, state, values: startValues(`population "${name}", start of ${state}`, value, size, random) };
    }
  }
}

/** Every state to where it starts from, no spikes before. */
export function resetNetwork(
  engine: EngineMemory,
  { lists, ownLists, slices, projections, signals, heard }: EventLayout,
  spec: EventNetworkSpec,
  seed: number,
): void {
  const { populations } = spec;
  resetState(engine);
  for (const projection of projections) resetSynapses(engine, projection, spec.projections[projection.name]!);
  for (const [name, address] of Object.entries(signals)) engine.floats(address, 1)[0] = spec.signals![name]!;
  for (const address of Object.values(heard)) engine.floats(address, 1)[0] = 0;
  for (const { name, state, values } of starts(populations, seed)) {
    const { first, size } = slices[name]!;
    if (size === 0) continue;
    const { forward, padded } = engine.layout.populations[name]!;
    const all = engine.floats(forward.state[state]!.base, padded);
    all.set(values.subarray(first, first + size));
    all.fill(values[first + size - 1]!, size);
  }
  for (const { output } of Object.values(engine.layout.populations)) {
    engine.bytes(output.base, output.slotBytes * output.slots).fill(0);
  }
  for (const { base, slotBytes, slots } of [...Object.values(lists), ...Object.values(ownLists)]) {
    for (let slot = 0; slot < slots; slot++) engine.words(base + slot * slotBytes, 1)[0] = 0;
  }
}
