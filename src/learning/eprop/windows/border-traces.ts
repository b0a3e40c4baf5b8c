import { ModuleBuilder, type Place } from '../../../expr/index.ts';
import { type Activity, Arena, type Engine, padded } from '../../../network/index.ts';
import { feedbackProjections } from '../../feedback.ts';
import { compileTraces, layTraces, type ProjectionTraces } from '../online/projection-traces.ts';
import { checkFeedback, readoutResponse } from '../online/trace-engine.ts';
import type { AdjointBlock } from './border-adjoints.ts';

const PAGE = 65536;

type BlockFunction = (from: number, steps: number) => void;

/** The ends of a projection's synapses, in one order. */
interface Synapses {
  readonly trace: Uint32Array;
  readonly weight: Uint32Array;
  readonly pre: Uint32Array;
  readonly post: Uint32Array;
}

/** Adjoints of one population, a part of every row of a batch. */
interface Rows {
  readonly values: Float32Array;
  readonly width: number;
  readonly offset: number;
  readonly size: number;
}

/** What adjoints are multiplied by: f32 per presynaptic neuron or per synapse, [batch, stride]. */
interface Factor {
  readonly address: number;
  readonly stride: number;
  readonly by: 'pre' | 'trace';
}

/** The eligibility vectors of one projection and what they are multiplied by. */
interface Eligibility {
  readonly own: ProjectionTraces;
  readonly synapses: Synapses;
}

/**
 * The eligibility vectors ε = ds/dW of all trainable synapses at the borders between windows: how the states there depend
 * on the weights through all of the past. The readout's states depend on the weights of the neurons before it as well:
 * through filtered traces, as in e-prop without windows.
 */
export class BorderTraces {
  readonly engine: Engine;
  readonly #readout: string;
  readonly #projections: readonly Eligibility[];
  readonly #functions: Readonly<Record<string, BlockFunction>>;

  /**
   * @param engine - one built with `traces`, which follows the engine that learns
   * @param readout - the population of the loss
   * @param selfless - projections in which a neuron may not reach itself
   * @throws UnsupportedError for a readout that is no simple filter, or sparse or delayed synapses onto it
   */
  constructor(engine: Engine, readout: string, selfless: ReadonlySet<string>) {
    const { layout } = engine;
    const { decay } = readoutResponse(readout, Object.values(layout.populations[readout]!.plan.traces));
    checkFeedback(engine, feedbackProjections(engine.network, readout));
    const { batch } = layout.options;
    const arena = new Arena(engine.memory.buffer.byteLength);
    const { slots } = Object.values(layout.populations)[0]!.output;
    const widest = Math.max(...Object.values(layout.populations).map(({ size }) => padded(size)));
    // Nothing is learned step by step: all targets read the same zeros.
    const base = arena.span(4 * batch * widest * slots);
    const silence = (size: number): Place => ({ base, slotBytes: 4 * batch * padded(size), slots });
    const laid = Object.values(layout.projections)
      .filter(({ gradient }) => gradient !== 0)
      .map((own) => {
        const options = { readout, readoutDecay: decay, regulated: [] };
        return layTraces(engine, own, silence(own.projection.postSize), options, arena);
      });
    engine.memory.grow(arena.pages - engine.memory.buffer.byteLength / PAGE);
    for (const { order } of laid) order.write();
    const module = new ModuleBuilder({ shared: false, minPages: arena.pages });
    this.engine = engine;
    this.#readout = readout;
    this.#projections = laid.map((one) => {
      const own = compileTraces(module, engine, one);
      return { own, synapses: synapsesOf(own, selfless.has(own.own.projection.name)) };
    });
    const code = new WebAssembly.Module(module.toBytes());
    const instance = new WebAssembly.Instance(code, { env: { memory: engine.memory } });
    this.#functions = instance.exports as unknown as Record<string, BlockFunction>;
  }

  /** Starts a new sequence. */
  reset(clock: number): void {
    this.engine.reset(clock);
    for (const { own } of this.#projections) {
      for (const { at, bytes } of own.state) this.engine.bytes(at, bytes).fill(0);
    }
  }

  /** Goes on to the border after steps `from` … `from + steps - 1` of the inputs. */
  advance(inputs: Readonly<Record<string, Activity>>, from: number, steps: number): void {
    const { engine } = this;
    const { origin } = engine.layout;
    engine.writeInputs(inputs, from, steps);
    engine.forward(steps);
    for (const { own } of this.#projections) {
      this.#functions[own.filters]!(origin, steps);
      const { components, trace, filtered } = own.places;
      // Filters alone need nothing per synapse.
      if (components.length > 0 || trace !== undefined || filtered) this.#functions[own.synapses]!(origin, steps);
      for (const { base, slotBytes } of own.places.filters) {
        const last = engine.floats(base + (origin + steps) * slotBytes, slotBytes / 4);
        engine.floats(base + origin * slotBytes, slotBytes / 4).set(last);
      }
    }
    engine.carry(steps);
  }

  /**
   * Adds Σ adjoint · ε over states and rows to gradients: what a change of the adjoints at this border means for the
   * weights that brought the states about.
   *
   * Plain loops, as they run once per window.
   *
   * @param adjoints - [batch, width], its columns as `blocks` say
   * @param gradientOf - a projection's gradient, in the order of its weights in memory
   */
  credit(
    adjoints: Float32Array,
    blocks: readonly AdjointBlock[],
    gradientOf: (projection: string) => Float32Array,
  ): void {
    const { batch } = this.engine.options;
    const width = adjoints.length / batch;
    const rows = ({ offset, size }: AdjointBlock): Rows => ({ values: adjoints, width, offset, size });
    for (const eligibility of this.#projections) {
      const { own, places } = eligibility.own;
      const { name, to } = own.projection;
      const into = gradientOf(name);
      for (const block of blocks) {
        const factor = block.population === to ? this.#factorOf(eligibility.own, block) : undefined;
        if (factor) this.#addProducts(eligibility, rows(block), factor, into);
      }
      if (!places.filtered) continue;
      const factor = { address: places.filtered.address, stride: places.synapses, by: 'trace' } as const;
      const state = blocks.find(({ population, by }) => population === this.#readout && by === 'state')!;
      this.#addProducts(eligibility, this.#throughReadout(rows(state), to), factor, into);
    }
  }

  /** The entry of ε that a block of adjoints belongs to, if there is one. */
  #factorOf({ program, places }: ProjectionTraces, { by, state = '' }: AdjointBlock): Factor | undefined {
    const filter = places.filters[program.filtered.indexOf(state)];
    if (filter) {
      const address = filter.base + this.engine.layout.origin * filter.slotBytes;
      return { address, stride: places.prePadded, by: 'pre' };
    }
    const address = by === 'own' ? places.trace : places.components[program.components.indexOf(state)];
    return address === undefined ? undefined : { address, stride: places.synapses, by: 'trace' };
  }

  /** What the adjoints of the readout's state mean for the filtered spikes of a population that projects to it. */
  #throughReadout({ values, width, offset, size: readouts }: Rows, population: string): Rows {
    const { engine } = this;
    const { batch } = engine.options;
    const { size } = engine.layout.populations[population]!;
    const signals = new Float32Array(batch * size);
    for (const name of feedbackProjections(engine.network, this.#readout)) {
      const { projection, weights, count } = engine.layout.projections[name]!;
      if (projection.from !== population) continue;
      const { filters } = engine.layout.populations[this.#readout]!.plan.traces[projection.input]!;
      const w = engine.floats(weights, count);
      for (let b = 0; b < batch; b++) {
        const adjoint = values.subarray(b * width + offset, b * width + offset + readouts);
        for (let j = 0; j < size; j++) {
          for (let k = 0; k < readouts; k++)
            signals[b * size + j]! += filters[0]!.drive * adjoint[k]! * w[j * padded(readouts) + k]!;
        }
      }
    }
    return { values: signals, width: size, offset: 0, size };
  }

  #addProducts(
    { synapses: { trace, weight, pre, post } }: Eligibility,
    { values, width, offset, size }: Rows,
    { address, stride, by }: Factor,
    into: Float32Array,
  ): void {
    const index = by === 'pre' ? pre : trace;
    for (let b = 0; b < this.engine.options.batch; b++) {
      const adjoint = values.subarray(b * width + offset, b * width + offset + size);
      const factor = this.engine.floats(address + 4 * b * stride, stride);
      for (let k = 0; k < weight.length; k++) into[weight[k]!]! += adjoint[post[k]!]! * factor[index[k]!]!;
    }
  }
}

/** @param selfless - whether a neuron may not reach itself */
function synapsesOf({ order }: ProjectionTraces, selfless: boolean): Synapses {
  const list: [number, number, number, number][] = [];
  order.forEach((k, w, post, pre) => {
    if (!selfless || pre !== post) list.push([k, w, pre, post]);
  });
  const column = (index: number) => Uint32Array.from(list, (entry) => entry[index]!);
  return { trace: column(0), weight: column(1), pre: column(2), post: column(3) };
}
