import { unknownName } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { own } from '../../base/own.ts';
import type { Arithmetic } from '../../kernels/index.ts';
import type { EngineMemory } from '../engine-memory.ts';
import { firstNonFinite } from '../engine-state.ts';
import { type BuiltEvents, buildEvents } from './build-events.ts';
import { checkRun, checkSignal, notFinite, spikingPopulations, synapseBytes } from './event-checks.ts';
import { BLOCK_STEPS, type EventLayout } from './event-layout.ts';
import type { EventNetworkSpec } from './event-spec.ts';
import { firstNonFiniteSynapse, readSynapses, synapseNotFinite } from './event-synapse-memory.ts';
import { type EventSynapseValues, mergeSynapses } from './merge-synapses.ts';
import { WHOLE } from './partition.ts';
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
 * more. One memory holds at most 4 GiB; `PartitionedSimulation` has several. The same seed gives the same bits everywhere.
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
  readonly #built: BuiltEvents;
  readonly #events: EventLayout;
  readonly #engine: EngineMemory;
  #steps = 0;

  /**
   * @throws ParameterError, ShapeError for whatever is wrong with the network; UnsupportedError above 4 GiB
   */
  constructor(spec: EventNetworkSpec<P>, options: EventSimulationOptions) {
    checkedOptions('EventSimulation', options, ['seed', 'dt', 'arithmetic']);
    const { seed, dt = 0.1, arithmetic = 'deterministic' } = options;
    this.#built = buildEvents(spec, { seed, dt, arithmetic }, WHOLE);
    this.#events = this.#built.events;
    this.#engine = this.#built.engine;
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
    return synapseBytes(this.#events);
  }

  /**
   * Goes on for a number of time steps.
   *
   * @param record - populations whose spikes are listed; default: all that spike
   * @throws ParameterError for a bad number of steps or a name that is no spiking population
   * @throws NumericsError if a state stops being finite, or, at the end of the run, a variable of plastic synapses; `reset`
   * before going on
   */
  run(steps: number, options: { readonly record?: readonly P[] } = {}): EventRecording<P> {
    const { record } = checkedOptions('EventSimulation.run', options, ['record']);
    const spiking = spikingPopulations(this.#events.network);
    checkRun(this.#steps, steps, record ?? [], spiking);
    const collectors = new Map((record ?? spiking).map((name) => [name as string, new SpikeCollector()]));
    const counts: Record<string, number> = Object.fromEntries(spiking.map((name) => [name, 0]));
    const before = this.#built.delivered();
    for (let done = 0; done < steps; done += BLOCK_STEPS) {
      this.#block(done, Math.min(BLOCK_STEPS, steps - done), counts, collectors);
    }
    const ill = firstNonFiniteSynapse(this.#engine, this.#events.projections);
    if (ill) throw synapseNotFinite(ill, this.#steps);
    const spikes = Object.fromEntries(
      [...collectors].map(([name, spiked]) => {
        return [name, spiked.events(this.#engine.layout.populations[name]!.size, steps, this.#engine.dt)];
      }),
    );
    return {
      spikes: spikes as Record<P, SpikeList>,
      counts: counts as Record<P, number>,
      synapticEvents: this.#built.delivered() - before,
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
    this.#built.forward(from, from + steps);
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
    if (found) throw notFinite(found, this.#steps);
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
    const { model } = found.plastic!.projection.synapse;
    return mergeSynapses(model, [readSynapses(this.#engine, found, this.#steps)]);
  }

  /**
   * Sets a value from outside that plastic synapses read from the next step on.
   *
   * @throws ParameterError for a name that is not among the network's `signals`, and for a value that is not finite
   */
  signal(name: string, value: number): void {
    const { signals } = this.#events;
    checkSignal(name, value, Object.keys(signals));
    this.#engine.floats(signals[name]!, 1)[0] = value;
  }

  /** Back to the start values and time 0. */
  reset(): void {
    this.#built.reset();
    this.#steps = 0;
  }
}
