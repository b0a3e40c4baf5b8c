import { ParameterError, unknownName } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { own } from '../../base/own.ts';
import { checkedSeed, checkedStep } from '../simulation.ts';
import { checkEventSpec } from './check-spec.ts';
import { checkRun, checkSignal, notFinite, spikingPopulations } from './event-checks.ts';
import type { EventRecording, EventSimulationOptions } from './event-simulation.ts';
import type { SliceInfo, SliceRecording } from './event-slice.ts';
import type { EventNetworkSpec } from './event-spec.ts';
import { synapseNotFinite } from './event-synapse-memory.ts';
import { type EventSynapseValues, mergeSynapses } from './merge-synapses.ts';
import type { SliceExecutor, SliceExecutorFactory } from './slice-executor.ts';
import { mergeSpikes } from './spike-list.ts';

/** How to build a {@link PartitionedSimulation}. */
export interface PartitionedOptions extends EventSimulationOptions {
  /** Who runs the parts, and how many there are: `slicesInTurn`, or `eventThreads` of `volley/io`. */
  readonly executor: SliceExecutorFactory;
}

/**
 * An {@link EventSimulation} in parts, each with a share of every population and a memory of its own. The results are the
 * same bits for any number of parts, and those of `EventSimulation`, which it has all methods of.
 *
 * Parts wait for each other once per shortest delay of the network, and in every step if plastic synapses have a population
 * as a signal. Every part has all variables of plastic synapses that belong to presynaptic neurons.
 *
 * @example
 * const simulation = await PartitionedSimulation.create(spec, { seed: 1, executor: eventThreads({ workers: 2 }) });
 * const { spikes } = await simulation.run(10_000);
 * await simulation.close();
 */
export class PartitionedSimulation<P extends string = string> {
  readonly #spec: EventNetworkSpec;
  readonly #dt: number;
  readonly #executor: SliceExecutor;
  #steps = 0;

  private constructor(spec: EventNetworkSpec, dt: number, executor: SliceExecutor) {
    this.#spec = spec;
    this.#dt = dt;
    this.#executor = executor;
  }

  /**
   * @throws ParameterError, ShapeError for whatever is wrong with the network or the number of parts; UnsupportedError above 4 GiB
   * per part; WorkerError if a worker cannot be started
   */
  static async create<P extends string>(
    spec: EventNetworkSpec<P>,
    given: PartitionedOptions,
  ): Promise<PartitionedSimulation<P>> {
    checkedOptions('PartitionedSimulation', given, ['seed', 'dt', 'arithmetic', 'executor']);
    checkEventSpec(spec);
    const { seed, dt = 0.1, arithmetic = 'deterministic', executor } = given;
    if (typeof executor !== 'function') {
      throw new ParameterError('PartitionedSimulation', `expected an executor, got ${String(executor)}`, {
        hint: 'executor: slicesInTurn({ parts: 2 }), or eventThreads() of volley/io',
      });
    }
    const options = { seed: checkedSeed(seed), dt: checkedStep(dt), arithmetic };
    return new PartitionedSimulation<P>(spec, dt, await executor({ spec, options }));
  }

  #sum(key: keyof SliceInfo): number {
    return this.#executor.infos.reduce((sum, info) => sum + info[key], 0);
  }

  /** Synapses of all projections. */
  get synapses(): number {
    return this.#sum('synapses');
  }

  /** Bytes of the memories of all parts: neurons, synapses, lists of spikes. */
  get memoryBytes(): number {
    return this.#sum('memoryBytes');
  }

  /** Bytes of synapses with the starts of their rows; every part has a table of rows for its own synapses. */
  get synapseBytes(): number {
    return this.#sum('synapseBytes');
  }

  /**
   * Goes on for a number of time steps.
   *
   * @param record - populations whose spikes are listed; default: all that spike
   * @throws ParameterError for a bad number of steps or a name that is no spiking population
   * @throws NumericsError if a state stops being finite, or, at the end of the run, a variable of plastic synapses; `reset`
   * before going on
   * @throws WorkerError if a worker ended; the simulation is then of no more use
   */
  async run(steps: number, options: { readonly record?: readonly P[] } = {}): Promise<EventRecording<P>> {
    const { record } = checkedOptions('PartitionedSimulation.run', options, ['record']);
    const spiking = spikingPopulations(this.#spec);
    const names: readonly string[] = record ?? spiking;
    checkRun(this.#steps, steps, names, spiking);
    const parts = await this.#executor.run(steps, names);
    this.#steps += parts[0]!.steps;
    this.#checkFinite(parts);
    await this.#checkSynapses(parts);
    const spikes = names.map((name) => {
      const { size } = this.#spec.populations[name]!;
      const lists = parts.map((part) => part.spikes[name]!);
      return [name, mergeSpikes(lists, { size, steps, dt: this.#dt })] as const;
    });
    const counts = spiking.map((name) => {
      return [name, parts.reduce((sum, part) => sum + (own(part.counts, name) ?? 0), 0)] as const;
    });
    return {
      spikes: Object.fromEntries(spikes) as EventRecording<P>['spikes'],
      counts: Object.fromEntries(counts) as EventRecording<P>['counts'],
      synapticEvents: parts.reduce((sum, part) => sum + part.synapticEvents, 0),
    };
  }

  /** Names the state that an undivided network would name: of the first population, then of the first variable, then of the first neuron. */
  #checkFinite(parts: readonly SliceRecording[]): void {
    const rank = ({ population, variable }: { population: string; variable: string }) => {
      const { model } = this.#spec.populations[population]!;
      const variables = Object.keys(model.model.definition.state);
      const found = variables.indexOf(variable);
      const order = Object.keys(this.#spec.populations).indexOf(population);
      return order + (found < 0 ? variables.length : found) / (variables.length + 1);
    };
    // Parts are in the order of the neurons, and the sort is stable.
    const [first] = parts.flatMap(({ fault }) => (fault ? [fault] : [])).sort((a, b) => rank(a) - rank(b));
    if (first) throw notFinite(first, this.#steps);
  }

  /** Names the variable of plastic synapses that an undivided network would name. */
  async #checkSynapses(parts: readonly SliceRecording[]): Promise<void> {
    const faults = parts.flatMap(({ synapseFault }) => (synapseFault ? [synapseFault] : []));
    if (faults.length === 0) return;
    for (const [projection, { synapse }] of Object.entries(this.#spec.projections)) {
      for (const variable of Object.keys(synapse?.model.program.variables ?? {})) {
        if (!faults.some((fault) => fault.projection === projection && fault.variable === variable)) continue;
        const { variables } = await this.plasticSynapses(projection);
        const index = variables[variable]!.findIndex((value) => !Number.isFinite(value));
        throw synapseNotFinite({ projection, variable, index }, this.#steps);
      }
    }
  }

  /**
   * The present values of a state, one per neuron.
   *
   * @throws ParameterError for an unknown name
   */
  async state(population: P, name: string): Promise<Float32Array> {
    const found = own(this.#spec.populations, population as string);
    if (!found) throw unknownName('EventSimulation', 'population', population, Object.keys(this.#spec.populations));
    const known = Object.keys(found.model.model.definition.state);
    if (!known.includes(name)) throw unknownName(`population "${population}"`, 'state', name, known);
    const parts = await this.#executor.state(population, name);
    const values = new Float32Array(found.size);
    let to = 0;
    for (const part of parts) {
      values.set(part, to);
      to += part.length;
    }
    return values;
  }

  /**
   * The plastic synapses of a projection as they are now, as `EventSimulation.plasticSynapses` gives them.
   *
   * @throws ParameterError unless the projection has plastic synapses
   */
  async plasticSynapses(projection: string): Promise<EventSynapseValues> {
    const plastic = Object.entries(this.#spec.projections).filter(([, { synapse }]) => synapse !== undefined);
    const found = plastic.find(([name]) => name === projection);
    const names = plastic.map(([name]) => name);
    if (!found) throw unknownName('EventSimulation', 'plastic projection', projection, names);
    return mergeSynapses(found[1].synapse!.model, await this.#executor.synapses(projection));
  }

  /**
   * Sets a value from outside that plastic synapses read from the next step on.
   *
   * @throws ParameterError for a name that is not among the network's `signals`, and for a value that is not finite
   */
  async signal(name: string, value: number): Promise<void> {
    checkSignal(name, value, Object.keys(this.#spec.signals ?? {}));
    await this.#executor.signal(name, value);
  }

  /** Back to the start values and time 0. */
  async reset(): Promise<void> {
    await this.#executor.reset();
    this.#steps = 0;
  }

  /** Ends the workers; the simulation is then of no more use. */
  async close(): Promise<void> {
    await this.#executor.close();
  }
}
