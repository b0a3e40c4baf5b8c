import { ShapeError } from '../base/errors.ts';
import { type Place, variableOf } from '../expr/index.ts';
import type { EngineMemory } from './engine-memory.ts';
import { plasticSpans } from './plastic/plastic-state.ts';
import type { PopulationLayout } from './population-layout.ts';

/** The address of a state's slot `time` steps after the start of the block. */
const slotAt = (place: Place, origin: number, time: number): number =>
  place.base + (place.slots === 1 ? 0 : (origin + time) % place.slots) * place.slotBytes;

/** Every state variable of every population. */
function* states(engine: EngineMemory): Generator<{ own: PopulationLayout; name: string; place: Place }> {
  for (const own of Object.values(engine.layout.populations)) {
    for (const [name, place] of Object.entries(own.forward.state)) yield { own, name, place };
  }
}

/** The activity of inputs and populations, which delays reach back into. */
const outputs = (engine: EngineMemory): Place[] =>
  [...Object.values(engine.layout.inputs), ...Object.values(engine.layout.populations)].map(({ output }) => output);

/** Every state to its initial value, no activity before. */
export function resetState(engine: EngineMemory): void {
  const { origin } = engine.layout;
  for (const { own, name, place } of states(engine)) {
    const { init = 0 } = variableOf(own.plan.program.definition.state[name]!);
    engine.floats(slotAt(place, origin, 0), place.slotBytes / 4).fill(init);
  }
  for (const output of outputs(engine)) engine.bytes(output.base, (origin + 1) * output.slotBytes).fill(0);
}

/** Copies what lies `steps` after the start of the block to its start. */
export function carryState(engine: EngineMemory, steps: number): void {
  const { origin } = engine.layout;
  const copy = (from: number, to: number, bytes: number) => engine.bytes(to, bytes).set(engine.bytes(from, bytes));
  for (const { place } of states(engine)) {
    if (place.slots > 1) copy(slotAt(place, origin, steps), slotAt(place, origin, 0), place.slotBytes);
  }
  for (const { base, slotBytes } of outputs(engine)) {
    for (let slot = 0; slot <= origin; slot++)
      copy(base + (slot + steps) * slotBytes, base + slot * slotBytes, slotBytes);
  }
}

/** The spans of memory that the next block starts from. */
function carriedSpans(engine: EngineMemory): { at: number; bytes: number }[] {
  const { origin } = engine.layout;
  const own = [...states(engine)].map(({ place }) => ({ at: slotAt(place, origin, 0), bytes: place.slotBytes }));
  return [
    ...own,
    ...plasticSpans(engine),
    ...outputs(engine).map(({ base, slotBytes }) => ({ at: base, bytes: (origin + 1) * slotBytes })),
  ];
}

/** What the next block starts from, as bytes for a checkpoint. */
export function saveCarried(engine: EngineMemory, clock: number): Uint8Array {
  const spans = carriedSpans(engine);
  const saved = new Uint8Array(8 + spans.reduce((sum, { bytes }) => sum + bytes, 0));
  new DataView(saved.buffer).setFloat64(0, clock, true);
  let to = 8;
  for (const { at, bytes } of spans) {
    saved.set(engine.bytes(at, bytes), to);
    to += bytes;
  }
  return saved;
}

/**
 * The inverse of {@link saveCarried}.
 *
 * @returns the clock
 * @throws ShapeError if the state comes from another network or batch size
 */
export function loadCarried(engine: EngineMemory, saved: Uint8Array): number {
  const spans = carriedSpans(engine);
  const expected = 8 + spans.reduce((sum, { bytes }) => sum + bytes, 0);
  if (saved.length !== expected) {
    throw new ShapeError('Engine.loadState', `expected ${expected} bytes, got ${saved.length}`, {
      hint: 'the state belongs to another network or batch size',
    });
  }
  let from = 8;
  for (const { at, bytes } of spans) {
    engine.bytes(at, bytes).set(saved.subarray(from, from + bytes));
    from += bytes;
  }
  return new DataView(saved.buffer, saved.byteOffset).getFloat64(0, true);
}

/** Copies the states `time` steps into the block to or from checkpoint number `segment`. */
export function snapshotStates(
  engine: EngineMemory,
  segment: number,
  time: number,
  direction: 'save' | 'restore',
): void {
  for (const { own, name, place } of states(engine)) {
    const live = engine.bytes(slotAt(place, engine.layout.origin, time), place.slotBytes);
    const kept = engine.bytes(own.snapshots[name]!.base + segment * place.slotBytes, place.slotBytes);
    if (direction === 'save') kept.set(live);
    else live.set(kept);
  }
}

/** Where a value is not finite. */
export interface NonFinite {
  readonly population: string;
  readonly variable: string;
  readonly neuron: number;
}

/** The first state at the end of the block, or graded output within it, that is not finite, if any. */
export function firstNonFinite(engine: EngineMemory, steps: number): NonFinite | undefined {
  const { batch } = engine.layout.options;
  const { origin } = engine.layout;
  for (const [population, own] of Object.entries(engine.layout.populations)) {
    for (const [variable, place] of Object.entries(own.forward.state)) {
      const neuron = nonFiniteNeuron(engine, own, slotAt(place, origin, steps), batch);
      if (neuron >= 0) return { population, variable, neuron };
    }
    if (own.spiking) continue;
    const first = slotAt(own.output, origin, 1);
    const neuron = nonFiniteNeuron(engine, own, first, steps * batch);
    if (neuron >= 0) return { population, variable: own.plan.program.definition.output ?? 'output', neuron };
  }
  return undefined;
}

/** The neuron of the first value in [rows, padded] that is not finite, or -1. Pad lanes may hold anything. */
function nonFiniteNeuron(engine: EngineMemory, { size, padded }: PopulationLayout, at: number, rows: number): number {
  const { kernels } = engine;
  const index = kernels.allFinite(at, rows * padded);
  if (index < 0 || index % padded < size) return index < 0 ? -1 : index % padded;
  for (let row = Math.floor(index / padded); row < rows; row++) {
    const neuron = kernels.allFinite(at + 4 * row * padded, size);
    if (neuron >= 0) return neuron;
  }
  return -1;
}
