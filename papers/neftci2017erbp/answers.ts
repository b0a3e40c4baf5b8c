import type { SpikeTrain } from 'volley';
import { CLASSES } from './examples.ts';

/** Length of the parts in which answers and costs are followed, ms. */
export const BIN = 10;

/** What became of a number of test examples. */
export interface Answers {
  readonly examples: number;
  /** Fraction for which the right class has the most spikes; silence is wrong. */
  readonly accuracy: number;
  /** Fraction for which the first spike is that of the right class. */
  readonly firstSpike: number;
  /** Per part of the presentation, up to its end: the same with the spikes so far. */
  readonly accuracyBy: readonly number[];
  /** Spikes times synapses that they meet, per example, up to the end of each part. */
  readonly eventsBy: readonly number[];
  /** Answers [shown, answered]; silence is left out. */
  readonly confusion: readonly (readonly number[])[];
  /** Spikes per example, by layer. */
  readonly spikes: Readonly<Record<string, number>>;
}

/** The class with the most spikes, the first of them at a tie; -1 if there are none. */
export function mostSpikes(counts: ArrayLike<number>): number {
  let best = -1;
  for (let k = 0; k < counts.length; k++) if (counts[k]! > (best < 0 ? 0 : counts[best]!)) best = k;
  return best;
}

/** Sums over test examples. */
export class AnswerSums {
  readonly #bins: number;
  readonly #stepsPerBin: number;
  readonly #right: Float64Array;
  readonly #events: Float64Array;
  readonly #confusion = Array.from({ length: CLASSES }, () => Array<number>(CLASSES).fill(0));
  readonly #spikes: Record<string, number> = {};
  #first = 0;
  #examples = 0;

  constructor(steps: number, dt: number) {
    this.#stepsPerBin = Math.round(BIN / dt);
    this.#bins = Math.ceil(steps / this.#stepsPerBin);
    this.#right = new Float64Array(this.#bins);
    this.#events = new Float64Array(this.#bins);
  }

  /**
   * Adds one example.
   *
   * @param layers - spikes of the layers that plastic synapses start from, with the number of synapses of each neuron
   */
  add(
    label: number,
    prediction: SpikeTrain,
    layers: readonly { readonly name: string; readonly spikes: SpikeTrain; readonly synapses: number }[],
  ): void {
    this.#examples += 1;
    const { time, neuron } = prediction.events();
    if (neuron[0] === label) this.#first += 1;
    const counts = new Uint32Array(CLASSES);
    for (let bin = 0, k = 0; bin < this.#bins; bin++) {
      const end = (bin + 1) * this.#stepsPerBin;
      for (; k < time.length && time[k]! < end; k++) counts[neuron[k]!]! += 1;
      if (mostSpikes(counts) === label) this.#right[bin]! += 1;
    }
    const answer = mostSpikes(counts);
    if (answer >= 0) this.#confusion[label]![answer]! += 1;
    this.#count('prediction', neuron.length);
    for (const { name, spikes, synapses } of layers) {
      let total = 0;
      for (let bin = 0, from = 0; bin < this.#bins; bin++) {
        const to = Math.min(from + this.#stepsPerBin, spikes.time);
        const count = spikes.count(from, to);
        this.#events[bin]! += count * synapses;
        total += count;
        from = to;
      }
      this.#count(name, total);
    }
  }

  #count(name: string, spikes: number): void {
    this.#spikes[name] = (this.#spikes[name] ?? 0) + spikes;
  }

  get answers(): Answers {
    const examples = this.#examples;
    let sum = 0;
    const accuracyBy = Array.from(this.#right, (right) => right / examples);
    return {
      examples,
      accuracy: accuracyBy.at(-1)!,
      firstSpike: this.#first / examples,
      accuracyBy,
      eventsBy: Array.from(this.#events, (events) => {
        sum += events;
        return sum / examples;
      }),
      confusion: this.#confusion,
      spikes: Object.fromEntries(Object.entries(this.#spikes).map(([name, count]) => [name, count / examples])),
    };
  }
}
