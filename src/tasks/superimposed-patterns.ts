import { ParameterError } from '../base/errors.ts';
import { exp } from '../base/math.ts';
import { checkedOptions } from '../base/options.ts';
import { type RandomState, RandomStream } from '../base/random.ts';
import { SpikeTrain } from '../tensor/bits.ts';

/** Parameters of superimposed patterns; the defaults are those of the published task. */
export interface SuperimposedPatternsOptions {
  /** Pixels of every pattern, 1 where it is on; all of the same length. */
  readonly patterns: readonly ArrayLike<number>[];
  /** Patterns shown at once at most; default 3. */
  readonly slots?: number;
  /** Fraction of time for which a slot shows a pattern, below 1; default 0.9. */
  readonly activity?: number;
  /** Duration of a pattern, ms; default 50. */
  readonly duration?: number;
  /** Rate of a pixel that is on, Hz; default 75. */
  readonly rate?: number;
  /** Largest rate of the noise that fills each free slot, Hz; default 3. */
  readonly noise?: number;
}

/** A time at which a pattern was shown. */
export interface Presentation {
  readonly pattern: number;
  /** First step, counted from the start of the stream. */
  readonly onset: number;
}

/** A stretch of the stream. */
export interface SuperimposedSpikes {
  /** Step of the stream that is row 0 of `spikes`. */
  readonly start: number;
  readonly spikes: SpikeTrain;
  /** What began in this stretch, in order of time. */
  readonly presentations: readonly Presentation[];
}

interface Slot {
  pattern: number;
  /** Steps left; 0: free. */
  left: number;
}

/** What a stream needs to go on where it stopped, as plain data. */
export interface SuperimposedState {
  readonly random: RandomState;
  readonly step: number;
  readonly slots: readonly Readonly<Slot>[];
}

/** Horizontal and vertical bars on a square of pixels: patterns 0 … side - 1 are columns, the others rows. */
export function bars(side: number): Uint8Array[] {
  return Array.from({ length: 2 * side }, (_, k) =>
    Uint8Array.from({ length: side * side }, (_, pixel) =>
      (k < side ? pixel % side === k : Math.floor(pixel / side) === k - side) ? 1 : 0,
    ),
  );
}

/**
 * The probability with which a free slot starts a pattern in a step, such that it is taken for the fraction `activity` of
 * time: p / (L - p (L - 1)).
 */
export const startProbability = (activity: number, steps: number): number =>
  activity / (steps - activity * (steps - 1));

/** A soft OR: the rate of a pixel under so many patterns, which saturates at `rate`; Hz. */
export const softOr = (patterns: number, rate: number): number => rate / (1 + exp(5 - 10 * patterns));

/**
 * An endless stream of patterns that overlap at random times, as Poisson spikes; time steps of 1 ms.
 *
 * Every slot by itself shows patterns one after another; a pattern is never shown twice at once. The rate of a pixel is a soft OR
 * of the patterns that hold it, plus noise while slots are free. The noise is drawn afresh for every pixel and step, so
 * that a spike has the probability of its mean.
 *
 * @eq jonke2017feedback (superimposed bars)
 * @example
 * const stream = new SuperimposedPatterns({ patterns: bars(8) }, 1);
 * const { spikes, presentations } = stream.next(1000);
 */
export class SuperimposedPatterns {
  readonly size: number;
  readonly duration: number;
  readonly patterns: readonly ArrayLike<number>[];
  readonly #start: number;
  readonly #noise: number;
  /** Spike probability of a pixel under 0, 1, 2 … patterns. */
  readonly #probability: readonly number[];
  readonly #counts: Uint8Array;
  #slots: Slot[];
  #random: RandomStream;
  #step = 0;

  /**
   * @param seed - of patterns and spikes
   * @param stream - number of the stream of random draws
   * @throws ParameterError for no patterns, patterns of different lengths, or values out of range
   */
  constructor(options: SuperimposedPatternsOptions, seed: number, stream = 0) {
    checkedOptions('SuperimposedPatterns', options, ['patterns', 'slots', 'activity', 'duration', 'rate', 'noise']);
    const { patterns, slots = 3, activity = 0.9, duration = 50, rate = 75, noise = 3 } = options;
    check({ patterns, slots, activity, duration, rate, noise });
    this.patterns = patterns;
    this.size = patterns[0]!.length;
    this.duration = duration;
    this.#start = startProbability(activity, duration);
    this.#noise = (noise / 2) * 1e-3;
    this.#probability = Array.from({ length: slots + 1 }, (_, count) => softOr(count, rate) * 1e-3);
    this.#counts = new Uint8Array(this.size);
    this.#slots = Array.from({ length: slots }, () => ({ pattern: 0, left: 0 }));
    this.#random = new RandomStream(seed, stream);
  }

  /** The next `steps` ms. */
  next(steps: number): SuperimposedSpikes {
    const start = this.#step;
    const spikes = new SpikeTrain(steps, 1, this.size);
    const presentations: Presentation[] = [];
    for (let t = 0; t < steps; t++, this.#step++) {
      this.#startPatterns(presentations);
      this.#addSpikes(spikes.data, t * spikes.rowBytes);
      this.#endPatterns();
    }
    return { start, spikes, presentations };
  }

  get state(): SuperimposedState {
    return { random: this.#random.state, step: this.#step, slots: this.#slots.map((slot) => ({ ...slot })) };
  }

  /** Goes on from a {@link state} of a stream with the same options. */
  restore({ random, step, slots }: SuperimposedState): void {
    this.#random = RandomStream.from(random);
    this.#step = step;
    this.#slots = slots.map((slot) => ({ ...slot }));
    this.#counts.fill(0);
    for (const { pattern, left } of this.#slots) if (left > 0) this.#show(pattern, 1);
  }

  #startPatterns(presentations: Presentation[]): void {
    for (const slot of this.#slots) {
      if (slot.left > 0 || this.#random.uniform() >= this.#start) continue;
      slot.pattern = this.#freePattern();
      slot.left = this.duration;
      this.#show(slot.pattern, 1);
      presentations.push({ pattern: slot.pattern, onset: this.#step });
    }
  }

  /** Uniform among the patterns that are not shown now; by rejection. */
  #freePattern(): number {
    for (;;) {
      const pattern = this.#random.integer(this.patterns.length);
      if (!this.#slots.some((slot) => slot.left > 0 && slot.pattern === pattern)) return pattern;
    }
  }

  #addSpikes(data: Uint8Array, row: number): void {
    const free = this.#slots.filter(({ left }) => left === 0).length;
    const noise = free * this.#noise;
    for (let pixel = 0; pixel < this.size; pixel++) {
      if (this.#random.uniform() < this.#probability[this.#counts[pixel]!]! + noise) {
        data[row + (pixel >> 3)]! |= 1 << (pixel & 7);
      }
    }
  }

  #endPatterns(): void {
    for (const slot of this.#slots) {
      if (slot.left === 0) continue;
      slot.left -= 1;
      if (slot.left === 0) this.#show(slot.pattern, -1);
    }
  }

  #show(pattern: number, by: 1 | -1): void {
    const pixels = this.patterns[pattern]!;
    for (let k = 0; k < this.size; k++) if (pixels[k]! > 0) this.#counts[k]! += by;
  }
}

function check({ patterns, slots, activity, duration, rate, noise }: Required<SuperimposedPatternsOptions>): void {
  const refuse = (what: string, got: unknown) => {
    throw new ParameterError('SuperimposedPatterns', `expected ${what}, got ${got}`);
  };
  const lengths = new Set(patterns.map(({ length }) => length));
  if (lengths.size !== 1 || lengths.has(0)) refuse('patterns of one length', `lengths [${[...lengths]}]`);
  if (!Number.isInteger(slots) || slots < 1 || slots > patterns.length) refuse('1 slot to one per pattern', slots);
  if (!(activity > 0 && activity < 1)) refuse('an activity between 0 and 1', activity);
  if (!Number.isInteger(duration) || duration < 1) refuse('a duration of whole milliseconds', duration);
  if (!(rate >= 0 && rate <= 1000)) refuse('a rate from 0 to 1000 Hz', rate);
  if (!(noise >= 0 && noise <= 1000)) refuse('noise from 0 to 1000 Hz', noise);
}
