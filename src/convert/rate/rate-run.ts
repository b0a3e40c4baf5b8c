import { ShapeError } from '../../base/errors.ts';
import { annGraph } from '../ann-graph.ts';
import type { ActivationGate, StagedNetwork } from '../graph/stages.ts';
import { batchesOf, type ImageSource } from '../images.ts';
import type { Activity, GraphRuntime, GraphSession } from '../runtime.ts';
import { BatchMemory } from './batch-memory.ts';
import { LoadedStages } from './loaded-stages.ts';
import { checkRateOptions, type RateOptions } from './rate-options.ts';
import { answers, matches } from './score.ts';
import { reluGates } from './thresholds.ts';

export type { RateOptions };

/** A rate-coded network after a number of time steps. */
export interface RateResult {
  readonly steps: number;
  /** Share of right answers; absent without labels. */
  readonly accuracy?: number;
  /** Share of answers that are those of the network with its own ReLUs. */
  readonly agreement: number;
  /** Spikes so far per neuron and image. */
  readonly spikesPerNeuron: number;
  /** The same by gate. */
  readonly perGate: ReadonlyMap<string, number>;
  /** Mean square of the difference between the output per step and the output of the network with its own ReLUs. */
  readonly meanSquaredError: number;
}

/** All checkpoints of a run, and the network that it is measured by. */
export interface RateReport {
  readonly images: number;
  readonly neurons: number;
  /** Share of right answers of the network with its own ReLUs; absent without labels. */
  readonly annAccuracy?: number;
  readonly results: readonly RateResult[];
}

interface Tally {
  right: number;
  agreeing: number;
  squares: number;
  readonly spikes: Map<string, number>;
}

/**
 * Runs the plain baseline of conversion: one integrate-and-fire neuron per ReLU with reset by subtraction and a balanced
 * threshold, the image as a constant current, the biases in every step. The answer after T steps is the largest entry of the
 * output's sum so far. Within a step, layers follow each other without delay.
 *
 * @param images - [count, …], at once or piece by piece
 * @param labels - the right answers, in the order of the images
 * @throws UnsupportedError unless every gate is a ReLU
 * @throws ParameterError for checkpoints, a batch or a start out of range; ShapeError for images that do not fit, or too few labels
 * @see rueckauer2017conversion; `start: 0.5` is the initial potential of bu2022qcfs
 */
export async function rateRun(
  staged: StagedNetwork,
  runtime: GraphRuntime,
  images: ImageSource,
  labels: ArrayLike<number> | undefined,
  options: RateOptions,
): Promise<RateReport> {
  const gates = reluGates(staged);
  checkRateOptions(gates, options);
  const stages = await LoadedStages.load(staged, runtime);
  const ann = await runtime.load(annGraph(staged));
  try {
    const run = new RateRun(stages, ann, gates, options);
    for await (const batch of batchesOf('rateRun', images, staged.input, options.batch ?? 32)) {
      await run.add(batch, labels);
      options.onProgress?.(run.images);
    }
    return run.report(labels !== undefined);
  } finally {
    await ann.release();
    await stages.release();
  }
}

/** A run over batches of images, with what it has counted. */
class RateRun {
  images = 0;
  readonly #stages: LoadedStages;
  readonly #ann: GraphSession;
  readonly #gates: readonly ActivationGate[];
  readonly #options: RateOptions;
  readonly #tallies: readonly Tally[];
  #memory: BatchMemory | undefined;
  #annRight = 0;
  #outputs = 0;

  constructor(stages: LoadedStages, ann: GraphSession, gates: readonly ActivationGate[], options: RateOptions) {
    this.#stages = stages;
    this.#ann = ann;
    this.#gates = gates;
    this.#options = options;
    const zero = () => ({ right: 0, agreeing: 0, squares: 0, spikes: new Map(gates.map(({ name }) => [name, 0])) });
    this.#tallies = options.checkpoints.map(zero);
  }

  async add(images: Activity, labels: ArrayLike<number> | undefined): Promise<void> {
    const { staged } = this.#stages;
    const rows = images.shape[0]!;
    if (labels && labels.length < this.images + rows) {
      throw new ShapeError('rateRun', `expected a label for every image, got ${labels.length}`);
    }
    const exact = (await this.#ann.run(new Map([[staged.input.name, images]]))).get(staged.output.name)!.data;
    const wanted = answers(exact, rows);
    const right = labels && wanted.map((_, i) => labels[this.images + i]!);
    if (right) this.#annRight += matches(wanted, right);
    await this.#spike(images, rows, (mean, tally) => {
      const got = answers(mean, rows);
      tally.agreeing += matches(got, wanted);
      tally.squares += exact.reduce((sum, value, k) => sum + (value - mean[k]!) ** 2, 0);
      if (right) tally.right += matches(got, right);
    });
    this.images += rows;
    this.#outputs += exact.length;
  }

  /** Calls `look` with the mean of the output over the steps so far at every checkpoint. */
  async #spike(images: Activity, rows: number, look: (mean: Float64Array, tally: Tally) => void): Promise<void> {
    const { checkpoints, start = 0, thresholds } = this.#options;
    const { staged, constant } = this.#stages;
    if (this.#memory?.rows !== rows) this.#memory = new BatchMemory(this.#stages, rows, thresholds);
    const memory = this.#memory;
    memory.values.get(staged.input.name)!.data.set(images.data);
    memory.start(start);
    const output = memory.values.get(staged.output.name)!.data;
    const sum = new Float64Array(output.length);
    const spikes = new Map(this.#gates.map(({ name }) => [name, 0]));
    const gate = ({ name }: ActivationGate) => void spikes.set(name, spikes.get(name)! + memory.step(name));
    for (let t = 1, next = 0; next < checkpoints.length; t++) {
      await this.#stages.run(memory.values, gate, t === 1 ? new Set() : constant);
      for (let k = 0; k < sum.length; k++) sum[k]! += output[k]!;
      if (t !== checkpoints[next]) continue;
      const tally = this.#tallies[next++]!;
      for (const [name, count] of spikes) tally.spikes.set(name, tally.spikes.get(name)! + count);
      look(
        sum.map((value) => value / t),
        tally,
      );
    }
  }

  report(labelled: boolean): RateReport {
    const { images } = this;
    const total = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);
    const sizes = this.#memory?.neurons ?? new Map<string, number>();
    const neurons = total(sizes.values());
    const results = this.#tallies.map(({ right, agreeing, squares, spikes }, i) => ({
      steps: this.#options.checkpoints[i]!,
      ...(labelled && { accuracy: right / images }),
      agreement: agreeing / images,
      spikesPerNeuron: total(spikes.values()) / images / neurons,
      perGate: new Map([...spikes].map(([name, count]) => [name, count / images / sizes.get(name)!])),
      meanSquaredError: squares / this.#outputs,
    }));
    return { images, neurons, ...(labelled && { annAccuracy: this.#annRight / images }), results };
  }
}

/**
 * The first checkpoint from which on the accuracy stays within `points` percentage points of the network's own.
 *
 * @returns undefined if there is none, or if there were no labels
 */
export function firstWithin({ annAccuracy, results }: RateReport, points = 1): RateResult | undefined {
  if (annAccuracy === undefined) return undefined;
  const least = annAccuracy - points / 100;
  const lastBelow = results.findLastIndex(({ accuracy = 0 }) => accuracy < least);
  return results[lastBelow + 1];
}
