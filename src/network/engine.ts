import { NumericsError, ShapeError, unknownName } from '../base/errors.ts';
import { type Arithmetic, type Kernels, loadKernels, relaxedSimdSupported } from '../kernels/index.ts';
import type { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import { CONTROL, compileNetwork } from './compile.ts';
import { type Layout, type LayoutOptions, layOut, type PopulationLayout } from './layout.ts';
import type { Network } from './network.ts';
import type { NetworkParameters } from './parameters.ts';
import { writeParameters } from './write-parameters.ts';

/** Activity of one input over time: spikes, or graded values. */
export type Activity = SpikeTrain | FloatSequence;

/** How to build an {@link Engine}. */
export interface EngineOptions extends LayoutOptions {
  /** Time step in ms. */
  readonly dt: number;
  /** Seed of the random draws inside equations. */
  readonly seed: number;
  /** Index of this engine's first row within the whole batch; random draws depend on it. */
  readonly rowStart?: number;
  readonly arithmetic?: Arithmetic;
}

interface CompiledExports {
  forward(from: number, to: number): void;
  backward?(from: number, to: number): void;
}

/** Compiled modules by network and layout, so that the shards of a batch compile once. */
const compiled = new WeakMap<Network, Map<string, WebAssembly.Module>>();

function compileOnce(network: Network, layout: Layout, control: number, relaxed: boolean): WebAssembly.Module {
  const cache = compiled.get(network) ?? new Map<string, WebAssembly.Module>();
  compiled.set(network, cache);
  const perNeuron = Object.values(layout.populations).map((p) => [...p.plan.perNeuron]);
  const key = JSON.stringify([layout.options, perNeuron, layout.arena.bytes, relaxed]);
  const module = cache.get(key) ?? new WebAssembly.Module(compileNetwork(network, layout, control, { relaxed }) as BufferSource);
  cache.set(key, module);
  return module;
}

/**
 * A network built for one batch size and block length: memory, compiled loops, and nothing else. `Simulation` and
 * `Trainer` are made of engines. Slot times: see {@link Layout.origin}.
 */
export class Engine {
  readonly network: Network;
  readonly layout: Layout;
  readonly options: EngineOptions;
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  readonly #code: CompiledExports;
  readonly #control: number;
  /** Steps simulated before this block, for random draws. */
  #clock = 0;

  constructor(network: Network, parameters: NetworkParameters, options: EngineOptions) {
    this.network = network;
    this.options = options;
    const { batch, steps, training, record } = options;
    this.layout = layOut(network, parameters, { batch, steps, training, record });
    this.#control = this.layout.arena.span(CONTROL.bytes);
    const pages = this.layout.arena.pages;
    this.memory = new WebAssembly.Memory({ initial: pages });
    const arithmetic = options.arithmetic ?? 'deterministic';
    this.kernels = loadKernels(this.memory, { arithmetic });
    const relaxed = arithmetic === 'fast' && relaxedSimdSupported();
    const module = compileOnce(network, this.layout, this.#control, relaxed);
    const env = { memory: this.memory, ...(this.kernels as unknown as WebAssembly.ModuleImports) };
    this.#code = new WebAssembly.Instance(module, { env }).exports as unknown as CompiledExports;
    writeParameters(this, parameters);
    this.reset();
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, count);
  }

  bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, count);
  }

  /** Starts anew: every state at its initial value, no spikes before. */
  reset(): void {
    const { origin } = this.layout;
    for (const own of Object.values(this.layout.populations)) {
      for (const [name, place] of Object.entries(own.forward.state)) {
        const spec = own.plan.program.definition.state[name]!;
        const initial = typeof spec === 'string' ? 0 : (spec.init ?? 0);
        const slot = place.slots === 1 ? 0 : origin % place.slots;
        this.floats(place.base + slot * place.slotBytes, place.slotBytes / 4).fill(initial);
      }
    }
    for (const group of this.#sources()) this.bytes(group.output.base, (origin + 1) * group.output.slotBytes).fill(0);
    this.#clock = 0;
  }

  /** Makes the end of the block just run the start of the next one. */
  carry(steps = this.options.steps): void {
    const { origin } = this.layout;
    for (const own of Object.values(this.layout.populations)) {
      for (const place of Object.values(own.forward.state)) {
        if (place.slots > 1) this.#copySlot(place, (origin + steps) % place.slots, origin % place.slots);
      }
    }
    for (const { output } of this.#sources()) {
      for (let slot = 0; slot <= origin; slot++) this.#copySlot(output, slot + steps, slot);
    }
    this.#clock += steps;
  }

  /** The state that the next block starts from, as bytes for a checkpoint. */
  saveState(): Uint8Array {
    const parts = this.#carried().map(({ at, bytes }) => this.bytes(at, bytes));
    const saved = new Uint8Array(8 + parts.reduce((sum, part) => sum + part.length, 0));
    new DataView(saved.buffer).setFloat64(0, this.#clock, true);
    let at = 8;
    for (const part of parts) {
      saved.set(part, at);
      at += part.length;
    }
    return saved;
  }

  /** @throws ShapeError if the state comes from another network or batch size */
  loadState(saved: Uint8Array): void {
    const spans = this.#carried();
    const expected = 8 + spans.reduce((sum, span) => sum + span.bytes, 0);
    if (saved.length !== expected) {
      throw new ShapeError('Engine.loadState', `expected ${expected} bytes, got ${saved.length}`, {
        hint: 'the state belongs to another network or batch size',
      });
    }
    this.#clock = new DataView(saved.buffer, saved.byteOffset).getFloat64(0, true);
    let from = 8;
    for (const { at, bytes } of spans) {
      this.bytes(at, bytes).set(saved.subarray(from, from + bytes));
      from += bytes;
    }
  }

  /** The spans of memory that carry over from block to block. */
  #carried(): { at: number; bytes: number }[] {
    const { origin } = this.layout;
    const states = Object.values(this.layout.populations).flatMap((own) =>
      Object.values(own.forward.state).map((place) => ({
        at: place.base + (place.slots === 1 ? 0 : origin % place.slots) * place.slotBytes,
        bytes: place.slotBytes,
      })),
    );
    const outputs = this.#sources().map(({ output }) => ({ at: output.base, bytes: (origin + 1) * output.slotBytes }));
    return [...states, ...outputs];
  }

  #copySlot(place: { base: number; slotBytes: number }, from: number, to: number): void {
    const start = place.base + from * place.slotBytes;
    this.bytes(0, this.memory.buffer.byteLength).copyWithin(place.base + to * place.slotBytes, start, start + place.slotBytes);
  }

  #sources() {
    return [...Object.values(this.layout.inputs), ...Object.values(this.layout.populations)];
  }

  /**
   * Copies rows `from` … `from + steps` of each input into memory; the batch rows start at `rowStart` of the activity.
   *
   * @throws ShapeError if an input is missing, unknown, of the wrong kind or the wrong shape
   */
  writeInputs(inputs: Readonly<Record<string, Activity>>, from: number, steps: number, rowStart = 0): void {
    for (const name of Object.keys(inputs)) {
      if (!(name in this.layout.inputs)) throw unknownName('inputs', 'input', name, Object.keys(this.layout.inputs));
    }
    const { batch } = this.options;
    for (const [name, own] of Object.entries(this.layout.inputs)) {
      const activity = inputs[name];
      if (!activity) throw new ShapeError('inputs', `expected input "${name}", got none`);
      const spiking = 'rowBytes' in activity;
      if (spiking !== own.spiking || activity.size !== own.size || activity.batch < rowStart + batch || activity.time < from + steps) {
        throw new ShapeError(
          `input "${name}"`,
          `expected ${own.spiking ? 'spikes' : 'floats'} [>= ${from + steps}, ${rowStart + batch}, ${own.size}], got ${spiking ? 'spikes' : 'floats'} [${activity.time}, ${activity.batch}, ${activity.size}]`,
          { hint: 'activity is [time, batch, size]' },
        );
      }
      for (let k = 0; k < steps; k++) {
        const at = own.output.base + (this.layout.origin + 1 + k) * own.output.slotBytes;
        if ('rowBytes' in activity) {
          const start = activity.offset(from + k, rowStart);
          this.bytes(at, batch * own.rowBytes).set(activity.data.subarray(start, start + batch * own.rowBytes));
        } else {
          const rows = this.floats(at, batch * own.padded);
          for (let b = 0; b < batch; b++) {
            const start = ((from + k) * activity.batch + rowStart + b) * own.size;
            rows.set(activity.data.subarray(start, start + own.size), b * own.padded);
          }
        }
      }
    }
  }

  /** Runs steps 1 … `steps` of the block. */
  forward(steps = this.options.steps): void {
    const { origin } = this.layout;
    this.#writeControl();
    const every = this.options.training?.recomputeEvery;
    if (every === undefined) {
      this.#code.forward(origin, origin + steps);
      return;
    }
    for (let from = 0, segment = 0; from < steps; from += every, segment++) {
      this.#snapshot(segment, from, 'save');
      this.#code.forward(origin + from, origin + Math.min(from + every, steps));
    }
    this.#snapshot(Math.ceil(steps / every), steps, 'save');
  }

  /** Runs the adjoint of steps `steps` … 1; gradients add up in memory. */
  backward(steps = this.options.steps): void {
    const { origin } = this.layout;
    this.#clearAdjoints();
    const every = this.options.training?.recomputeEvery;
    if (every === undefined) {
      this.#code.backward!(origin, origin + steps);
      return;
    }
    const segments = Math.ceil(steps / every);
    for (let segment = segments - 1; segment >= 0; segment--) {
      const from = segment * every;
      const to = Math.min(from + every, steps);
      if (segment < segments - 1) {
        this.#snapshot(segment, from, 'restore');
        this.#code.forward(origin + from, origin + to);
      }
      this.#code.backward!(origin + from, origin + to);
    }
    this.#snapshot(segments, steps, 'restore');
  }

  #writeControl(): void {
    const { seed, rowStart = 0 } = this.options;
    const control = this.words(this.#control, CONTROL.bytes / 4);
    control[CONTROL.seedLow / 4] = seed >>> 0;
    control[CONTROL.seedHigh / 4] = Math.floor(seed / 2 ** 32) >>> 0;
    control[CONTROL.rowStart / 4] = rowStart;
    control[CONTROL.clock / 4] = this.#clock - this.layout.origin;
  }

  /** Copies the states at step `time` of the block to or from checkpoint number `segment`. */
  #snapshot(segment: number, time: number, direction: 'save' | 'restore'): void {
    for (const own of Object.values(this.layout.populations)) {
      for (const [name, place] of Object.entries(own.forward.state)) {
        const slot = place.slots === 1 ? 0 : (this.layout.origin + time) % place.slots;
        const live = this.bytes(place.base + slot * place.slotBytes, place.slotBytes);
        const kept = this.bytes(own.snapshots[name]!.base + segment * place.slotBytes, place.slotBytes);
        if (direction === 'save') kept.set(live);
        else live.set(kept);
      }
    }
  }

  #clearAdjoints(): void {
    const { batch } = this.options;
    for (const own of Object.values(this.layout.populations)) {
      const { dState, dOutput, dInputs, dParams } = own.adjoint!;
      for (const address of [...Object.values(dState), dOutput, ...Object.values(dInputs)]) {
        this.floats(address, batch * own.padded).fill(0);
      }
      for (const address of Object.values(dParams)) this.floats(address, own.padded).fill(0);
      for (const ring of Object.values(own.dInputRings)) this.floats(ring.base, (ring.slotBytes * ring.slots) / 4).fill(0);
    }
    for (const own of Object.values(this.layout.projections)) {
      if (own.gradient !== 0) this.floats(own.gradient, own.count).fill(0);
      if (own.transposed !== 0) this.#transpose(own.weights, own.transposed, own.projection.preSize, own.projection.postSize);
    }
  }

  #transpose(from: number, to: number, pre: number, post: number): void {
    const width = (size: number) => 4 * Math.ceil(size / 4);
    this.kernels.transpose(pre, post, from, width(post), to, width(pre));
  }

  /** Spikes of each neuron over the block and the batch, [size]. */
  countSpikes(own: PopulationLayout, steps = this.options.steps): Uint32Array {
    const counts = this.words(own.spikeCounts, own.size).fill(0);
    const first = own.output.base + (this.layout.origin + 1) * own.output.slotBytes;
    this.kernels.countSpikes(this.options.batch * steps, own.size, first, own.rowBytes, own.spikeCounts);
    return counts.slice();
  }

  /** @throws NumericsError naming the first state that is not finite at the end of the block */
  checkFinite(steps = this.options.steps): void {
    for (const [name, own] of Object.entries(this.layout.populations)) {
      for (const [variable, place] of Object.entries(own.forward.state)) {
        const slot = place.slots === 1 ? 0 : (this.layout.origin + steps) % place.slots;
        const index = this.kernels.allFinite(place.base + slot * place.slotBytes, place.slotBytes / 4);
        if (index < 0 || index % own.padded >= own.size) continue;
        throw new NumericsError('Simulation', `expected finite states, got a non-finite ${variable} in population "${name}", neuron ${index % own.padded}, within the last ${steps} steps`, {
          hint: 'check weights, inputs and dt',
          fields: { population: name, variable },
        });
      }
    }
  }
}
