import { NumericsError, ParameterError } from '../base/errors.ts';
import { type Arithmetic, loadKernels, relaxedSimdSupported, writeStrips } from '../kernels/index.ts';
import { padded } from './arena.ts';
import { checkParameters } from './check-parameters.ts';
import { compileNetwork } from './compile.ts';
import { type Activity, writeInputs } from './engine-inputs.ts';
import { EngineMemory } from './engine-memory.ts';
import { carryState, firstNonFinite, loadCarried, resetState, saveCarried, snapshotStates } from './engine-state.ts';
import { type Layout, layOut } from './layout.ts';
import type { LayoutOptions } from './layout-options.ts';
import type { Network } from './network.ts';
import type { NetworkParameters } from './parameters.ts';
import { checkSynapses, readPlastic, resetPlastic, writePlasticParameters } from './plastic/plastic-state.ts';
import { rewireSynapses, stepsToRewiring } from './plastic/rewiring.ts';
import type { PopulationLayout } from './population-layout.ts';
import { CONTROL } from './step-emitter.ts';
import { writeParameters } from './write-parameters.ts';

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
  // All that addresses depend on: of two layouts of equal size, the number of synapses may be divided otherwise.
  const perNeuron = Object.values(layout.populations).map((p) => [...p.plan.perNeuron]);
  const synapses = Object.values(layout.projections).map((p) => [p.kind, p.count]);
  const plastic = Object.values(layout.projections).map((p) => [
    p.plastic?.columns,
    p.plastic?.draws,
    p.plastic?.fullRows,
  ]);
  const key = JSON.stringify([layout.options, perNeuron, synapses, plastic, relaxed]);
  const bytes = () => compileNetwork(network, layout, control, { relaxed }) as BufferSource;
  const module = cache.get(key) ?? new WebAssembly.Module(bytes());
  cache.set(key, module);
  return module;
}

function checkedArithmetic(arithmetic: Arithmetic): Arithmetic {
  if (arithmetic === 'deterministic' || arithmetic === 'fast') return arithmetic;
  throw new ParameterError('arithmetic', `expected 'deterministic' or 'fast', got ${JSON.stringify(arithmetic)}`);
}

/**
 * A network built for one batch size and block length: memory, compiled loops, and nothing else. `Simulation` and
 * `Trainer` are made of engines. Slot times: see {@link Layout.origin}.
 */
export class Engine extends EngineMemory {
  readonly network: Network;
  readonly options: EngineOptions;
  readonly #code: CompiledExports;
  readonly #control: number;
  /** Steps simulated before this block, for random draws. */
  #clock = 0;
  readonly #parameters: NetworkParameters;

  constructor(network: Network, parameters: NetworkParameters, options: EngineOptions) {
    const { batch, steps, training, traces, record } = options;
    const arithmetic = checkedArithmetic(options.arithmetic ?? 'deterministic');
    checkParameters(network, parameters);
    const layout = layOut(network, parameters, { batch, dt: options.dt, steps, training, traces, record });
    const control = layout.arena.span(CONTROL.bytes);
    const memory = new WebAssembly.Memory({ initial: layout.arena.pages });
    super(layout, memory, loadKernels(memory, { arithmetic }), options.dt);
    this.network = network;
    this.options = options;
    this.#control = control;
    const relaxed = arithmetic === 'fast' && relaxedSimdSupported();
    const module = compileOnce(network, layout, control, relaxed);
    const env = { memory, ...(this.kernels as unknown as WebAssembly.ModuleImports) };
    this.#code = new WebAssembly.Instance(module, { env }).exports as unknown as CompiledExports;
    this.#parameters = parameters;
    writeParameters(this, parameters);
    writePlasticParameters(this);
    this.reset();
  }

  /**
   * Starts anew: every state at its initial value, no spikes before.
   *
   * @param clock - steps that count as simulated before, for random draws
   */
  reset(clock = 0): void {
    resetState(this);
    resetPlastic(this, this.#parameters, clock);
    this.#clock = clock;
  }

  /** Makes the end of the block just run the start of the next one. */
  carry(steps = this.options.steps): void {
    carryState(this, steps);
    this.#clock += steps;
  }

  /** The state that the next block starts from, as bytes for a checkpoint. */
  saveState(): Uint8Array {
    return saveCarried(this, this.#clock);
  }

  /** @throws ShapeError if the state comes from another network or batch size */
  loadState(saved: Uint8Array): void {
    this.#clock = loadCarried(this, saved);
  }

  /**
   * Copies steps `from` … `from + steps - 1` of each input into memory; the batch rows start at `rowStart`.
   *
   * @throws ShapeError if an input is missing, of the wrong kind or the wrong shape; ParameterError if one is unknown
   */
  writeInputs(inputs: Readonly<Record<string, Activity>>, from: number, steps: number, rowStart = 0): void {
    writeInputs(this, inputs, { from, steps, rowStart });
  }

  /** Runs steps 1 … `steps` of the block. */
  forward(steps = this.options.steps): void {
    const { origin } = this.layout;
    this.#writeControl();
    const every = this.options.training?.recomputeEvery ?? steps;
    for (let from = 0, segment = 0; from < steps; from += every, segment++) {
      this.#snapshot(segment, from, 'save');
      this.#code.forward(origin + from, origin + Math.min(from + every, steps));
    }
    this.#snapshot(Math.ceil(steps / every), steps, 'save');
  }

  /**
   * Runs the adjoint of steps `steps` … 1; gradients add up in memory.
   *
   * @param writeEnd - writes the adjoints that steps after the block hand back, in place of zeros; needs the layout option `openEnd`
   */
  backward(steps = this.options.steps, writeEnd: () => void = () => {}): void {
    const { origin } = this.layout;
    this.#clearAdjoints();
    writeEnd();
    const every = this.options.training?.recomputeEvery ?? steps;
    const segments = Math.ceil(steps / every);
    this.words(this.#control, CONTROL.bytes / 4)[CONTROL.last / 4] = origin + steps;
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

  /** Checkpoints exist only with `recomputeEvery`. */
  #snapshot(segment: number, time: number, direction: 'save' | 'restore'): void {
    if (this.options.training?.recomputeEvery) snapshotStates(this, segment, time, direction);
  }

  #writeControl(): void {
    const { seed, rowStart = 0 } = this.options;
    const control = this.words(this.#control, CONTROL.bytes / 4);
    control[CONTROL.seedLow / 4] = seed >>> 0;
    control[CONTROL.seedHigh / 4] = Math.floor(seed / 2 ** 32) >>> 0;
    control[CONTROL.rowStart / 4] = rowStart;
    control[CONTROL.clock / 4] = this.#clock - this.layout.origin;
  }

  #clearAdjoints(): void {
    const { batch } = this.options;
    for (const own of Object.values(this.layout.populations)) {
      const { dState, dOutput, dInputs, dInputsSparse = {}, dParams } = own.adjoint!;
      const sparse = Object.values(dInputsSparse).map(({ q }) => q);
      for (const address of [...Object.values(dState), dOutput, ...sparse]) {
        this.floats(address, batch * own.padded).fill(0);
      }
      for (const address of Object.values(dParams)) this.floats(address, own.padded).fill(0);
      for (const ring of [...Object.values(dInputs), ...Object.values(own.dInputRings)])
        this.floats(ring.base, (ring.slotBytes * ring.slots) / 4).fill(0);
    }
    for (const own of Object.values(this.layout.projections)) {
      if (own.gradient !== 0) this.floats(own.gradient, own.count).fill(0);
      if (own.transposed === 0) continue;
      const { preSize: pre, postSize: post } = own.projection;
      const [w, ldw] = [own.feedbackWeights, padded(post)];
      if (own.leakySum === undefined) {
        this.kernels.transpose(pre, post, w, ldw, own.transposed, padded(pre));
      } else {
        this.floats(own.leakySum, batch * padded(pre)).fill(0);
        writeStrips(this.kernels, { pre, post, w, ldw, strips: own.transposed });
      }
    }
  }

  /** Steps until synapses are next rewired, from what was carried last. */
  get stepsToRewiring(): number {
    return stepsToRewiring(this, this.#clock);
  }

  /** Moves retracted synapses where their interval ends with what was carried last. */
  rewire(): void {
    rewireSynapses(this, this.#clock, this.options.seed);
  }

  /** The variables of a projection's plastic synapses at the end of what was simulated and carried; see `Simulation.synapses`. */
  readPlastic(projection: string): Record<string, Float32Array> {
    return readPlastic(this, projection, this.#clock);
  }

  /** Spikes of each neuron over the block and the batch, [size]. */
  countSpikes(own: PopulationLayout, steps = this.options.steps): Uint32Array {
    const counts = this.words(own.spikeCounts, own.size).fill(0);
    const first = own.output.base + (this.layout.origin + 1) * own.output.slotBytes;
    this.kernels.countSpikes(this.options.batch * steps, own.size, first, own.rowBytes, own.spikeCounts);
    return counts.slice();
  }

  /**
   * @throws NumericsError naming the first state or variable of plastic synapses at the end of the block, or graded output
   * within it, that is not finite
   */
  checkFinite(steps = this.options.steps): void {
    const found = firstNonFinite(this, steps);
    if (!found) {
      checkSynapses(this, steps);
      return;
    }
    const { population, variable, neuron } = found;
    const got = `a non-finite ${variable} in population "${population}", neuron ${neuron}, within the last ${steps} steps`;
    throw new NumericsError('Simulation', `expected finite states, got ${got}`, {
      hint: 'check weights, inputs and dt',
      fields: { ...found },
    });
  }
}
