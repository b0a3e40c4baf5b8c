import { bars, Simulation, type SpikeTrain, SuperimposedPatterns, type SuperimposedState, streamOf } from 'volley';
import { drawWeights, type InputWeights, inputName, microcircuit, type Values } from './network.ts';
import type { Shown, Spikes } from './read-out.ts';

/** Steps of 1 ms between two points of the curves. */
export const CHUNK = 10_000;

/** Milliseconds by which spikes lag behind a pattern: how long a neuron's spike stands for its cause. */
const LAG = 10;

/** Activity and weights over a stretch of training. */
export interface Stretch {
  /** Hz. */
  readonly excitatoryRate: number;
  /** Hz. */
  readonly inhibitoryRate: number;
  readonly meanWeight: number;
  /** Fraction of the weights that are above 0.5. */
  readonly strong: number;
}

/** What a test recorded. */
export interface Test {
  readonly input: Spikes;
  readonly excitatory: Spikes;
  readonly shown: Shown;
  /** Hz. */
  readonly excitatoryRate: number;
  /** Hz. */
  readonly inhibitoryRate: number;
}

const rate = (train: SpikeTrain): number => (1000 * train.count()) / (train.size * train.time);

/** Images of bars, on which all circuits of a seed learn with the same spikes. */
export const barsOf = ({ side }: Values): Uint8Array[] => bars(side);

const streamOfBars = (values: Values, seed: number, purpose: string): SuperimposedPatterns => {
  const { slots, activity, duration, rate, noise } = values;
  return new SuperimposedPatterns(
    { patterns: barsOf(values), slots, activity, duration, rate, noise },
    seed,
    streamOf(purpose),
  );
};

/** A circuit that learns. */
export class Learner {
  readonly #values: Values;
  readonly #stream: SuperimposedPatterns;
  readonly #simulation: Simulation<'pixels', 'e' | 'i'>;

  constructor(values: Values, seed: number, fromInhibition: number) {
    const pixels = values.side ** 2;
    this.#values = values;
    this.#stream = streamOfBars(values, seed, 'bars/train');
    const weights = drawWeights(pixels, values, seed);
    const network = microcircuit(values, { pixels, seed, fromInhibition, plastic: true, weights });
    this.#simulation = new Simulation(network, { seed, blockSteps: 1000 });
  }

  /** Shows bars for so many milliseconds. */
  learn(steps: number): Stretch {
    const { spikes } = this.#simulation.run({ pixels: this.#stream.next(steps).spikes });
    const all = Object.values(this.weights).flatMap((weights) => [...(weights as Float32Array)]);
    return {
      excitatoryRate: rate(spikes.e),
      inhibitoryRate: rate(spikes.i),
      meanWeight: all.reduce((sum, weight) => sum + weight, 0) / all.length,
      strong: all.filter((weight) => weight > 0.5).length / all.length,
    };
  }

  get weights(): InputWeights {
    const names = Array.from({ length: this.#values.maxDelay }, (_, k) => inputName(k + 1));
    return Object.fromEntries(names.map((name) => [name, this.#simulation.synapses(name).variables.w!]));
  }

  /** What a checkpoint holds. */
  get state(): { readonly simulation: Uint8Array; readonly stream: SuperimposedState } {
    return { simulation: this.#simulation.saveState(), stream: this.#stream.state };
  }

  restore({ simulation, stream }: Learner['state']): void {
    this.#simulation.loadState(simulation);
    this.#stream.restore(stream);
  }
}

/** Runs a circuit with fixed weights from its initial state, on bars of its own. */
export function testCircuit(
  values: Values,
  options: {
    readonly seed: number;
    readonly fromInhibition: number;
    readonly weights: InputWeights;
    readonly seconds: number;
  },
): Test {
  const { seed, fromInhibition, weights, seconds } = options;
  const pixels = values.side ** 2;
  const network = microcircuit(values, { pixels, seed, fromInhibition, plastic: false, weights });
  const simulation = new Simulation(network, { seed, blockSteps: 1000 });
  const steps = 1000 * seconds;
  const { spikes: input, presentations } = streamOfBars(values, seed, 'bars/test').next(steps);
  const { spikes } = simulation.run({ pixels: input });
  const shown = { steps, patterns: barsOf(values).length, presentations, window: values.duration + LAG };
  return {
    input: input.events(),
    excitatory: spikes.e.events(),
    shown,
    excitatoryRate: rate(spikes.e),
    inhibitoryRate: rate(spikes.i),
  };
}
