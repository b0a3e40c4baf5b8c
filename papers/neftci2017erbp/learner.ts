import { type Network, type NetworkParameters, RandomStream, type Recording, Simulation, streamOf } from 'volley';
import { AnswerSums, type Answers } from './answers.ts';
import { CLASSES, type Examples, Order } from './examples.ts';
import {
  erbpNetwork,
  hiddenSizes,
  layersOf,
  startOf,
  type Values,
  type WeightKind,
  type Weights,
  withWeights,
} from './network.ts';
import { type Inputs, Presenter } from './presenter.ts';

/** Called after every example with the number of those that are done. */
export type Pause = (done: number) => Promise<void> | void;

const noPause: Pause = () => {};

/** Means over the examples of a stretch of training; a line of the log. */
export interface TrainingActivity {
  /** Spikes of error neurons per example. */
  readonly errorSpikes: number;
}

/**
 * A network in training. Neurons start at rest at the start of every stretch, so weights are all that goes on from one to
 * the next; what a stretch does is a function of the seed, its first sample and the weights.
 */
export class Learner {
  readonly network: Network;
  readonly #values: Values;
  readonly #seed: number;
  readonly #order: Order;
  readonly #presenter: Presenter;
  #parameters: NetworkParameters;

  constructor(values: Values, kind: WeightKind, train: Examples, seed: number) {
    this.#values = values;
    this.#seed = seed;
    this.#order = new Order(seed, train.count);
    this.#presenter = new Presenter(values, train, values.trainMs, seed);
    this.network = erbpNetwork(values, train.size, kind, seed);
    this.#parameters = startOf(this.network, values, kind, seed);
  }

  get weights(): Weights {
    const { connections } = this.#parameters;
    return Object.fromEntries(layersOf(this.#values).map(({ weights }) => [weights, connections[weights]!.weights]));
  }

  set weights(weights: Weights) {
    this.#parameters = withWeights(this.#parameters, weights);
  }

  /** @param outputs - populations to record; default: all */
  #simulation(purpose: string, { steps }: Presenter, outputs?: readonly string[]): Simulation {
    const { dt } = this.#values;
    const seed = new RandomStream(this.#seed, streamOf(purpose)).word();
    const record = outputs ? { outputs } : {};
    return new Simulation(this.network, { seed, dt, parameters: this.#parameters, record, blockSteps: steps });
  }

  /** The layers that plastic synapses start from, with their spikes. */
  #sources(data: Parameters<AnswerSums['add']>[1], { spikes }: Recording) {
    const sizes = hiddenSizes(this.#values);
    const names = layersOf(this.#values).slice(0, -1);
    return [
      { name: 'data', spikes: data, synapses: sizes[0]! },
      ...names.map(({ layer }, k) => ({ name: layer, spikes: spikes[layer]!, synapses: sizes[k + 1] ?? CLASSES })),
    ];
  }

  /** Factor of the learning rate for a sample. */
  rate(sample: number): number {
    const { etaDecay, etaEvery } = this.#values;
    return etaDecay ** Math.floor(sample / etaEvery);
  }

  /** Trains on the samples from number `from` to before number `to`; without effect if `pause` throws. */
  async train(from: number, to: number, pause: Pause = noPause): Promise<TrainingActivity> {
    const simulation = this.#simulation(`train/${from}`, this.#presenter, ['error']);
    let errorSpikes = 0;
    for (let sample = from; sample < to; sample++) {
      const example = this.#order.example(sample);
      const inputs = this.#presenter.show(example, `sample/${sample}`, this.rate(sample));
      errorSpikes += simulation.run(inputs).spikes.error!.count();
      await pause(sample + 1);
    }
    const learned = layersOf(this.#values).map(({ weights: name }) => [name, simulation.synapses(name).variables.w!]);
    this.weights = Object.fromEntries(learned);
    return { errorSpikes: errorSpikes / (to - from) };
  }

  /** Answers to the first `count` examples, without learning; neurons go on from one example to the next. */
  async test(examples: Examples, count: number, pause: Pause = noPause): Promise<Answers> {
    const { dt, testMs } = this.#values;
    const presenter = new Presenter(this.#values, examples, testMs, this.#seed);
    const simulation = this.#simulation('test', presenter);
    const sums = new AnswerSums(presenter.steps, dt);
    for (let k = 0; k < count; k++) {
      const inputs = presenter.show(k, `test/${k}`);
      const recording = simulation.run(inputs);
      sums.add(examples.label(k), recording.spikes.prediction!, this.#sources(inputs.data, recording));
      await pause(k + 1);
    }
    return sums.answers;
  }

  /** Two training examples without a change of the weights, for a look at the spikes of all groups. */
  glance(sample: number): { readonly recording: Recording; readonly inputs: Inputs } {
    const simulation = this.#simulation('glance', this.#presenter);
    const show = (k: number) => this.#presenter.show(this.#order.example(k), `glance/${k}`, 0);
    simulation.run(show(sample));
    const inputs = show(sample + 1);
    return { recording: simulation.run(inputs), inputs };
  }
}
