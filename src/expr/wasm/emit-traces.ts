import type { NodeId } from '../graph.ts';
import type { Factor, Term, TraceProgram } from '../traces.ts';
import type { ModuleBuilder } from './assembler.ts';
import type { Code } from './code.ts';
import { Constants } from './constants.ts';
import type { Place } from './place.ts';
import { type CreditPlaces, type DenseOrder, type SparseOrder, TILE, type TracePlaces } from './trace-places.ts';

/**
 * Adds the function (from: i32, steps: i32) → () that takes all synapses of a projection through the steps
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
  readonly #direct: number;

  constructor(code: Code, program: TraceProgram, places: TracePlaces) {
    this.#code = code;
    this.#program = program;
    this.#places = places;
    this.#constants = new Constants(code);
    const v128 = () => code.local('v128');
    [this.#synapse, this.#weight, this.#post, this.#pre, this.#step, this.#row] = Array.from({ length: 6 }, () =>
      code.local('i32'),
    ) as [number, number, number, number, number, number];
    [this.#signal, this.#direct] = [v128(), v128()];
    for (const node of places.nodes.keys()) this.#values.set(node, v128());
    this.#lanes = Array.from({ length: places.order.kind === 'dense' ? TILE : 1 }, () => ({
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
    const { batch, order } = this.#places;
    this.#declareConstants();
    this.#count(this.#row, batch, () => {
      this.#code.i32Const(0).localSet(this.#weight);
      if (order.kind === 'dense') this.#dense(order);
      else this.#sparse(order);
    });
  }

  /** Tiles of a few presynaptic neurons by four postsynaptic ones. */
  #dense({ preRows }: DenseOrder): void {
    const code = this.#code;
    const { postPadded } = this.#places;
    const tile = code.local('i32');
    const vector = code.local('i32');
    this.#count(tile, preRows / TILE, () => {
      this.#count(vector, postPadded / 4, () => {
        this.#startPointer(this.#pre, this.#places.prePadded, tile, 4 * TILE);
        this.#startPointer(this.#post, postPadded, vector, 16);
        this.#vector((place, local) => {
          code
            .localGet(this.#post)
            .v128Load(place.base + place.slotBytes)
            .localSet(local);
        });
      });
      for (const offset of [this.#synapse, this.#weight]) this.#advance(offset, (TILE - 1) * 4 * postPadded);
    });
  }

  /** Vectors of four synapses of one presynaptic neuron, with values of four postsynaptic neurons put together. */
  #sparse({ preSize, rowVectors, postOffsets }: SparseOrder): void {
    const code = this.#code;
    const pre = code.local('i32');
    const left = code.local('i32');
    const posts = [0, 1, 2, 3].map(() => code.local('i32'));
    this.#count(pre, preSize, () => {
      code.localGet(pre).i32Const(4).i32Mul().i32Load(rowVectors).localSet(left);
      code.block().loop().localGet(left).i32Eqz().brIf(1);
      this.#startPointer(this.#pre, this.#places.prePadded, pre, 4);
      this.#startPointer(this.#post, this.#places.postPadded, pre, 0);
      for (const [lane, post] of posts.entries())
        code
          .localGet(this.#weight)
          .i32Load(postOffsets + 4 * lane)
          .localSet(post);
      this.#vector(({ base, slotBytes }, local) => {
        for (const [lane, post] of posts.entries()) {
          code.localGet(this.#post).localGet(post).i32Add().localGet(local);
          code.v128Load32Lane(lane, base + slotBytes).localSet(local);
        }
      });
      code.localGet(left).i32Const(1).i32Sub().localSet(left).br(0).end().end();
    });
  }

  /** Takes one vector of synapses per lane through the steps; `read` fetches what the postsynaptic side has at a step. */
  #vector(read: (place: Place, local: number) => void): void {
    const code = this.#code;
    this.#synapses((local, address, offset) => code.localGet(offset).v128Load(address).localSet(local));
    this.#walk(read);
    this.#synapses((local, address, offset) => code.localGet(offset).localGet(local).v128Store(address));
    for (const offset of [this.#synapse, this.#weight]) this.#advance(offset, 16);
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

  /** Offset, at step `from`, within a [batch, width] place per step, of the current row and an index into it. */
  #startPointer(into: number, width: number, index: number, bytes: number): void {
    const code = this.#code;
    const { batch } = this.#places;
    code
      .localGet(FROM)
      .i32Const(batch)
      .i32Mul()
      .localGet(this.#row)
      .i32Add()
      .i32Const(4 * width)
      .i32Mul();
    code.localGet(index).i32Const(bytes).i32Mul().i32Add().localSet(into);
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

  /** The steps of one vector of synapses per lane. */
  #walk(read: (place: Place, local: number) => void): void {
    const code = this.#code;
    const { nodes, signal, credit, postPadded, prePadded, batch } = this.#places;
    code.localGet(STEPS).localSet(this.#step).loop();
    for (const [node, place] of nodes) read(place, this.#values.get(node)!);
    read(signal, this.#signal);
    if (credit?.direct) read(credit.direct, this.#direct);
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

  /** gradient += error · credit + direct · trace; credit = discount · credit + signal · trace. */
  #credit(lane: Lane, trace: number, { discount, error, direct }: CreditPlaces): void {
    const code = this.#code;
    const { batch } = this.#places;
    const step = () => code.localGet(FROM).localGet(STEPS).i32Add().localGet(this.#step).i32Sub().i32Const(1).i32Add();
    step().i32Const(batch).i32Mul().localGet(this.#row).i32Add().i32Const(4).i32Mul();
    code.v128Load32Splat(error.base).localGet(lane.credit).f32x4Mul().localGet(lane.gradient).f32x4Add();
    if (direct) code.localGet(this.#direct).localGet(trace).f32x4Mul().f32x4Add();
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
