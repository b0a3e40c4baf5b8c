import type { TraceProgram } from '../traces.ts';
import type { ModuleBuilder } from './assembler.ts';
import type { Code } from './code.ts';
import { type BlockLocals, CoefficientEmitter } from './emit-trace-coefficients.ts';
import type { TraceSource } from './emit-trace-filters.ts';
import { emitTraceSpikes } from './emit-trace-spikes.ts';
import type { SpikeLists, TraceCoefficients, TracePlaces } from './trace-places.ts';
import { dependsOnStart, type Quantity, type TraceStart, traceQuantities, traceStarts } from './trace-quantities.ts';

/** One all-to-all projection from a spiking source. */
export interface BlockProjection {
  readonly places: TracePlaces;
  readonly source: TraceSource;
  readonly lists: SpikeLists;
}

/**
 * Adds the function (from: i32, steps: i32) → () that takes the synapses of all-to-all projections onto one input through
 * the steps from + 1 … from + steps at once: coefficients per postsynaptic neuron by a sweep back through the block,
 * then every synapse by those of what it started with and of the spikes that arrived. A step without a spike costs a
 * synapse nothing.
 *
 * Filters must have been advanced through the block, and hold its start in slot `from`.
 */
export function emitBlockTraces(
  module: ModuleBuilder,
  program: TraceProgram,
  projections: readonly BlockProjection[],
  coefficients: TraceCoefficients,
  exportName?: string,
): number {
  const build = (code: Code) => {
    const locals = { from: 0, steps: 1, row: code.local('i32') };
    const [{ places }] = projections as readonly [BlockProjection];
    const sweep = new CoefficientEmitter(code, program, places, coefficients, locals);
    code.loop();
    sweep.emit();
    for (const projection of projections) {
      const stride = 4 * places.postPadded;
      emitTraceSpikes(code, projection.source, projection.lists, stride, locals);
      new SynapseEmitter(code, program, projection, coefficients, locals).emit();
    }
    code.localGet(locals.row).i32Const(1).i32Add().localTee(locals.row).i32Const(places.batch).i32LtU().brIf(0).end();
  };
  return module.addFunction(['i32', 'i32'], [], build, exportName);
}

/** What four synapses of one presynaptic neuron keep: where, and the locals of its values at the block's start and end. */
interface Kept {
  readonly quantity: Quantity;
  readonly address: number;
  readonly now: number;
  readonly next: number;
}

/** Takes the synapses of one row of the batch through a block, by coefficients that have been computed. */
class SynapseEmitter {
  readonly #code: Code;
  readonly #projection: BlockProjection;
  readonly #coefficients: TraceCoefficients;
  readonly #locals: BlockLocals;
  readonly #starts: readonly TraceStart[];
  readonly #kept: readonly Kept[];
  /** The presynaptic neuron, its filters at the block's start, where its spikes are listed, and how many. */
  readonly #pre: number;
  readonly #filters: readonly number[];
  readonly #first: number;
  readonly #count: number;
  /** Byte offsets, within arrays per synapse, within sums, and within the synapses of a presynaptic neuron. */
  readonly #state: number;
  readonly #sum: number;
  readonly #vector: number;

  constructor(
    code: Code,
    program: TraceProgram,
    projection: BlockProjection,
    coefficients: TraceCoefficients,
    locals: BlockLocals,
  ) {
    const { places } = projection;
    const [v128, i32] = [() => code.local('v128'), () => code.local('i32')];
    this.#code = code;
    this.#projection = projection;
    this.#coefficients = coefficients;
    this.#locals = locals;
    this.#starts = traceStarts(program, places);
    this.#kept = traceQuantities(program, places).map((quantity) => ({
      quantity,
      address: addressOf(places, quantity),
      now: v128(),
      next: v128(),
    }));
    this.#filters = program.filters.map(v128);
    [this.#pre, this.#first, this.#count] = [i32(), i32(), i32()];
    [this.#state, this.#sum, this.#vector] = [i32(), i32(), i32()];
  }

  emit(): void {
    const code = this.#code;
    const { places, source } = this.#projection;
    code.i32Const(0).localSet(this.#pre).i32Const(0).localSet(this.#sum);
    code
      .localGet(this.#locals.row)
      .i32Const(4 * places.synapses)
      .i32Mul()
      .localSet(this.#state);
    code.loop();
    this.#readPre();
    code.i32Const(0).localSet(this.#vector).loop();
    for (const { quantity, address, now } of this.#kept) {
      code.localGet(this.#offsetOf(quantity)).v128Load(address).localSet(now);
    }
    for (const [q, kept] of this.#kept.entries()) this.#fromStarts(q, kept);
    this.#fromSpikes();
    for (const { quantity, address, next } of this.#kept) {
      code.localGet(this.#offsetOf(quantity)).localGet(next).v128Store(address);
    }
    for (const offset of [this.#state, this.#sum]) code.localGet(offset).i32Const(16).i32Add().localSet(offset);
    code.localGet(this.#vector).i32Const(16).i32Add().localTee(this.#vector);
    code
      .i32Const(4 * places.postPadded)
      .i32LtU()
      .brIf(0)
      .end();
    code.localGet(this.#pre).i32Const(1).i32Add().localTee(this.#pre).i32Const(source.size).i32LtU().brIf(0).end();
  }

  #readPre(): void {
    const code = this.#code;
    const { places, lists } = this.#projection;
    for (const [m, { base }] of places.filters.entries()) {
      code.localGet(this.#locals.from).i32Const(places.batch).i32Mul().localGet(this.#locals.row).i32Add();
      code.i32Const(places.prePadded).i32Mul().localGet(this.#pre).i32Add().i32Const(4).i32Mul();
      code.v128Load32Splat(base).localSet(this.#filters[m]!);
    }
    code.localGet(this.#pre).i32Const(4).i32Mul().i32Load(lists.counts).localSet(this.#count);
    code
      .localGet(this.#pre)
      .i32Const(4 * lists.slots)
      .i32Mul()
      .localSet(this.#first);
  }

  #offsetOf(quantity: Quantity): number {
    return summed(quantity) ? this.#sum : this.#state;
  }

  /** What remains at the block's end of what the synapses started with. */
  #fromStarts(q: number, { quantity, now, next }: Kept): void {
    const code = this.#code;
    let terms = 0;
    if (summed(quantity)) {
      code.localGet(now);
      terms++;
    }
    for (const [s, start] of this.#starts.entries()) {
      const value = this.#valueOf(start);
      if (value === undefined || !dependsOnStart(quantity, start)) continue;
      code.localGet(this.#vector).v128Load(this.#coefficients.starts[q]![s]!).localGet(value).f32x4Mul();
      if (terms++ > 0) code.f32x4Add();
    }
    code.localSet(next);
  }

  /** The responses to every spike that arrived. */
  #fromSpikes(): void {
    const code = this.#code;
    const [pointer, left, at] = [code.local('i32'), code.local('i32'), code.local('i32')];
    code.localGet(this.#count).localTee(left).if().localGet(this.#first).localSet(pointer).loop();
    code.localGet(pointer).i32Load(this.#projection.lists.offsets).localGet(this.#vector).i32Add().localSet(at);
    for (const [q, { next }] of this.#kept.entries()) {
      code.localGet(next).localGet(at).v128Load(this.#coefficients.responses[q]!).f32x4Add().localSet(next);
    }
    code.localGet(pointer).i32Const(4).i32Add().localSet(pointer);
    code.localGet(left).i32Const(1).i32Sub().localTee(left).brIf(0).end().end();
  }

  /** undefined for a trace that synapses do not keep. */
  #valueOf(start: TraceStart): number | undefined {
    if (start.kind === 'filter') return this.#filters[start.index];
    const same = ({ quantity }: Kept) =>
      quantity.kind === start.kind &&
      (quantity.kind !== 'component' || (start.kind === 'component' && quantity.index === start.index));
    return this.#kept.find(same)?.now;
  }
}

/** Whether a quantity adds up over the rows of the batch. */
const summed = ({ kind }: Quantity): boolean => kind === 'gradient' || kind === 'sum';

function addressOf(places: TracePlaces, quantity: Quantity): number {
  if (quantity.kind === 'component') return places.components[quantity.index]!;
  if (quantity.kind === 'filtered') return places.filtered!.address;
  if (quantity.kind === 'credit') return places.credit!.address;
  if (quantity.kind === 'sum') return places.traceSum!;
  return quantity.kind === 'trace' ? places.trace! : places.gradient;
}
