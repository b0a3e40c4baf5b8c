import { UnsupportedError } from '../../../base/errors.ts';
import { ModuleBuilder, type Place, type TraceProgram } from '../../../expr/index.ts';
import { Arena, type Engine, padded } from '../../../network/index.ts';
import { feedbackProjections } from '../../feedback.ts';
import { Credit } from '../reward/credit.ts';
import { compileFilters, compileTraces, type LaidTraces, layTraces, type TraceOptions } from './projection-traces.ts';
import { bytesOfRow } from './row-spans.ts';
import { compileBlock, layBlocks } from './trace-blocks.ts';

const PAGE = 65536;

type BlockFunction = (from: number, steps: number) => void;

/** How a readout answers to one spike, where it is a first-order filter: y(t) = decay y(t - 1) + gain w z(t). */
export interface ReadoutResponse {
  readonly decay: number;
  readonly gain: number;
}

/**
 * @throws UnsupportedError unless the readout's traces are one filter of presynaptic activity with a constant factor
 */
export function readoutResponse(readout: string, programs: readonly TraceProgram[]): ReadoutResponse {
  const [program] = programs;
  const [filter, ...others] = program?.filters ?? [];
  const [term, ...more] = program?.trace ?? [];
  const simple = filter && others.length === 0 && term && more.length === 0 && term.factor.node === undefined;
  if (programs.length === 1 && simple && program!.components.length === 0) {
    return { decay: filter.decay[0] ?? 0, gain: filter.drive * term.factor.scale };
  }
  throw new UnsupportedError('online e-prop', `expected a linear readout with one time constant, got "${readout}"`, {
    hint: 'use leakyReadout() with one tau for all of its neurons and one input',
  });
}

/** @throws UnsupportedError for a projection into the readout that is delayed or not all-to-all: learning signals are products of matrices */
export function checkFeedback(engine: Engine, names: readonly string[]): void {
  for (const name of names) {
    const { projection, kind } = engine.layout.projections[name]!;
    if (kind === 'dense' && projection.delay === 0) continue;
    throw new UnsupportedError(
      'online e-prop',
      `expected all-to-all synapses without delay into the readout, got projection "${name}": ${kind}, delay ${projection.delay}`,
      { hint: 'train on whole sequences instead: Trainer with rule: eprop()' },
    );
  }
}

/**
 * The eligibility traces of all trainable projections of an engine, in the engine's memory: per block of steps, the
 * filters of presynaptic activity, then every synapse through all steps of the block.
 *
 * The engine must have been built with `traces`, and have run the block forward.
 */
export class TraceEngine {
  readonly engine: Engine;
  readonly response: ReadoutResponse;
  readonly projections: readonly LaidTraces[];
  /** Learning signals per population, [batch, padded] f32 for every slot. */
  readonly signals: Readonly<Record<string, Place>>;
  /** Signals that wait for no reward, beside those of the credit; if wanted. */
  readonly direct?: Readonly<Record<string, Place>>;
  /** Present if synapses keep credit for rewards. */
  readonly credit?: Credit;
  /** [readout, padded] f32 by projection: feedback weights times the readout's gain. */
  readonly #feedback: Readonly<Record<string, number>>;
  /** What takes traces through a block, in order. */
  readonly #functions: readonly BlockFunction[];
  readonly #readout: string;

  constructor(
    engine: Engine,
    readout: string,
    options: { regulated: readonly string[]; credit: boolean; direct: boolean },
  ) {
    const { network, layout } = engine;
    const { batch } = layout.options;
    const arena = new Arena(engine.memory.buffer.byteLength);
    const { slots } = Object.values(layout.populations)[0]!.output;
    const place = (slotBytes: number): Place => ({ base: arena.span(slotBytes * slots), slotBytes, slots });
    const trained = Object.values(layout.projections).filter(({ gradient }) => gradient !== 0);
    const targets = new Set([readout, ...trained.map(({ projection }) => projection.to)]);
    this.engine = engine;
    this.#readout = readout;
    this.response = readoutResponse(readout, Object.values(layout.populations[readout]!.plan.traces));
    const signals = () =>
      Object.fromEntries(
        [...targets].map((name) => [name, place(4 * batch * padded(layout.populations[name]!.size))] as const),
      );
    this.signals = signals();
    if (options.direct) this.direct = signals();
    const credit = options.credit ? { discount: place(4), error: place(4 * batch), direct: this.direct } : undefined;
    const traceOptions: TraceOptions = {
      readout,
      readoutDecay: this.response.decay,
      regulated: options.regulated,
      blocks: true,
      ...(credit ? { credit } : {}),
    };
    this.projections = trained.map((own) =>
      layTraces(engine, own, this.signals[own.projection.to]!, traceOptions, arena),
    );
    const blocks = layBlocks(this.projections, arena);
    const feedback = feedbackProjections(network, readout);
    checkFeedback(engine, feedback);
    this.#feedback = Object.fromEntries(
      feedback.map((name) => {
        const { preSize, postSize } = network.projections[name]!;
        return [name, arena.span(4 * postSize * padded(preSize))] as const;
      }),
    );
    engine.memory.grow(arena.pages - engine.memory.buffer.byteLength / PAGE);
    for (const { order } of this.projections) order.write();
    const module = new ModuleBuilder({ shared: false, minPages: arena.pages });
    const names = this.projections.flatMap((one) => {
      if (one.lists) return [compileFilters(module, engine, one)];
      const { filters, synapses } = compileTraces(module, engine, one);
      return [filters, synapses];
    });
    for (const block of blocks) names.push(compileBlock(module, engine, block));
    if (credit) this.credit = new Credit(engine, this.projections, credit);
    const code = new WebAssembly.Module(module.toBytes());
    const instance = new WebAssembly.Instance(code, { env: { memory: engine.memory } });
    this.#functions = names.map((name) => instance.exports[name] as BlockFunction);
  }

  /** Zeroes traces, as at the start of a sequence. */
  reset(): void {
    for (const { state } of this.projections) this.#clear(state);
  }

  /** Zeroes the traces of one row of the batch. */
  resetRow(row: number): void {
    for (const { state } of this.projections) {
      for (const span of state) for (const bytes of bytesOfRow(this.engine, span, row)) bytes.fill(0);
    }
  }

  /** Zeroes the gradients. */
  clearGradients(): void {
    for (const { sums } of this.projections) this.#clear(sums);
  }

  /** Traces and gradients as bytes. */
  save(): Uint8Array {
    const spans = this.projections.flatMap(({ state, sums }) => [...state, ...sums]);
    const saved = new Uint8Array(spans.reduce((sum, { bytes }) => sum + bytes, 0));
    let to = 0;
    for (const { at, bytes } of spans) {
      saved.set(this.engine.bytes(at, bytes), to);
      to += bytes;
    }
    return saved;
  }

  /** The inverse of {@link save}. */
  load(saved: Uint8Array): void {
    let from = 0;
    for (const { at, bytes } of this.projections.flatMap(({ state, sums }) => [...state, ...sums])) {
      this.engine.bytes(at, bytes).set(saved.subarray(from, from + bytes));
      from += bytes;
    }
  }

  #clear(spans: readonly { at: number; bytes: number }[]): void {
    for (const { at, bytes } of spans) this.engine.bytes(at, bytes).fill(0);
  }

  /**
   * Takes over feedback weights.
   *
   * @param weights - by projection into the readout, `[readout, neuron]`
   */
  setFeedback(weights: Readonly<Record<string, ArrayLike<number>>>): void {
    for (const [name, address] of Object.entries(this.#feedback)) {
      const { preSize, postSize } = this.engine.network.projections[name]!;
      const into = this.engine.floats(address, postSize * padded(preSize)).fill(0);
      for (let k = 0; k < postSize; k++) {
        for (let j = 0; j < preSize; j++)
          into[k * padded(preSize) + j] = this.response.gain * weights[name]![k * preSize + j]!;
      }
    }
  }

  /** Learning signals of the populations from the readout's, for the first `steps` of the block. */
  broadcast(steps: number): void {
    this.#broadcast(this.signals, steps);
    if (this.direct) this.#broadcast(this.direct, steps);
  }

  #broadcast(signals: Readonly<Record<string, Place>>, steps: number): void {
    const { kernels, layout, network } = this.engine;
    const first = layout.origin + 1;
    const rows = steps * layout.options.batch;
    const readout = layout.populations[this.#readout]!;
    const errors = signals[this.#readout]!;
    const reached = new Set<string>();
    for (const [name, weights] of Object.entries(this.#feedback)) {
      const { from } = network.projections[name]!;
      const place = signals[from];
      if (!place) continue;
      const width = padded(layout.populations[from]!.size);
      const [e, l] = [errors.base + first * errors.slotBytes, place.base + first * place.slotBytes];
      kernels.gemmNN(rows, width, readout.size, e, readout.padded, weights, width, l, width, Number(reached.has(from)));
      reached.add(from);
    }
  }

  /** Takes traces and gradients through the first `steps` of the block. */
  advance(steps: number): void {
    const { origin } = this.engine.layout;
    for (const run of this.#functions) run(origin, steps);
  }

  /** Makes the end of the first `steps` the start of the next block. */
  carry(steps: number): void {
    const { origin } = this.engine.layout;
    for (const { places } of this.projections) {
      for (const { base, slotBytes } of [...places.filters, ...places.nodes.values()]) {
        const last = this.engine.floats(base + (origin + steps) * slotBytes, slotBytes / 4);
        this.engine.floats(base + origin * slotBytes, slotBytes / 4).set(last);
      }
    }
  }

  /**
   * Leaves the gradient of every projection in the engine.
   *
   * @param constants - dE/d spike of each neuron that is the same at every step (firing-rate regulariser), by population
   */
  writeGradients(constants: Readonly<Record<string, ArrayLike<number>>>): void {
    for (const { own, order, places } of this.projections) {
      const into = this.engine.floats(own.gradient, own.count);
      const gradient = this.engine.floats(places.gradient, order.synapses);
      const extra = constants[own.projection.to];
      if (!extra || places.traceSum === undefined) {
        order.forEach((k, w) => {
          into[w] = gradient[k]!;
        });
        continue;
      }
      const sums = this.engine.floats(places.traceSum, order.synapses);
      order.forEach((k, w, post) => {
        into[w] = gradient[k]! + extra[post]! * sums[k]!;
      });
    }
  }
}
