import type { FitTarget } from '../../few-spike/fit/target.ts';

/** The intervals of the grid on which the first neurons of a unit agree. */
interface Level {
  count: number;
  /** First point of every interval. */
  readonly begin: Int32Array;
  /** The spikes there: bit i for neuron i. */
  readonly pattern: Int32Array;
}

/**
 * The spike patterns of a unit over a grid, all gains 1. Where the spikes of earlier neurons agree, a neuron has one threshold, and
 * cuts the interval in two at most.
 */
export class UnitIntervals {
  /** T_i and h_ij, [K] and [K, K]. */
  readonly thresholds: Float64Array;
  readonly inhibition: Float64Array;
  readonly #target: FitTarget;
  readonly #levels: readonly Level[];

  constructor(target: FitTarget, neurons: number) {
    this.#target = target;
    this.thresholds = new Float64Array(neurons);
    this.inhibition = new Float64Array(neurons ** 2);
    this.#levels = Array.from({ length: neurons + 1 }, (_, i) => {
      const size = Math.min(2 ** i, target.points);
      return { count: 1, begin: new Int32Array(size), pattern: new Int32Array(size) };
    });
  }

  /** The intervals of all neurons; valid until the next {@link update}. */
  get last(): Readonly<Level> {
    return this.#levels.at(-1)!;
  }

  /** Works out the intervals of neuron `from`, numbered from 0, and all later ones. */
  update(from: number): void {
    for (let i = from; i < this.thresholds.length; i++) this.#cut(i);
  }

  #cut(neuron: number): void {
    const { low, spacing, points } = this.#target;
    const [before, after] = [this.#levels[neuron]!, this.#levels[neuron + 1]!];
    const { inhibition } = this;
    const row = neuron * this.thresholds.length;
    const scale = 1 / spacing;
    const bit = 1 << neuron;
    // Point i is at low + (i + 1/2) spacing: the first one at or above x is ceil((x - low) / spacing - 1/2).
    const origin = (this.thresholds[neuron]! - low) * scale - 0.5;
    let count = 0;
    for (let k = 0; k < before.count; k++) {
      const begin = before.begin[k]!;
      const end = k + 1 < before.count ? before.begin[k + 1]! : points;
      const pattern = before.pattern[k]!;
      let inhibited = 0;
      for (let bits = pattern; bits !== 0; ) {
        const j = 31 - Math.clz32(bits);
        bits ^= 1 << j;
        inhibited += inhibition[row + j]!;
      }
      const cut = Math.ceil(origin + inhibited * scale);
      if (cut > begin) {
        after.begin[count] = begin;
        after.pattern[count++] = pattern;
      }
      if (cut < end) {
        after.begin[count] = Math.max(cut, begin);
        after.pattern[count++] = pattern | bit;
      }
    }
    after.count = count;
  }
}
