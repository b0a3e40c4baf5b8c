import { NumericsError, ParameterError } from '../base/errors.ts';

/** Bits of a float32 that a bin leaves out: bins are 2^-9 of their value wide. */
const DROPPED_BITS = 14;
const HALF = 2 ** (32 - DROPPED_BITS - 1);
const BINS = 2 * HALF;

/** Numbers that describe what went into a gate, for reports. */
export interface StatisticsSummary {
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly deviation: number;
  /** Percentiles 99, 99.9 and 99.99. */
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
}

/**
 * Statistics of a stream of float32 numbers: extremes, moments, and percentiles from a histogram over the leading bits of the
 * numbers, so that they are the same for any cut of the stream into batches and true to 0.2 % of their value.
 */
export class ValueStatistics {
  #count = 0;
  #sum = 0;
  #squares = 0;
  #minimum = Infinity;
  #maximum = -Infinity;
  readonly #bins = new Float64Array(BINS);

  /** @throws NumericsError on NaN or infinity */
  add(data: Float32Array): void {
    const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
    let [sum, squares, minimum, maximum] = [0, 0, this.#minimum, this.#maximum];
    for (let i = 0; i < data.length; i++) {
      const value = data[i]!;
      sum += value;
      squares += value * value;
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
      this.#bins[binOf(bits[i]!)]! += 1;
    }
    if (!Number.isFinite(sum)) {
      throw new NumericsError('ValueStatistics.add', 'expected finite numbers, got NaN or infinity');
    }
    this.#count += data.length;
    this.#sum += sum;
    this.#squares += squares;
    this.#minimum = minimum;
    this.#maximum = maximum;
  }

  get count(): number {
    return this.#count;
  }
  get minimum(): number {
    return this.#minimum;
  }
  get maximum(): number {
    return this.#maximum;
  }
  get mean(): number {
    return this.#sum / this.#count;
  }
  /** Standard deviation. */
  get deviation(): number {
    return Math.sqrt(Math.max(0, this.#squares / this.#count - this.mean ** 2));
  }

  /**
   * The value below which a share of the numbers lies.
   *
   * @param share - 0 to 1
   * @throws ParameterError outside of that, or if there are no numbers
   */
  quantile(share: number): number {
    return this.quantiles([share])[0]!;
  }

  /**
   * {@link quantile} of several shares at once.
   *
   * @param shares - 0 to 1, ascending
   */
  quantiles(shares: readonly number[]): number[] {
    const bins = this.#bins;
    let bin = 0;
    let below = 0;
    return shares.map((share) => {
      if (!(share >= 0 && share <= 1) || this.#count === 0) {
        throw new ParameterError('quantiles', `expected a share from 0 to 1 of some numbers, got ${share}`);
      }
      const wanted = share * this.#count;
      while (bin < BINS - 1 && (bins[bin] === 0 || wanted > below + bins[bin]!)) below += bins[bin++]!;
      const [low, high] = edgesOf(bin);
      const inBin = low + (high - low) * ((wanted - below) / bins[bin]!);
      return Math.min(this.#maximum, Math.max(this.#minimum, inBin));
    });
  }

  /** The share of the numbers below `low` or above `high`, 0 to 1; a bin that a limit cuts counts in proportion. */
  shareOutside(low: number, high: number): number {
    if (this.#minimum >= low && this.#maximum <= high) return 0;
    let outside = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const count = this.#bins[bin]!;
      if (count === 0) continue;
      const [from, to] = edgesOf(bin);
      const width = to - from;
      const below = width > 0 ? (Math.min(to, low) - from) / width : Number(to < low);
      const above = width > 0 ? (to - Math.max(from, high)) / width : Number(from > high);
      outside += count * (Math.max(0, below) + Math.max(0, above));
    }
    return Math.min(1, outside / this.#count);
  }

  summary(): StatisticsSummary {
    const { count, minimum, maximum, mean, deviation } = this;
    const [p99, p999, p9999] = this.quantiles([0.99, 0.999, 0.9999]) as [number, number, number];
    return { count, minimum, maximum, mean, deviation, p99, p999, p9999 };
  }
}

/** Bins in the order of the numbers: the negative ones by falling magnitude, then the others. */
function binOf(bits: number): number {
  const leading = bits >>> DROPPED_BITS;
  return leading >= HALF ? BINS - 1 - leading : HALF + leading;
}

const word = new Uint32Array(1);
const number = new Float32Array(word.buffer);

function edgesOf(bin: number): [low: number, high: number] {
  const magnitude = bin >= HALF ? bin - HALF : HALF - 1 - bin;
  word[0] = magnitude << DROPPED_BITS;
  const near = number[0]!;
  word[0] = (magnitude + 1) << DROPPED_BITS;
  // The last finite bin ends at infinity, which no interpolation survives.
  const far = Number.isFinite(number[0]!) ? number[0]! : near;
  return bin >= HALF ? [near, far] : [-far, -near];
}
