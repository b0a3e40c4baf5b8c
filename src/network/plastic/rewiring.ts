import { own as ownOf } from '../../base/own.ts';
import { randomWord } from '../../base/random.ts';
import { streamOf } from '../../base/stream.ts';
import type { EngineMemory } from '../engine-memory.ts';
import { allowsSelf } from '../parameters.ts';
import { fillColumns } from './columns.ts';
import { bringUpToDate, columnsOf, type PlasticEntry, plasticEntries } from './plastic-state.ts';

/** Steps until some synapses are next rewired, if `clock` steps are simulated; Infinity without rewiring. */
export function stepsToRewiring(engine: EngineMemory, clock: number): number {
  const intervals = plasticEntries(engine).flatMap(({ plastic: { rewiringSteps } }) => rewiringSteps || []);
  return Math.min(Number.POSITIVE_INFINITY, ...intervals.map((steps) => steps - (clock % steps)));
}

interface Scratch {
  /** Which postsynaptic neurons a row reaches. */
  readonly taken: Uint8Array;
  /** Where the columns of the postsynaptic neurons go on. */
  readonly next: Uint32Array;
  /** Present values of the variable that says which synapses are active; empty if memory holds them. */
  readonly active: Float32Array;
}

const scratches = new WeakMap<PlasticEntry['plastic'], Scratch>();

function scratchOf({ own: { projection, count }, plastic }: PlasticEntry): Scratch {
  const known = scratches.get(plastic);
  if (known !== undefined) return known;
  const { postSize } = projection;
  const decays = Object.hasOwn(plastic.plan.decays, projection.plastic!.rewiring!.active);
  const active = new Float32Array(decays ? count : 0);
  const made = { taken: new Uint8Array(postSize), next: new Uint32Array(postSize), active };
  scratches.set(plastic, made);
  return made;
}

/** The variable that says which synapses are active, as it is after `clock` steps; one that decays by itself is older in memory. */
function activeValues(engine: EngineMemory, entry: PlasticEntry, clock: number): Float32Array {
  const { own, plastic } = entry;
  const { active } = own.projection.plastic!.rewiring!;
  const stored = engine.floats(plastic.variables[active]!, own.count);
  const decay = ownOf(plastic.plan.decays, active);
  if (decay === undefined) return stored;
  const present = scratchOf(entry).active;
  present.set(stored);
  bringUpToDate(present, engine.words(plastic.touched, own.count), clock, decay);
  return present;
}

/** Number `rank` of the neurons that are not taken, counting from 0. */
function freeNeuron(taken: Uint8Array, rank: number): number {
  let left = rank;
  for (let j = 0; j < taken.length; j++) if (taken[j] === 0 && left-- === 0) return j;
  return -1;
}

/** Gives one synapse a new target and its initial values. */
function regrow(engine: EngineMemory, { plastic }: PlasticEntry, synapse: number, clock: number): void {
  const { variables } = plastic.plan.program;
  for (const [name, { scope, init }] of Object.entries(variables)) {
    if (scope === 'synapse') engine.floats(plastic.variables[name]! + 4 * synapse, 1)[0] = init;
  }
  if (plastic.touched) engine.words(plastic.touched + 4 * synapse, 1)[0] = clock;
}

/**
 * Moves the retracted synapses of one presynaptic neuron.
 *
 * @param draw - a random word for a synapse
 * @returns whether there were any
 */
function rewireRow(
  { post, active, taken }: { post: Uint32Array; active: Float32Array; taken: Uint8Array },
  { first, end, self }: { first: number; end: number; self: number },
  draw: (synapse: number) => number,
  moved: (synapse: number) => void,
): boolean {
  if (!active.subarray(first, end).some((value) => value <= 0)) return false;
  taken.fill(0);
  if (self >= 0) taken[self] = 1;
  for (let k = first; k < end; k++) if (active[k]! > 0) taken[post[k]!] = 1;
  let free = 0;
  for (const value of taken) free += 1 - value;
  for (let k = first; k < end; k++) {
    if (active[k]! > 0) continue;
    const j = freeNeuron(taken, draw(k) % free);
    post[k] = j;
    taken[j] = 1;
    free -= 1;
    moved(k);
  }
  return true;
}

function rewire(engine: EngineMemory, entry: PlasticEntry, clock: number, seed: number): void {
  const { own, plastic } = entry;
  const { name, preSize, from, to } = own.projection;
  const { taken, next } = scratchOf(entry);
  const rowStart = engine.words(own.rowStart, preSize + 1);
  const post = engine.words(own.post, own.count);
  const arrays = { post, active: activeValues(engine, entry, clock), taken };
  const stream = streamOf(`rewiring/${name}`);
  const draw = (synapse: number) => randomWord(seed, stream, clock, synapse);
  const selfless = from === to && !allowsSelf(own.projection);
  let changed = false;
  for (let i = 0; i < preSize; i++) {
    const row = { first: rowStart[i]!, end: rowStart[i + 1]!, self: selfless ? i : -1 };
    changed = rewireRow(arrays, row, draw, (k) => regrow(engine, entry, k, clock)) || changed;
  }
  if (changed && plastic.columns.count > 0) fillColumns({ rowStart, post }, columnsOf(engine, entry), next);
}

/**
 * Moves retracted synapses, in every projection whose interval ends after `clock` steps, within the memory that there is: a
 * synapse keeps its number, and where it goes is a function of (seed, projection, step, number) and of its row.
 */
export function rewireSynapses(engine: EngineMemory, clock: number, seed: number): void {
  for (const entry of plasticEntries(engine)) {
    const { rewiringSteps } = entry.plastic;
    if (rewiringSteps > 0 && clock > 0 && clock % rewiringSteps === 0) rewire(engine, entry, clock, seed);
  }
}
