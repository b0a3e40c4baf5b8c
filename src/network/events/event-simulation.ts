import { NumericsError, ParameterError, unknownName } from '../../base/errors.ts';
import { own } from '../../base/own.ts';
import { type Arithmetic, loadKernels, relaxedSimdSupported } from '../../kernels/index.ts';
import { EngineMemory } from '../engine-memory.ts';
import { firstNonFinite } from '../engine-state.ts';
import { checkedSeed, checkedStep } from '../simulation.ts';
import { CONTROL } from '../step-emitter.ts';
import { compileEvents } from './compile-events.ts';
import { BLOCK_STEPS, bytesOf, type EventLayout, layOutEvents } from './event-layout.ts';
import { checkStarts, resetNetwork, writeNetwork } from './event-memory.ts';
import type { EventNetworkSpec } from './event-spec.ts';
import { checkEventSynapses, type EventSynapseValues, readSynapses } from './event-synapse-memory.ts';
import { SpikeCollector, type SpikeList } from './spike-list.ts';

/** How to build an {@link EventSimulation}. */
export interface EventSimulationOptions {
  /** Seed of synapses, start values, drives and draws in equations: an integer, 0 to 2^53 - 1. */
  readonly seed: number;
  /** Time step in ms, default 0.1. */
  readonly dt?: number;
  /** 'deterministic' (default) gives the same bits everywhere; 'fast' may fuse multiply and add. */
  readonly arithmetic?: Arithmetic;
}

/** What one call of {@link EventSimulation.run} did. */
export interface EventRecording<P extends string = string> {
  /** Spikes of the recorded populations; step 0 is the first of the call. */
  readonly spikes: Readonly<Record<P, SpikeList>>;
  /** Number of spikes of every spiking population. */
  readonly counts: Readonly<Record<P, number>>;
  /** Synapses that spikes were delivered by. */
  readonly synapticEvents: number;
}

/**
 * A network of point neurons of any size that lives on spikes: what a step costs beyond its neurons is in proportion to
 * the synapses of those that spiked, and nothing of the past is kept but lists of spikes as long as the longest delay.
 *
 * A synapse takes 2 bytes (4 if the target has more than 65,536 neurons), and 4 more if weights differ; a plastic one 12 or
 * more. One memory holds at most 4 GiB. The same seed gives the same bits everywhere.
 *
 * @example
 * const simulation = new EventSimulation(
 *   {
 *     populations: { exc: { size: 3200, model: cobaExp(), start: { v: uniform(-60, -50) } } },
 *     projections: { ee: { from: 'exc', to: 'exc', input: 'exc', topology: fixedProbability(0.02), weights: 6 } },
 *     poisson: { noise: { to: 'exc', input: 'exc', rate: 500, weights: 6 } },
 *   },
 *   { seed: 1, dt: 0.1 },
 * );
 * const { spikes } = simulation.run(10_000); // 1 s
 */
export class EventSimulation<P extends string = string> {
  readonly #spec: EventNetworkSpec;
  readonly #seed: number;
  readonly #events: EventLayout;
  readonly #engine: EngineMemory;
  readonly #counter: number;
  readonly #forward: (from: number, to: number) => void;
  #steps = 0;

  /**
   * @throws ParameterError, ShapeError for whatever is wrong with the network; UnsupportedError above 4 GiB
   */
  constructor(spec: EventNetworkSpec<P>, { seed, dt = 0.1, arithmetic = 'deterministic' }: EventSimulationOptions) {
    this.#spec = spec;
    this.#seed = checkedSeed(seed);
    checkStarts(this.#spec.populations, seed);
    this.#events = layOutEvents(this.#spec, checkedStep(dt), seed);
    const { layout } = this.#events;
    const control = layout.arena.span(CONTROL.bytes);
    this.#counter = layout.arena.span(8);
    const memory = new WebAssembly.Memory({ initial: layout.arena.pages });
    const kernels = loadKernels(memory, { arithmetic });
    this.#engine = new EngineMemory(layout, memory, kernels, dt);
    const relaxed = arithmetic === 'fast' && relaxedSimdSupported();
    const module = new WebAssembly.Module(compileEvents(this.#events, control, this.#counter, relaxed) as BufferSource);
    const env = { memory, ...(kernels as unknown as WebAssembly.ModuleImports) };
    const { forward } = new WebAssembly.Instance(module, { env }).exports;
    this.#forward = forward as (from: number, to: number) => void;
    writeNetwork(this.#engine, this.#events);
    const words = this.#engine.words(control, CONTROL.bytes / 4);
    words[CONTROL.seedLow / 4] = seed >>> 0;
    words[CONTROL.seedHigh / 4] = Math.floor(seed / 2 ** 32) >>> 0;
    words[CONTROL.clock / 4] = -this.#events.maxDelay;
    this.reset();
  }

  /** Synapses of all projections. */
  get synapses(): number {
    return this.#events.projections.reduce((sum, { wiring }) => sum + wiring.synapses, 0);
  }

  /** Bytes of the simulation's memory: neurons, synapses, lists of spikes. */
  get memoryBytes(): number {
    return this.#events.layout.arena.bytes;
  }

  /** Bytes of synapses with the starts of their rows, and of the index by postsynaptic neuron that plastic ones may need. */
  get synapseBytes(): number {
    return this.#events.projections.reduce((sum, projection) => sum + bytesOf(projection), 0);
  }

  /**
   * Goes on for a number of time steps.
   *
   * @param record - populations whose spikes are listed; default: all that spike
   * @throws ParameterError for a bad number of steps or a name that is no spiking population
   * @throws NumericsError if a state stops being finite, or, at the end of the run, a variable of plastic synapses; `reset`
   * before going on
   */
  run(steps: number, { record }: { readonly record?: readonly P[] } = {}): EventRecording<P> {
    const spiking = Object.keys(this.#events.lists).filter((name) => this.#engine.layout.populations[name]!.spiking);
    if (!Number.isSafeInteger(steps) || steps < 0 || this.#steps + steps >= 2 ** 31 - 2 ** 13) {
      throw new ParameterError('EventSimulation.run', `expected a whole number of steps, 2^31 in all, got ${steps}`);
    }
    for (const name of record ?? []) {
      if (!spiking.includes(name)) throw unknownName('EventSimulation.run', 'spiking population', name, spiking);
    }
    const collectors = new Map((record ?? spiking).map((name) => [name as string, new SpikeCollector()]));
    const counts: Record<string, number> = Object.fromEntries(spiking.map((name) => [name, 0]));
    const before = this.#delivered();
    for (let done = 0; done < steps; done += BLOCK_STEPS) {
      this.#block(done, Math.min(BLOCK_STEPS, steps - done), counts, collectors);
    }
    checkEventSynapses(this.#engine, this.#events.projections, this.#steps);
    const spikes = Object.fromEntries(
      [...collectors].map(([name, spiked]) => {
        return [name, spiked.events(this.#engine.layout.populations[name]!.size, steps, this.#engine.dt)];
      }),
    );
    return {
      spikes: spikes as Record<P, SpikeList>,
      counts: counts as Record<P, number>,
      synapticEvents: this.#delivered() - before,
    };
  }

  /** Runs a block of steps and takes its spikes out. */
  #block(
    done: number,
    steps: number,
    counts: Record<string, number>,
    collectors: ReadonlyMap<string, SpikeCollector>,
  ): void {
    const from = this.#steps + this.#events.maxDelay;
    this.#forward(from, from + steps);
    this.#steps += steps;
    this.#checkFinite();
    const words = new Uint32Array(this.#engine.memory.buffer);
    for (const name of Object.keys(counts)) {
      const { base, slotBytes, slots } = this.#events.lists[name]!;
      const collector = collectors.get(name);
      for (let k = 1; k <= steps; k++) {
        const at = (base + ((from + k) % slots) * slotBytes) / 4;
        const count = words[at]!;
        counts[name]! += count;
        collector?.add(done + k - 1, words, at + 1, count);
      }
    }
  }

  #checkFinite(): void {
    const found = firstNonFinite(this.#engine, 0);
    if (!found) return;
    const { population, variable, neuron } = found;
    const got = `a non-finite ${variable} in population "${population}", neuron ${neuron}, by step ${this.#steps}`;
    throw new NumericsError('EventSimulation', `expected finite states, got ${got}`, {
      hint: 'check weights and dt',
      fields: { ...found },
    });
  }

  #delivered(): number {
    const [low, high] = this.#engine.words(this.#counter, 2);
    return low! + high! * 2 ** 32;
  }

  /**
   * The present values of a state, one per neuron.
   *
   * @throws ParameterError for an unknown name
   */
  state(population: P, name: string): Float32Array {
    const found = own(this.#engine.layout.populations, population as string);
    if (!found) throw unknownName('EventSimulation', 'population', population, this.#events.network.order);
    const place = own(found.forward.state, name);
    if (!place) throw unknownName(`population "${population}"`, 'state', name, Object.keys(found.forward.state));
    return this.#engine.floats(place.base, found.size).slice();
  }

  /**
   * The plastic synapses of a projection as they are now. Index k of a synapse variable is the synapse pre[k] → post[k].
   *
   * @throws ParameterError unless the projection has plastic synapses
   */
  plasticSynapses(projection: string): EventSynapseValues {
    const plastic = this.#events.projections.filter((own) => own.plastic);
    const found = plastic.find(({ name }) => name === projection);
    const names = plastic.map(({ name }) => name);
    if (!found) throw unknownName('EventSimulation', 'plastic projection', projection, names);
    return readSynapses(this.#engine, found, this.#steps);
  }

  /**
   * Sets a value from outside that plastic synapses read from the next step on.
   *
   * @throws ParameterError for a name that is not among the network's `signals`, and for a value that is not finite
   */
  signal(name: string, value: number): void {
    const address = own(this.#events.signals, name);
    if (address === undefined) {
      throw unknownName('EventSimulation', 'signal', name, Object.keys(this.#events.signals));
    }
    if (!Number.isFinite(value)) {
      throw new ParameterError('EventSimulation.signal', `expected a finite ${name}, got ${value}`);
    }
    this.#engine.floats(address, 1)[0] = value;
  }

  /** Back to the start values and time 0. */
  reset(): void {
    resetNetwork(this.#engine, this.#events, this.#spec, this.#seed);
    this.#engine.words(this.#counter, 2).fill(0);
    this.#steps = 0;
  }
}
