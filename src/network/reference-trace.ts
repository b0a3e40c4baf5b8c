import { InternalError, UnsupportedError } from '../base/errors.ts';
import { own } from '../base/own.ts';
import { randomNormal, randomUniform } from '../base/random.ts';
import { streamOf } from '../base/stream.ts';
import { deriveParameters, type NeuronDefinition, type StepInput, variableOf } from '../expr/index.ts';
import type { Activity } from './engine-inputs.ts';
import type { Network, Projection } from './network.ts';
import { PlasticReference, type PlasticWorld } from './plastic/reference.ts';
import { type ReferenceParameters, valuesOf } from './reference-parameters.ts';

/** Values by population and then by state variable or input. */
export type ByVariable = Record<string, Record<string, Float64Array>>;

/** Where a simulation stopped; another one can go on from it. */
export interface ReferenceState {
  /** Steps simulated so far, for random draws. */
  readonly clock: number;
  /** [batch, N]. */
  readonly states: Readonly<ByVariable>;
  /** Past activity of inputs and populations, newest step last, [steps, batch, N] with as many steps as are known. */
  readonly activity: Readonly<Record<string, Float64Array>>;
}

export interface ReferenceOptions {
  /** ms. Default 1. */
  readonly dt?: number;
  /** Seed of the random draws inside equations. Default 0. */
  readonly seed?: number;
  readonly batch: number;
  readonly steps: number;
  /** Default: every state at its initial value, no activity before. */
  readonly initial?: ReferenceState;
}

const inputActivity = (train: Activity, t: number, b: number, i: number): number =>
  'rowBytes' in train ? train.get(t, b, i) : train.data[(t * train.batch + b) * train.size + i]!;

/** The plastic synapses of a network in their initial state. */
function plasticReferences(
  network: Network,
  { connections, synapses }: ReferenceParameters,
  { batch, dt = 1, seed = 0, initial }: ReferenceOptions,
): Record<string, PlasticReference> {
  const plastic = Object.values(network.projections).filter((projection) => projection.plastic);
  if (initial && plastic.length > 0) {
    throw new UnsupportedError('simulateReference', 'expected no initial state with plastic synapses, got one');
  }
  const entries = plastic.map(({ name, preSize, postSize, plastic: own }) => {
    const found = connections[name]!;
    if (found.kind !== 'sparse')
      throw new InternalError('simulateReference', `expected sparse ${name}, got ${found.kind}`);
    const { model, values } = own!.synapse;
    const setup = { name, program: model.program, pattern: found.pattern, preSize, postSize, batch, dt, seed, values };
    return [name, new PlasticReference({ ...setup, initial: { ...synapses?.[name], w: found.weights } })] as const;
  });
  return Object.fromEntries(entries);
}

/** All that happened in a simulation. */
export class ReferenceTrace {
  readonly options: ReferenceOptions;
  /** Activity of populations, [steps, batch, N]. */
  readonly outputs: Record<string, Float64Array> = {};
  /** [steps + 1, batch, N], the initial state first. */
  readonly states: ByVariable = {};
  /** Summed current of every input variable, [steps, batch, N]. */
  readonly currents: ByVariable = {};
  /** The plastic synapses of each projection that has them, as they are after the last step. */
  readonly plastic: Readonly<Record<string, PlasticReference>>;
  readonly #network: Network;
  readonly #inputs: Readonly<Record<string, Activity>>;
  /** Parameters with derived names of each neuron, by population. */
  readonly #neurons: Record<string, Record<string, number>[]> = {};

  constructor(
    network: Network,
    parameters: ReferenceParameters,
    inputs: Readonly<Record<string, Activity>>,
    options: ReferenceOptions,
  ) {
    this.options = options;
    this.#network = network;
    this.#inputs = inputs;
    this.plastic = plasticReferences(network, parameters, options);
    for (const [name, { size, model }] of Object.entries(network.populations)) {
      const values = parameters.neurons[name]!;
      this.#neurons[name] = Array.from({ length: size }, (_, n) =>
        deriveParameters(model.model.step, valuesOf(values, n), options.dt ?? 1),
      );
      this.#allocate(name, size, model.model.definition);
    }
  }

  #allocate(name: string, size: number, definition: NeuronDefinition): void {
    const { batch, steps, initial } = this.options;
    const zeros = () => new Float64Array(steps * batch * size);
    this.outputs[name] = zeros();
    this.currents[name] = Object.fromEntries(Object.keys(definition.inputs).map((port) => [port, zeros()]));
    const states = Object.entries(definition.state).map(([key, spec]) => {
      const kept = new Float64Array((steps + 1) * batch * size).fill(variableOf(spec).init);
      const start = initial?.states[name]?.[key];
      if (start) kept.set(start);
      return [key, kept] as const;
    });
    this.states[name] = Object.fromEntries(states);
  }

  /** Activity of an input or a population at step t (from 1; 0 and below is what came before), sequence b, neuron i. */
  activity(source: string, t: number, b: number, i: number): number {
    const { batch, initial } = this.options;
    const size = this.#sizeOf(source);
    const from = ((t - 1) * batch + b) * size + i;
    if (t < 1) {
      const past = initial?.activity[source];
      return past?.[past.length + from] ?? 0;
    }
    const train = this.#inputs[source];
    return train ? inputActivity(train, t - 1, b, i) : this.outputs[source]![from]!;
  }

  /** Everything that step t of one neuron depends on. */
  stepInput(name: string, t: number, b: number, i: number): StepInput {
    const { batch, seed = 0, initial } = this.options;
    const { size, model } = this.#network.populations[name]!;
    const element = b * size + i;
    const clock = (initial?.clock ?? 0) + t;
    const before = (from: Record<string, Float64Array>) =>
      Object.fromEntries(Object.entries(from).map(([key, all]) => [key, all[(t - 1) * batch * size + element]!]));
    return {
      params: this.#neurons[name]![i]!,
      state: before(this.states[name]!),
      previousOutput: this.activity(name, t - 1, b, i),
      inputs: before(this.currents[name]!),
      random: model.model.step.randomSites.map(({ kind }, site) => {
        const draw = kind === 'normal' ? randomNormal : randomUniform;
        return draw(seed, streamOf(`random/${name}/${site}`), clock, element);
      }),
    };
  }

  /** What the plastic synapses of a projection see in step t: arriving spikes and the target before its update, or its spikes after it. */
  plasticWorld({ from, to, delay, plastic }: Projection, t: number, when: 'arrivals' | 'spikes'): PlasticWorld {
    const { batch } = this.options;
    const size = this.#sizeOf(to);
    const readTime = when === 'arrivals' ? t - 1 : t;
    return {
      step: t,
      spikes: (row, i) =>
        (when === 'arrivals' ? this.activity(from, t - delay, row, i) : this.activity(to, t, row, i)) !== 0,
      read: (name, row, j) => this.states[to]![name]![(readTime * batch + row) * size + j]!,
      signal: (name, row) => {
        const source = plastic!.signals[name]!;
        return this.activity(source, Object.hasOwn(this.#inputs, source) ? t : t - 1, row, 0);
      },
    };
  }

  /** The state after the last step. */
  final(): ReferenceState {
    const { batch, steps, initial } = this.options;
    const states: ByVariable = {};
    for (const [name, own] of Object.entries(this.states)) {
      const count = batch * this.#sizeOf(name);
      states[name] = Object.fromEntries(Object.entries(own).map(([key, all]) => [key, all.slice(-count)]));
    }
    // Longest look-back: the previous output, and the longest delay.
    const reach = Math.max(1, ...Object.values(this.#network.projections).map(({ delay }) => delay));
    const activity = [...Object.keys(this.#network.inputs), ...Object.keys(this.outputs)].map((source) => {
      const size = this.#sizeOf(source);
      const past = Float64Array.from({ length: reach * batch * size }, (_, k) => {
        const t = steps - reach + 1 + Math.floor(k / (batch * size));
        return this.activity(source, t, Math.floor(k / size) % batch, k % size);
      });
      return [source, past] as const;
    });
    return { clock: (initial?.clock ?? 0) + steps, states, activity: Object.fromEntries(activity) };
  }

  #sizeOf(source: string): number {
    return (own(this.#network.inputs, source) ?? this.#network.populations[source]!).size;
  }
}
