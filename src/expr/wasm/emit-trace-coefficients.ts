import type { Factor, Term, TraceProgram } from '../traces.ts';
import type { Code } from './code.ts';
import { Constants } from './constants.ts';
import type { TraceCoefficients, TracePlaces } from './trace-places.ts';
import { dependsOnStart, type Quantity, type TraceStart, traceQuantities, traceStarts } from './trace-quantities.ts';

/** Locals that hold the arguments of a block's function and the row of the batch. */
export interface BlockLocals {
  readonly from: number;
  readonly steps: number;
  readonly row: number;
}

/** Pushes a vector. */
type Push = () => void;

/** The derivative of one quantity at the block's end with respect to what a synapse has at the present step. */
interface Sweep {
  readonly quantity: Quantity;
  readonly response: number;
  readonly starts: readonly { readonly start: TraceStart; readonly address: number; readonly local: number }[];
}

const keyOf = ({ node, scale }: Factor) => `${node}*${scale}`;
const sameStart = (a: TraceStart, kind: string, index = 0) =>
  a.kind === kind && ('index' in a ? a.index === index : true);

/**
 * Emits the sweep back through a block for one row of the batch. What a synapse has at the end of a block is linear in what
 * it started with and in the spikes that arrived, and the coefficients are the same for all synapses of a postsynaptic
 * neuron: the adjoint of its trace recursion.
 */
export class CoefficientEmitter {
  readonly #code: Code;
  readonly #program: TraceProgram;
  readonly #places: TracePlaces;
  readonly #locals: BlockLocals;
  readonly #constants: Constants;
  readonly #sweeps: readonly Sweep[];
  /** What the postsynaptic neuron has at the step, by factor. */
  readonly #factors = new Map<string, { readonly factor: Factor; readonly local: number }>();
  readonly #signal: number;
  readonly #direct: number;
  readonly #discount: number;
  readonly #error: number;
  /** Adjoints within a step, of the filtered trace, the trace, and the new values of components and filters. */
  readonly #ofFiltered: number;
  readonly #ofTrace: number;
  readonly #ofComponents: readonly number[];
  readonly #ofFilters: readonly number[];
  /** Byte offsets of the post side at the step, of the responses at the step, and of the vector. */
  readonly #post: number;
  readonly #response: number;
  readonly #vector: number;

  constructor(
    code: Code,
    program: TraceProgram,
    places: TracePlaces,
    coefficients: TraceCoefficients,
    locals: BlockLocals,
  ) {
    const v128 = () => code.local('v128');
    this.#code = code;
    this.#program = program;
    this.#places = places;
    this.#locals = locals;
    this.#constants = new Constants(code);
    const starts = traceStarts(program, places);
    this.#sweeps = traceQuantities(program, places).map((quantity, q) => ({
      quantity,
      response: coefficients.responses[q]!,
      starts: starts.flatMap((start, s) =>
        dependsOnStart(quantity, start) ? [{ start, address: coefficients.starts[q]![s]!, local: v128() }] : [],
      ),
    }));
    [this.#signal, this.#direct, this.#discount, this.#error] = [v128(), v128(), v128(), v128()];
    [this.#ofFiltered, this.#ofTrace] = [v128(), v128()];
    this.#ofComponents = program.components.map(v128);
    this.#ofFilters = program.filters.map(v128);
    [this.#post, this.#response, this.#vector] = [code.local('i32'), code.local('i32'), code.local('i32')];
    for (const { factor } of [...program.trace, ...program.updates.flat()]) {
      this.#constants.declare(factor.scale);
      if (factor.node !== undefined && !this.#factors.has(keyOf(factor)))
        this.#factors.set(keyOf(factor), { factor, local: v128() });
    }
    for (const { decay, drive } of program.filters)
      for (const value of [...decay, drive]) this.#constants.declare(value);
    for (const value of [0, 1, places.filtered?.decay ?? 0]) this.#constants.declare(value);
  }

  emit(): void {
    const code = this.#code;
    const { postPadded, batch } = this.#places;
    const { from, steps, row } = this.#locals;
    const step = code.local('i32');
    code.i32Const(0).localSet(this.#vector).loop();
    code.localGet(from).localGet(steps).i32Add().i32Const(batch).i32Mul().localGet(row).i32Add();
    this.#atVector().localSet(this.#post);
    code.localGet(steps).i32Const(1).i32Sub();
    this.#atVector().localSet(this.#response);
    for (const { quantity, starts } of this.#sweeps) {
      for (const { start, local } of starts) {
        this.#constants.push(sameStart(start, quantity.kind, 'index' in quantity ? quantity.index : 0) ? 1 : 0);
        code.localSet(local);
      }
    }
    code.localGet(steps).localSet(step).loop();
    this.#readFactors();
    this.#readSignals(step);
    for (const sweep of this.#sweeps) this.#stepBack(sweep);
    this.#retreat(this.#post, 4 * batch * postPadded);
    this.#retreat(this.#response, 4 * postPadded);
    code.localGet(step).i32Const(1).i32Sub().localTee(step).brIf(0).end();
    if (this.#places.trace === undefined) this.#readFactors();
    for (const sweep of this.#sweeps) this.#finish(sweep);
    code.localGet(this.#vector).i32Const(16).i32Add().localTee(this.#vector);
    code
      .i32Const(4 * postPadded)
      .i32LtU()
      .brIf(0)
      .end();
  }

  /** index → byte offset of the vector in row `index` of an array with rows of postPadded floats. */
  #atVector(): Code {
    return this.#code
      .i32Const(4 * this.#places.postPadded)
      .i32Mul()
      .localGet(this.#vector)
      .i32Add();
  }

  #retreat(local: number, bytes: number): void {
    this.#code.localGet(local).i32Const(bytes).i32Sub().localSet(local);
  }

  #readFactors(): void {
    const code = this.#code;
    for (const { factor, local } of this.#factors.values()) {
      code.localGet(this.#post).v128Load(this.#places.nodes.get(factor.node!)!.base);
      if (factor.scale !== 1) {
        this.#constants.push(factor.scale);
        code.f32x4Mul();
      }
      code.localSet(local);
    }
  }

  #readSignals(step: number): void {
    const code = this.#code;
    const { signal, credit, batch } = this.#places;
    const { from, row } = this.#locals;
    code.localGet(this.#post).v128Load(signal.base).localSet(this.#signal);
    if (!credit) return;
    if (credit.direct) code.localGet(this.#post).v128Load(credit.direct.base).localSet(this.#direct);
    const time = () => code.localGet(from).localGet(step).i32Add();
    time().i32Const(4).i32Mul().v128Load32Splat(credit.discount.base).localSet(this.#discount);
    time().i32Const(batch).i32Mul().localGet(row).i32Add().i32Const(4).i32Mul();
    code.v128Load32Splat(credit.error.base).localSet(this.#error);
  }

  /** Pushes a sum; 0 if there is nothing to add. */
  #sum(terms: readonly Push[]): void {
    if (terms.length === 0) this.#constants.push(0);
    for (const [k, push] of terms.entries()) {
      push();
      if (k > 0) this.#code.f32x4Add();
    }
  }

  #local(local: number): Push {
    return () => this.#code.localGet(local);
  }

  #product(a: Push, b: Push): Push {
    return () => {
      a();
      b();
      this.#code.f32x4Mul();
    };
  }

  #times(value: number, of: Push): Push[] {
    return value === 0 ? [] : value === 1 ? [of] : [this.#product(of, () => this.#constants.push(value))];
  }

  /** What flows back along the terms that read one thing, from a sum with the given adjoint. */
  #back(terms: readonly Term[], of: Term['of'], index: number, when: Term['when'], adjoint: number): Push[] {
    return terms
      .filter((term) => term.of === of && term.index === index && term.when === when)
      .flatMap(({ factor }) => {
        if (factor.node === undefined) return this.#times(factor.scale, this.#local(adjoint));
        return [this.#product(this.#local(adjoint), this.#local(this.#factors.get(keyOf(factor))!.local))];
      });
  }

  #find(sweep: Sweep, kind: TraceStart['kind'], index = 0): number | undefined {
    return sweep.starts.find(({ start }) => sameStart(start, kind, index))?.local;
  }

  /** Terms of everything that one step computes from `of`, as it was before the step or as the step made it. */
  #backAll(of: Term['of'], index: number, when: Term['when']): Push[] {
    const { updates, trace } = this.#program;
    return [
      ...this.#back(trace, of, index, when, this.#ofTrace),
      ...updates.flatMap((terms, r) => this.#back(terms, of, index, when, this.#ofComponents[r]!)),
    ];
  }

  #stepBack(sweep: Sweep): void {
    const code = this.#code;
    const { filters, components } = this.#program;
    const { filtered: filter, credit: keepsCredit } = this.#places;
    const kind = sweep.quantity.kind;
    const [filtered, credit] = [this.#find(sweep, 'filtered'), this.#find(sweep, 'credit')];
    const trace = this.#find(sweep, 'trace');
    const kept = (local: number | undefined) => (local === undefined ? [] : [this.#local(local)]);
    const learns = [
      ...(credit === undefined ? [] : [this.#product(this.#local(this.#signal), this.#local(credit))]),
      ...(kind === 'gradient' && !keepsCredit ? [this.#local(this.#signal)] : []),
      ...(kind === 'gradient' && keepsCredit?.direct ? [this.#local(this.#direct)] : []),
    ];
    this.#sum([...kept(filtered), ...learns]);
    code.localSet(this.#ofFiltered);
    const direct = kind === 'sum' ? [() => this.#constants.push(1)] : [];
    this.#sum([...kept(trace), this.#local(this.#ofFiltered), ...direct]);
    code.localSet(this.#ofTrace);
    for (const r of components.keys()) {
      const now = this.#back(this.#program.trace, 'component', r, 'now', this.#ofTrace);
      this.#sum([...kept(this.#find(sweep, 'component', r)), ...now]);
      code.localSet(this.#ofComponents[r]!);
    }
    for (const m of filters.keys()) {
      this.#sum([...kept(this.#find(sweep, 'filter', m)), ...this.#backAll('filter', m, 'now')]);
      code.localSet(this.#ofFilters[m]!);
    }
    code.localGet(this.#response);
    this.#sum(filters.flatMap(({ drive }, m) => this.#times(drive, this.#local(this.#ofFilters[m]!))));
    code.v128Store(sweep.response);

    for (const m of filters.keys()) {
      const decayed = filters.flatMap(({ decay }, n) => this.#times(decay[m] ?? 0, this.#local(this.#ofFilters[n]!)));
      this.#sum([...decayed, ...this.#backAll('filter', m, 'before')]);
      code.localSet(this.#find(sweep, 'filter', m)!);
    }
    for (const r of components.keys()) {
      this.#sum(this.#backAll('component', r, 'before'));
      code.localSet(this.#find(sweep, 'component', r)!);
    }
    if (trace !== undefined) {
      this.#sum(this.#backAll('trace', 0, 'before'));
      code.localSet(trace);
    }
    if (filtered !== undefined) {
      this.#sum(this.#times(filter!.decay, this.#local(this.#ofFiltered)));
      code.localSet(filtered);
    }
    if (credit === undefined) return;
    const met = kind === 'gradient' ? [this.#local(this.#error)] : [];
    this.#sum([this.#product(this.#local(this.#discount), this.#local(credit)), ...met]);
    code.localSet(credit);
  }

  /** Leaves the derivatives with respect to what a synapse started with; a trace that is not kept is a function of the rest. */
  #finish(sweep: Sweep): void {
    const trace = this.#places.trace === undefined ? this.#find(sweep, 'trace') : undefined;
    for (const { start, address, local } of sweep.starts) {
      if (local === trace) continue;
      const inner = start.kind === 'filter' || start.kind === 'component';
      const through =
        trace === undefined || !inner ? [] : this.#back(this.#program.trace, start.kind, start.index, 'now', trace);
      this.#code.localGet(this.#vector);
      this.#sum([this.#local(local), ...through]);
      this.#code.v128Store(address);
    }
  }
}
