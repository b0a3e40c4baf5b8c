import { readFileSync } from 'node:fs';
import type { NeuronInstance } from 'volley/expr';
import { decodeNpy } from 'volley/io';
import {
  type Adam,
  adam,
  adamStepSize,
  eprop,
  firingRate,
  type ReferenceTraining,
  randomFeedback,
  referenceEprop,
  referenceGradient,
  softmaxCrossEntropy,
  squaredError,
} from 'volley/learning';
import { defineNetwork, type Network, type ReferenceParameters, type ReferenceTrace } from 'volley/network';
import { leakyReadout } from 'volley/neurons';
import { type Batch, SpikeTrain } from 'volley/tensor';
import { CUES, cueFixture, type FixtureBatch, type FixtureWeights, regressionFixture } from './nest-fixtures.ts';
import { nestNeuron } from './nest-neurons.ts';

/** The projections, in the order of the recorded gradients. */
export const NAMES = ['in', 'rec', 'out'] as const;

/** What one form of the learning rule computes for one batch. */
export interface FormResult {
  /** Task loss, without regularisation. */
  readonly loss: number;
  /** By projection: [post, pre]. */
  readonly gradients: Readonly<Record<string, ArrayLike<number>>>;
  /** Spikes of the hidden population in each sequence. */
  readonly spikes: readonly number[];
}

/** One way to compute e-prop: online, reverse, or in compiled kernels. `options.rule` and `options.feedback` are set. */
export type GoldenForm = (
  network: Network,
  parameters: ReferenceParameters,
  batch: Batch,
  options: ReferenceTraining,
) => FormResult | Promise<FormResult>;

/** A run: where it starts, what it learns from, and how an update is made. */
export interface GoldenRun {
  readonly network: Network;
  readonly weights: FixtureWeights;
  readonly batches: readonly Batch[];
  readonly options: ReferenceTraining;
  readonly optimiser: { readonly kind: 'descent'; readonly learningRate: number } | Adam;
}

/** What was recorded of one iteration, or is found here. */
export interface Iteration {
  readonly loss: number;
  readonly spikes: readonly number[];
  /** Norms of the gradients of {@link NAMES}. */
  readonly gradNorm: readonly number[];
}

/** A run's iterations, and sums over its final weights of {@link NAMES}. */
export interface Outcome {
  readonly iterations: readonly Iteration[];
  readonly final: { readonly finalSum: readonly number[]; readonly finalSumSq: readonly number[] };
}

const sizes = (neurons: number, model: NeuronInstance, channels: number, outputs: number, tauOut: number) =>
  defineNetwork({
    inputs: { x: { size: channels } },
    populations: { hidden: { size: neurons, model }, out: { size: outputs, model: leakyReadout({ tauOut }) } },
    projections: {
      in: { from: 'x', to: 'hidden', weights: 0 },
      rec: { from: 'hidden', to: 'hidden', weights: 0 },
      out: { from: 'hidden', to: 'out', weights: 0 },
    },
  });

/** [batch, steps, channels] as activity. */
function inputs({ spikes }: FixtureBatch, size: number, steps: number, channels: number): Batch['inputs'] {
  const inTime = new Uint8Array(spikes.length);
  for (let b = 0; b < size; b++) {
    for (let t = 0; t < steps; t++) {
      const from = (b * steps + t) * channels;
      inTime.set(spikes.subarray(from, from + channels), (t * size + b) * channels);
    }
  }
  return { x: SpikeTrain.fromDense(inTime, [steps, size, channels]) };
}

const randomEprop = (weights: FixtureWeights) => ({
  rule: eprop({ feedback: randomFeedback() }),
  feedback: { out: weights.feedback },
});

/** Pattern generation: one frozen sequence, gradient descent. */
export function regressionRun(): GoldenRun {
  const { weights, batch, target } = regressionFixture(1);
  const steps = 1000;
  const model = nestNeuron({ tauM: 30, vTh: 0.03, gain: 1 - Math.exp(-1 / 30) });
  // The kernels take float32 targets; the reference reads these in full.
  const data = target as unknown as Float32Array;
  return {
    network: sizes(100, model, 100, 1, 30),
    weights,
    batches: [{ steps, size: 1, inputs: inputs(batch, 1, steps, 100), targets: { out: { data } } }],
    options: {
      loss: squaredError(),
      regularisers: [firingRate({ population: 'hidden', target: 10, strength: 150 })],
      ...randomEprop(weights),
    },
    optimiser: { kind: 'descent', learningRate: 1e-4 },
  };
}

/** Evidence accumulation: half of the neurons adapt; a new batch in every iteration, Adam. */
export function classificationRun(batch: number, perSequence = false): GoldenRun {
  const { channels, neurons, outputs, steps, recall } = CUES;
  const { weights, batches } = cueFixture(1, { iterations: 5, batch });
  const beta = (1.7 * (1 - Math.exp(-1 / 2000))) / (1 - Math.exp(-1 / 20));
  const model = nestNeuron({ tRef: 5, beta: Array.from({ length: neurons }, (_, j) => (j < neurons / 2 ? 0 : beta)) });
  const window = { start: Int32Array.of(steps - recall), length: Int32Array.of(recall) };
  return {
    network: sizes(neurons, model, channels, outputs, 20),
    weights,
    batches: batches.map((made) => ({
      steps,
      size: batch,
      inputs: inputs(made, batch, steps, channels),
      decisions: { ...window, labels: Int32Array.from(made.labels) },
    })),
    options: {
      loss: softmaxCrossEntropy({ over: 'steps' }),
      regularisers: [firingRate({ population: 'hidden', target: 10, strength: 1 })],
      perSequence,
      ...randomEprop(weights),
    },
    optimiser: adam({ learningRate: 5e-3 }),
  };
}

/** The parameters a run starts from, weights in float64. */
export function initialWeights({ network, weights }: GoldenRun): ReferenceParameters {
  const connections = NAMES.map((name) => {
    const values = Float64Array.from(weights[name]);
    return [name, { kind: 'dense' as const, self: name !== 'rec', weights: values }] as const;
  });
  const neurons = Object.entries(network.populations).map(([name, { model }]) => {
    const values = Object.entries(model.values).map(([key, value]) => [
      key,
      Float64Array.from([value as number | number[]].flat()),
    ]);
    return [name, Object.fromEntries(values)] as const;
  });
  return { connections: Object.fromEntries(connections), neurons: Object.fromEntries(neurons) };
}

/** Gradient descent or Adam on float64 weights. */
class Updates {
  readonly #optimiser: GoldenRun['optimiser'];
  readonly #moments: Record<string, { first: Float64Array; second: Float64Array }> = {};

  constructor(optimiser: GoldenRun['optimiser']) {
    this.#optimiser = optimiser;
  }

  /** @param iteration - from 1 */
  apply(name: string, weights: Float64Array, gradient: ArrayLike<number>, iteration: number): void {
    const optimiser = this.#optimiser;
    if (optimiser.kind === 'descent') {
      for (let k = 0; k < weights.length; k++) weights[k]! -= optimiser.learningRate * gradient[k]!;
      return;
    }
    const zeros = () => new Float64Array(weights.length);
    this.#moments[name] ??= { first: zeros(), second: zeros() };
    const { first, second } = this.#moments[name];
    const { beta1, beta2, epsilon } = optimiser;
    const size = adamStepSize(optimiser, optimiser.learningRate as number, iteration);
    for (let k = 0; k < weights.length; k++) {
      const g = gradient[k]!;
      first[k] = beta1 * first[k]! + (1 - beta1) * g;
      second[k] = beta2 * second[k]! + (1 - beta2) * g * g;
      weights[k]! -= (size * first[k]!) / (Math.sqrt(second[k]!) + epsilon);
    }
  }
}

const total = (values: ArrayLike<number>, f: (value: number) => number): number =>
  Array.from(values).reduce((sum, value) => sum + f(value), 0);

/**
 * Trains a run in the given form.
 *
 * @param iterations - default 5, as many as were recorded
 */
export async function goldenRun(run: GoldenRun, form: GoldenForm, iterations = 5): Promise<Outcome> {
  const parameters = initialWeights(run);
  const updates = new Updates(run.optimiser);
  const found: Iteration[] = [];
  const weightsOf = (name: string) => parameters.connections[name]!.weights as Float64Array;
  for (let k = 0; k < iterations; k++) {
    const batch = run.batches[k % run.batches.length]!;
    const { loss, spikes, gradients } = await form(run.network, parameters, batch, run.options);
    found.push({ loss, spikes, gradNorm: NAMES.map((name) => Math.sqrt(total(gradients[name]!, (g) => g * g))) });
    for (const name of NAMES) updates.apply(name, weightsOf(name), gradients[name]!, k + 1);
  }
  const final = {
    finalSum: NAMES.map((name) => total(weightsOf(name), (w) => w)),
    finalSumSq: NAMES.map((name) => total(weightsOf(name), (w) => w * w)),
  };
  return { iterations: found, final };
}

/** Spikes of the hidden population in each sequence. */
function spikesOf({ outputs, options }: ReferenceTrace): number[] {
  const { batch } = options;
  const hidden = outputs.hidden!;
  const size = hidden.length / (options.steps * batch);
  const counts = new Array<number>(batch).fill(0);
  hidden.forEach((z, k) => {
    counts[Math.floor(k / size) % batch]! += z;
  });
  return counts;
}

/** Eligibility traces, forwards in time. */
export const online: GoldenForm = (...given) => {
  const { taskLoss, gradients, trace } = referenceEprop(...given);
  return { loss: taskLoss, gradients: gradients.weights, spikes: spikesOf(trace) };
};

/** One sweep backwards in time. */
export const reverse: GoldenForm = (...given) => {
  const { taskLoss, gradients, trace } = referenceGradient(...given);
  return { loss: taskLoss, gradients: gradients.weights, spikes: spikesOf(trace) };
};

const fileOf = (name: string) => new URL(`./nest-eprop/${name}`, import.meta.url);

/** A recorded array. */
export const recordedArray = (name: string) => decodeNpy(readFileSync(fileOf(name)), name).data;

/** What was recorded of both runs. */
export const recorded = (): Readonly<Record<'regression' | 'classification', Outcome>> =>
  JSON.parse(readFileSync(fileOf('expected.json'), 'utf8'));
