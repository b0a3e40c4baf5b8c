import { randomWord } from '../../base/random.ts';
import { streamOf } from '../../base/stream.ts';
import type { EngineMemory } from '../engine-memory.ts';
import { allowsSelf } from '../parameters.ts';
import { fillColumns } from './columns.ts';
import { columnsOf, type PlasticEntry, plasticEntries } from './plastic-state.ts';

/** Steps until some synapses are next rewired, if `clock` steps are simulated; Infinity without rewiring. */
export function stepsToRewiring(engine: EngineMemory, clock: number): number {
  const intervals = plasticEntries(engine).flatMap(({ plastic: { rewiringSteps } }) => rewiringSteps || []);
  return Math.min(Number.POSITIVE_INFINITY, ...intervals.map((steps) => steps - (clock % steps)));
}

/** Scratch for the postsynaptic neurons of an entry: which of them a row reaches, and where their columns go on. */
const scratches = new WeakMap<PlasticEntry['plastic'], { readonly taken: Uint8Array; readonly next: Uint32Array }>();

function scratchOf({ own, plastic }: PlasticEntry) {
  const { postSize } = own.projection;
  const known = scratches.get(plastic) ?? { taken: new Uint8Array(postSize), next: new Uint32Array(postSize) };
  scratches.set(plastic, known);
  return known;
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
  const { active } = own.projection.plastic!.rewiring!;
  const { taken, next } = scratchOf(entry);
  const rowStart = engine.words(own.rowStart, preSize + 1);
  const post = engine.words(own.post, own.count);
  const arrays = { post, active: engine.floats(plastic.variables[active]!, own.count), taken };
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
