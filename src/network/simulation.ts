import { ParameterError, ShapeError, unknownName } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { Arithmetic } from '../kernels/index.ts';
import { Engine } from './engine.ts';
import { type Activity, checkInputs } from './engine-inputs.ts';
import type { Network } from './network.ts';
import { initialParameters, type NetworkParameters } from './parameters.ts';
import { newRecording, type Recording, type RecordOptions, record } from './recorder.ts';
import type { SparsePattern } from './topology.ts';

/** How to simulate a network. */
export interface SimulationOptions<P extends string = string> {
  /** Number of independent copies simulated at once. Default 1. */
  readonly batch?: number;
  /** Time step in ms. Default 1. */
  readonly dt?: number;
  /** Seed of initial weights and of random draws in equations, 0 to 2^53 - 1. */
  readonly seed: number;
  /** Trained parameters; default: drawn from the seed. */
  readonly parameters?: NetworkParameters;
  readonly record?: RecordOptions<P>;
  /** Steps per call into WebAssembly; bounds the memory of recording. Default 256. */
  readonly blockSteps?: number;
  /** 'deterministic' (default) gives the same bits everywhere; 'fast' may fuse multiply and add. */
  readonly arithmetic?: Arithmetic;
}

const SIMULATION = ['batch', 'dt', 'seed', 'parameters', 'record', 'blockSteps', 'arithmetic'] as const;

/** The synapses of a plastic projection. */
export interface PlasticSynapses {
  /** Presynaptic neuron of each synapse. */
  readonly pre: Uint32Array;
  /** Postsynaptic neuron of each synapse. */
  readonly post: Uint32Array;
  /** Every variable of the synapse's model: [batch, synapse], or [batch, neuron] of the side that it belongs to. */
  readonly variables: Readonly<Record<string, Float32Array>>;
}

/**
 * A network built for a batch size, a time step and a seed. It owns its memory; state goes on from one `run` to the next.
 * The names of inputs and populations are part of its type, so that a wrong one does not compile.
 *
 * @example
 * const simulation = new Simulation(net, { seed: 1, record: { states: { hidden: ['v'] } } });
 * const { spikes, states } = simulation.run({ x: train });
 * spikes.hidden.events(); // { time, batch, neuron }
 */
export class Simulation<I extends string = string, P extends string = string> {
  readonly network: Network<I, P>;
  readonly #engine: Engine;
  readonly #record: RecordOptions;

  constructor(network: Network<I, P>, options: SimulationOptions<NoInfer<P>>) {
    checkedOptions('Simulation', options, SIMULATION);
    const record: RecordOptions = options.record ?? {};
    checkedOptions('Simulation, record', record, ['outputs', 'states']);
    for (const name of [...(record.outputs ?? []), ...Object.keys(record.states ?? {})]) {
      if (!Object.hasOwn(network.populations, name)) throw unknownName('Simulation', 'population', name, network.order);
    }
    const plain: Network = network;
    this.network = network;
    this.#record = record;
    this.#engine = new Engine(plain, options.parameters ?? initialParameters(plain, options.seed), {
      batch: options.batch ?? 1,
      steps: options.blockSteps ?? 256,
      dt: checkedStep(options.dt ?? 1),
      seed: checkedSeed(options.seed),
      record: recordedStates(record),
      arithmetic: options.arithmetic,
    });
  }

  /**
   * Runs the network on its inputs and returns what was recorded.
   *
   * @param given - inputs by name, `[time, batch, size]`
   * @param steps - number of time steps; default: the length of the inputs
   * @throws ShapeError if an input is missing or misshapen, ParameterError for an unknown input or a bad number of steps:
   * the state is then as it was before
   * @throws NumericsError if a state or a graded output stops being finite; `reset` before going on
   */
  run(given?: Readonly<Record<I, Activity>>, steps = longest(given ?? {})): Recording<P> {
    const inputs: Readonly<Record<string, Activity>> = given ?? {};
    this.#checkRun(inputs, steps);
    const recording = newRecording(this.#engine, this.#record, steps);
    const block = this.#engine.options.steps;
    for (let from = 0, count = 0; from < steps; from += count) {
      count = Math.min(block, steps - from, this.#engine.stepsToRewiring);
      this.#engine.writeInputs(inputs, from, count);
      this.#engine.forward(count);
      this.#engine.checkFinite(count);
      record(this.#engine, recording, from, count);
      this.#engine.carry(count);
      this.#engine.rewire();
    }
    return recording as Recording<P>;
  }

  #checkRun(inputs: Readonly<Record<string, Activity>>, steps: number): void {
    if (!Number.isSafeInteger(steps) || steps < 0) {
      throw new ParameterError('Simulation.run', `expected a whole number of steps, got ${steps}`, {
        hint: 'a duration in ms divided by dt',
      });
    }
    const { batch } = this.#engine.options;
    for (const [name, activity] of Object.entries(inputs)) {
      if (!activity || activity.batch === batch || !Object.hasOwn(this.network.inputs, name)) continue;
      throw new ShapeError(`input "${name}"`, `expected a batch of ${batch}, got ${activity.batch}`, {
        hint: `activity is [time, batch, size]; the simulation was built with batch: ${batch}`,
      });
    }
    checkInputs(this.#engine.layout, inputs, { from: 0, steps, rowStart: 0 });
  }

  /**
   * The plastic synapses of a projection as they are now. Index k of a synapse variable is the synapse pre[k] → post[k].
   *
   * @throws ParameterError unless the projection has plastic synapses
   */
  synapses(projection: string): PlasticSynapses {
    const variables = this.#engine.readPlastic(projection);
    const { rowStart, post } = this.#pattern(projection);
    const pre = new Uint32Array(post.length);
    for (let i = 0; i + 1 < rowStart.length; i++) pre.fill(i, rowStart[i], rowStart[i + 1]);
    return { pre, post: post.slice(), variables };
  }

  #pattern(projection: string): SparsePattern {
    const { rowStart, post, count, projection: own } = this.#engine.layout.projections[projection]!;
    return {
      rowStart: this.#engine.words(rowStart, own.preSize + 1),
      post: this.#engine.words(post, count),
    };
  }

  /** What the next `run` starts from, plastic synapses too, as bytes for a checkpoint. */
  saveState(): Uint8Array {
    return this.#engine.saveState();
  }

  /**
   * The inverse of {@link saveState}, for the same network, batch size, time step and seed.
   *
   * @throws ShapeError if the state comes from another network or batch size
   */
  loadState(saved: Uint8Array): void {
    this.#engine.loadState(saved);
  }

  /** Back to the initial state and time 0. */
  reset(): void {
    this.#engine.reset();
  }
}

const longest = (inputs: Readonly<Record<string, Activity>>): number =>
  Math.max(0, ...Object.values(inputs).map((activity) => activity?.time ?? 0));

const recordedStates = ({ states = {} }: RecordOptions): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(states).map(([name, variables]) => [name, variables ?? []]));

/** @throws ParameterError unless dt is a positive number of milliseconds */
export function checkedStep(dt: number): number {
  if (!(dt > 0 && Number.isFinite(dt)))
    throw new ParameterError('dt', `expected a positive time step in ms, got ${dt}`);
  return dt;
}

/** @throws ParameterError unless the seed is an integer from 0 to 2^53 - 1 */
export function checkedSeed(seed: number): number {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ParameterError('seed', `expected an integer from 0 to 2^53 - 1, got ${seed}`);
  }
  return seed;
}
