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

/** One value per synapse: where it is kept, and the local that holds it. */
interface Kept {
  readonly quantity: Quantity;
  readonly address: number;
  readonly local: number;
}

class SynapseEmitter {
  readonly #code: Code;
  readonly #projection: BlockProjection;
  readonly #coefficients: TraceCoefficients;
  readonly #locals: BlockLocals;
  readonly #starts: readonly TraceStart[];
  readonly #kept: readonly Kept[];
  readonly #next: readonly number[];
  /** The presynaptic filters at the block's start. */
  readonly #filters: readonly number[];

  constructor(
    code: Code,
    program: TraceProgram,
    projection: BlockProjection,
    coefficients: TraceCoefficients,
    locals: BlockLocals,
  ) {
    const { places } = projection;
    this.#code = code;
    this.#projection = projection;
    this.#coefficients = coefficients;
    this.#locals = locals;
    this.#starts = traceStarts(program, places);
    this.#kept = traceQuantities(program, places).map((quantity) => ({
      quantity,
      address: addressOf(places, quantity),
      local: code.local('v128'),
    }));
    this.#next = this.#kept.map(() => code.local('v128'));
    this.#filters = program.filters.map(() => code.local('v128'));
  }

  emit(): void {
    const code = this.#code;
    const { places, source, lists } = this.#projection;
    const { postPadded, prePadded, batch, synapses, filters } = places;
    const [pre, vector, state, sum, pointer, left] = Array.from({ length: 6 }, () => code.local('i32')) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    code.i32Const(0).localSet(pre).i32Const(0).localSet(sum);
    code
      .localGet(this.#locals.row)
      .i32Const(4 * synapses)
      .i32Mul()
      .localSet(state);
    code.loop();
    for (const [m, { base }] of filters.entries()) {
      code.localGet(this.#locals.from).i32Const(batch).i32Mul().localGet(this.#locals.row).i32Add();
      code.i32Const(prePadded).i32Mul().localGet(pre).i32Add().i32Const(4).i32Mul();
      code.v128Load32Splat(base).localSet(this.#filters[m]!);
    }
    code.i32Const(0).localSet(vector).loop();
    this.#load(state, sum);
    this.#fromStarts(vector);
    code.localGet(pre).i32Const(4).i32Mul().i32Load(lists.counts).localTee(left);
    code.if();
    code
      .localGet(pre)
      .i32Const(4 * lists.slots)
      .i32Mul()
      .localSet(pointer)
      .loop();
    const at = this.#spike(pointer, vector);
    for (const [q, response] of this.#coefficients.responses.entries()) {
      code.localGet(this.#next[q]!).localGet(at).v128Load(response).f32x4Add().localSet(this.#next[q]!);
    }
    code.localGet(pointer).i32Const(4).i32Add().localSet(pointer);
    code.localGet(left).i32Const(1).i32Sub().localTee(left).brIf(0).end().end();
    for (const [q, { address, quantity }] of this.#kept.entries()) {
      code
        .localGet(summed(quantity) ? sum : state)
        .localGet(this.#next[q]!)
        .v128Store(address);
    }
    for (const offset of [state, sum]) code.localGet(offset).i32Const(16).i32Add().localSet(offset);
    code
      .localGet(vector)
      .i32Const(16)
      .i32Add()
      .localTee(vector)
      .i32Const(4 * postPadded)
      .i32LtU()
      .brIf(0)
      .end();
    code.localGet(pre).i32Const(1).i32Add().localTee(pre).i32Const(source.size).i32LtU().brIf(0).end();
  }

  /** Emits the address, within responses, of the spike that a pointer points at. */
  #spike(pointer: number, vector: number): number {
    const at = this.#code.local('i32');
    this.#code.localGet(pointer).i32Load(this.#projection.lists.offsets).localGet(vector).i32Add().localSet(at);
    return at;
  }

  #load(state: number, sum: number): void {
    for (const { quantity, address, local } of this.#kept) {
      this.#code
        .localGet(summed(quantity) ? sum : state)
        .v128Load(address)
        .localSet(local);
    }
  }

  /** What remains at the block's end of what the synapse started with. */
  #fromStarts(vector: number): void {
    const code = this.#code;
    for (const [q, { quantity, local }] of this.#kept.entries()) {
      let count = 0;
      if (summed(quantity)) {
        code.localGet(local);
        count++;
      }
      for (const [s, start] of this.#starts.entries()) {
        const value = start.kind === 'filter' ? this.#filters[start.index] : this.#valueOf(start);
        if (value === undefined || !dependsOnStart(quantity, start)) continue;
        code.localGet(vector).v128Load(this.#coefficients.starts[q]![s]!).localGet(value).f32x4Mul();
        if (count++ > 0) code.f32x4Add();
      }
      code.localSet(this.#next[q]!);
    }
  }

  #valueOf(start: TraceStart): number | undefined {
    const same = ({ quantity }: Kept) =>
      quantity.kind === start.kind &&
      (quantity.kind !== 'component' || (start.kind === 'component' && quantity.index === start.index));
    return this.#kept.find(same)?.local;
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
