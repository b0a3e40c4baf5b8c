import type { NodeId } from '../graph.ts';
import type { Factor, Term, TraceFilter, TraceProgram } from '../traces.ts';
import type { ModuleBuilder } from './assembler.ts';
import type { Code } from './code.ts';
import type { Place } from './place.ts';
import { RowLoop, type RowShape } from './rows.ts';

/** Where the source of a projection has its activity: bit rows or floats, as seen by the synapses at step t + delta. */
export interface TraceSource extends RowShape {
  readonly spiking: boolean;
  readonly output: Place;
  readonly delta: number;
}

/**
 * Adds the function (t: i32) → () that advances the filters of presynaptic activity to step t.
 *
 * @param places - [batch, padded] f32 per filter, with a slot for every step
 */
export function emitTraceFilters(
  module: ModuleBuilder,
  filters: readonly TraceFilter[],
  source: TraceSource,
  places: readonly Place[],
): number {
  return module.addFunction(['i32'], [], (code) => {
    const loop = new RowLoop(code, 0, source);
    const constants = new Constants(code);
    const activity = source.spiking
      ? loop.readBits(source.output, source.delta)
      : loop.activity(source.output, source.delta).load;
    const streams = places.map((place) => ({ now: loop.activity(place), before: loop.activity(place, -1) }));
    for (const { decay, drive } of filters) for (const value of [...decay, drive]) constants.declare(value);
    loop.emit(() => {
      for (const [m, { decay, drive }] of filters.entries()) {
        streams[m]!.now.store(() => {
          activity();
          constants.push(drive);
          if (source.spiking) code.v128And();
          else code.f32x4Mul();
          for (const [n, value] of decay.entries()) {
            if (value === 0) continue;
            streams[n]!.before.load();
            constants.push(value);
            code.f32x4Mul().f32x4Add();
          }
        });
      }
    });
  });
}

/** Four times the same number, kept in locals. */
class Constants {
  readonly #code: Code;
  readonly #locals = new Map<number, number>();

  constructor(code: Code) {
    this.#code = code;
  }

  /** Emits the constant; before the loops that use it. */
  declare(value: number): void {
    if (this.#locals.has(value)) return;
    const local = this.#code.local('v128');
    this.#locals.set(value, local);
    this.#code.f32x4Const(value).localSet(local);
  }

  push(value: number): void {
    this.#code.localGet(this.#locals.get(value)!);
  }
}

/** Where the traces of one projection lie. Arrays per synapse are [batch, preRows, postPadded] f32. */
export interface TracePlaces {
  readonly batch: number;
  /** Presynaptic neurons, rounded up to a multiple of {@link TILE}. */
  readonly preRows: number;
  readonly prePadded: number;
  readonly postPadded: number;
  /** [batch, prePadded] per filter, a slot per step. */
  readonly filters: readonly Place[];
  /** [batch, postPadded] per node that the traces read, a slot per step. */
  readonly nodes: ReadonlyMap<NodeId, Place>;
  /** [batch, postPadded], a slot per step: what the filtered trace is multiplied by. */
  readonly signal: Place;
  readonly components: readonly number[];
  /** e of the step before, if an update reads it. */
  readonly trace?: number;
  /** The filtered trace f(t) = decay · f(t - 1) + e(t); without it, f is e. */
  readonly filtered?: { readonly address: number; readonly decay: number };
  /** A second filter behind the first, for credit that is only known later. */
  readonly credit?: CreditPlaces;
  /** [preRows, postPadded]: Σ over steps and rows of signal · f, added to. */
  readonly gradient: number;
  /** [preRows, postPadded]: Σ over steps and rows of e, added to, if wanted. */
  readonly traceSum?: number;
}

/** Where reward-based learning keeps its credit c(t) = discount(t) · c(t - 1) + signal · f; the gradient is Σ error(t) · c(t - 1). */
export interface CreditPlaces {
  readonly address: number;
  /** f32 per step: how much of the credit is left. */
  readonly discount: Place;
  /** [batch] f32 per step: the prediction error that the credit before this step gets. */
  readonly error: Place;
}

/** Presynaptic neurons that share the loads of postsynaptic values. */
export const TILE = 4;

/**
 * Adds the function (from: i32, steps: i32) → () that takes all synapses of a dense projection through the steps
 * from + 1 … from + steps: each reads its traces once, walks through the steps, and writes them back once.
 */
export function emitTraces(
  module: ModuleBuilder,
  program: TraceProgram,
  places: TracePlaces,
  exportName?: string,
): number {
  const build = (code: Code) => new TraceEmitter(code, program, places).emit();
  return module.addFunction(['i32', 'i32'], [], build, exportName);
}

const FROM = 0;
const STEPS = 1;

/** What one synapse vector keeps in locals. */
interface Lane {
  readonly components: readonly number[];
  readonly next: readonly number[];
  readonly trace: number;
  readonly filtered: number;
  readonly credit: number;
  readonly gradient: number;
  readonly sum: number;
}

class TraceEmitter {
  readonly #code: Code;
  readonly #program: TraceProgram;
  readonly #places: TracePlaces;
  readonly #constants: Constants;
  readonly #values = new Map<NodeId, number>();
  readonly #lanes: readonly Lane[];
  /** Byte offsets: within arrays per synapse, within the gradient, of the post and the pre side at the step before. */
  readonly #synapse: number;
  readonly #weight: number;
  readonly #post: number;
  readonly #pre: number;
  readonly #step: number;
  readonly #row: number;
  readonly #signal: number;

  constructor(code: Code, program: TraceProgram, places: TracePlaces) {
    this.#code = code;
    this.#program = program;
    this.#places = places;
    this.#constants = new Constants(code);
    const v128 = () => code.local('v128');
    [this.#synapse, this.#weight, this.#post, this.#pre, this.#step, this.#row] = Array.from({ length: 6 }, () =>
      code.local('i32'),
    ) as [number, number, number, number, number, number];
    this.#signal = v128();
    for (const node of places.nodes.keys()) this.#values.set(node, v128());
    this.#lanes = Array.from({ length: TILE }, () => ({
      components: program.components.map(v128),
      next: program.components.map(v128),
      trace: v128(),
      filtered: v128(),
      credit: v128(),
      gradient: v128(),
      sum: v128(),
    }));
  }

  emit(): void {
    const code = this.#code;
    const { batch, preRows, postPadded } = this.#places;
    this.#declareConstants();
    const row = this.#row;
    const tile = code.local('i32');
    const vector = code.local('i32');
    this.#count(row, batch, () => {
      code.i32Const(0).localSet(this.#weight);
      this.#count(tile, preRows / TILE, () => {
        this.#count(vector, postPadded / 4, () => {
          this.#startPointers(tile, vector);
          this.#synapses((local, address, offset) => code.localGet(offset).v128Load(address).localSet(local));
          this.#walk();
          this.#synapses((local, address, offset) => code.localGet(offset).localGet(local).v128Store(address));
          for (const offset of [this.#synapse, this.#weight]) this.#advance(offset, 16);
        });
        for (const offset of [this.#synapse, this.#weight]) this.#advance(offset, (TILE - 1) * 4 * postPadded);
      });
    });
  }

  #declareConstants(): void {
    const { trace, updates } = this.#program;
    for (const { factor } of [...trace, ...updates.flat()]) this.#constants.declare(factor.scale);
    if (this.#places.filtered) this.#constants.declare(this.#places.filtered.decay);
    this.#constants.declare(0);
  }

  /** A loop over 0 … count - 1; count is at least 1. */
  #count(local: number, count: number, body: () => void): void {
    const code = this.#code;
    code.i32Const(0).localSet(local).loop();
    body();
    code.localGet(local).i32Const(1).i32Add().localTee(local).i32Const(count).i32LtU().brIf(0).end();
  }

  #advance(local: number, bytes: number): void {
    this.#code.localGet(local).i32Const(bytes).i32Add().localSet(local);
  }

  /** Offsets of the post and the pre side at step `from`. */
  #startPointers(tile: number, vector: number): void {
    const code = this.#code;
    const { postPadded, prePadded, batch } = this.#places;
    const start = (width: number, index: number, bytes: number, into: number) => {
      code
        .localGet(FROM)
        .i32Const(batch)
        .i32Mul()
        .localGet(this.#row)
        .i32Add()
        .i32Const(4 * width)
        .i32Mul();
      code.localGet(index).i32Const(bytes).i32Mul().i32Add().localSet(into);
    };
    start(postPadded, vector, 16, this.#post);
    start(prePadded, tile, 4 * TILE, this.#pre);
  }

  /** Visits the local, the address and the offset of everything that synapses keep. */
  #synapses(visit: (local: number, address: number, offset: number) => void): void {
    const { components, trace, filtered, credit, gradient, traceSum, postPadded } = this.#places;
    for (const [u, lane] of this.#lanes.entries()) {
      const shift = u * 4 * postPadded;
      for (const [r, address] of components.entries()) visit(lane.components[r]!, address + shift, this.#synapse);
      if (trace !== undefined) visit(lane.trace, trace + shift, this.#synapse);
      if (filtered) visit(lane.filtered, filtered.address + shift, this.#synapse);
      if (credit) visit(lane.credit, credit.address + shift, this.#synapse);
      visit(lane.gradient, gradient + shift, this.#weight);
      if (traceSum !== undefined) visit(lane.sum, traceSum + shift, this.#weight);
    }
  }

  /** The steps of one tile. */
  #walk(): void {
    const code = this.#code;
    const { nodes, signal, postPadded, prePadded, batch } = this.#places;
    code.localGet(STEPS).localSet(this.#step).loop();
    for (const [node, { base, slotBytes }] of nodes) {
      code
        .localGet(this.#post)
        .v128Load(base + slotBytes)
        .localSet(this.#values.get(node)!);
    }
    code
      .localGet(this.#post)
      .v128Load(signal.base + signal.slotBytes)
      .localSet(this.#signal);
    for (const [u, lane] of this.#lanes.entries()) this.#advanceLane(u, lane);
    this.#advance(this.#post, 4 * batch * postPadded);
    this.#advance(this.#pre, 4 * batch * prePadded);
    code.localGet(this.#step).i32Const(1).i32Sub().localTee(this.#step).brIf(0).end();
  }

  #advanceLane(u: number, lane: Lane): void {
    const code = this.#code;
    const { filtered, traceSum, credit } = this.#places;
    for (const [r, terms] of this.#program.updates.entries()) {
      this.#sum(terms, u, lane);
      code.localSet(lane.next[r]!);
    }
    this.#sum(this.#program.trace, u, lane);
    code.localSet(lane.trace);
    for (const [r, next] of lane.next.entries()) code.localGet(next).localSet(lane.components[r]!);
    if (traceSum !== undefined) code.localGet(lane.sum).localGet(lane.trace).f32x4Add().localSet(lane.sum);
    let trace = lane.trace;
    if (filtered) {
      code.localGet(lane.filtered);
      this.#constants.push(filtered.decay);
      code.f32x4Mul().localGet(lane.trace).f32x4Add().localSet(lane.filtered);
      trace = lane.filtered;
    }
    if (credit) this.#credit(lane, trace, credit);
    else
      code.localGet(this.#signal).localGet(trace).f32x4Mul().localGet(lane.gradient).f32x4Add().localSet(lane.gradient);
  }

  /** gradient += error · credit; credit = discount · credit + signal · trace. */
  #credit(lane: Lane, trace: number, { discount, error }: CreditPlaces): void {
    const code = this.#code;
    const { batch } = this.#places;
    const step = () => code.localGet(FROM).localGet(STEPS).i32Add().localGet(this.#step).i32Sub().i32Const(1).i32Add();
    step().i32Const(batch).i32Mul().localGet(this.#row).i32Add().i32Const(4).i32Mul();
    code.v128Load32Splat(error.base).localGet(lane.credit).f32x4Mul().localGet(lane.gradient).f32x4Add();
    code.localSet(lane.gradient);
    step().i32Const(4).i32Mul().v128Load32Splat(discount.base).localGet(lane.credit).f32x4Mul();
    code.localGet(this.#signal).localGet(trace).f32x4Mul().f32x4Add().localSet(lane.credit);
  }

  /** Pushes a sum of terms, those with the same node under one product. */
  #sum(terms: readonly Term[], u: number, lane: Lane): void {
    const code = this.#code;
    if (terms.length === 0) this.#constants.push(0);
    const nodes = [...new Set(terms.map(({ factor }) => factor.node))];
    for (const [k, node] of nodes.entries()) {
      const own = terms.filter(({ factor }) => factor.node === node);
      for (const [n, term] of own.entries()) {
        this.#scaled(term.factor, () => this.#operand(term, u, lane));
        if (n > 0) code.f32x4Add();
      }
      if (node !== undefined) code.localGet(this.#values.get(node)!).f32x4Mul();
      if (k > 0) code.f32x4Add();
    }
  }

  #scaled({ scale }: Factor, value: () => void): void {
    value();
    if (scale === 1) return;
    this.#constants.push(scale);
    this.#code.f32x4Mul();
  }

  #operand({ of, index, when }: Term, u: number, lane: Lane): void {
    const code = this.#code;
    if (of === 'component') code.localGet((when === 'now' ? lane.next : lane.components)[index]!);
    else if (of === 'trace') code.localGet(lane.trace);
    else {
      const { base, slotBytes } = this.#places.filters[index]!;
      code.localGet(this.#pre).v128Load32Splat(base + (when === 'now' ? slotBytes : 0) + 4 * u);
    }
  }
}
