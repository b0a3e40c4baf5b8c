import type { FitTarget } from './target.ts';

/** The intervals of the grid on which all steps before one agree. */
interface Level {
  count: number;
  /** First point of every interval. */
  readonly begin: Int32Array;
  /** What has been subtracted from the input there. */
  readonly shift: Float64Array;
  /** The spikes there: bit t for step t. */
  readonly pattern: Int32Array;
}

/**
 * The spike patterns of a few-spike neuron over a grid. Where all spikes so far agree, v is the input minus a constant; a
 * step cuts such an interval in two at most, so the work is in proportion to intervals, not to points.
 */
export class Intervals {
  readonly #target: FitTarget;
  readonly #levels: Level[];

  constructor(target: FitTarget, steps: number) {
    this.#target = target;
    this.#levels = Array.from({ length: steps + 1 }, (_, t) => {
      const size = Math.min(2 ** t, target.points);
      return {
        count: 1,
        begin: new Int32Array(size),
        shift: new Float64Array(size),
        pattern: new Int32Array(size),
      };
    });
  }

  /** The intervals of all steps; valid until the next {@link update}. */
  get last(): Readonly<Level> {
    return this.#levels.at(-1)!;
  }

  /** Works out the intervals behind step `from`, numbered from 0, and all later ones. */
  update(thresholds: Float64Array, resets: Float64Array, from: number): void {
    for (let t = from; t + 1 < this.#levels.length; t++) this.#step(t, thresholds[t]!, resets[t]!);
  }

  #step(t: number, threshold: number, reset: number): void {
    const { low, spacing, points } = this.#target;
    const before = this.#levels[t]!;
    const after = this.#levels[t + 1]!;
    const scale = 1 / spacing;
    const bit = 1 << t;
    // Point i is at low + (i + 1/2) spacing: the first one at or above x is ceil((x - low) / spacing - 1/2).
    const origin = (threshold - low) * scale - 0.5;
    let count = 0;
    for (let i = 0; i < before.count; i++) {
      const begin = before.begin[i]!;
      const end = i + 1 < before.count ? before.begin[i + 1]! : points;
      const shift = before.shift[i]!;
      const cut = Math.ceil(origin + shift * scale);
      if (cut > begin) {
        after.begin[count] = begin;
        after.shift[count] = shift;
        after.pattern[count++] = before.pattern[i]!;
      }
      if (cut < end) {
        after.begin[count] = Math.max(cut, begin);
        after.shift[count] = shift + reset;
        after.pattern[count++] = before.pattern[i]! | bit;
      }
    }
    after.count = count;
  }
}
