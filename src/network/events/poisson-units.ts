import { exp } from '../../base/math.ts';

/** Expected events per unit, at most: one block of random words then mostly does. */
const MOST_EVENTS = 11;
/** Above this mean per neuron, numbers are drawn neuron by neuron. */
const MOST_MEAN = 1;

/** Events of Poisson drives, drawn for units of neurons: how many, then whose. */
export interface PoissonUnits {
  /** Neurons per unit is 2^indexBits, at most 64. */
  readonly indexBits: number;
  /** A unit has as many events as there are thresholds below a random word; the last is never below. */
  readonly thresholds: Uint32Array;
  /** Per upper byte of a word, how many thresholds are below all words that begin with it. */
  readonly guide: Uint8Array;
}

/** Thresholds of a Poisson number: P(number ≤ k) · 2^32 words are at most the threshold k. */
function thresholdsOf(mean: number): Uint32Array {
  const found: number[] = [];
  let probability = exp(-mean);
  let cumulative = probability;
  for (let k = 1; Math.floor(cumulative * 2 ** 32) < 2 ** 32; k++) {
    found.push(Math.floor(cumulative * 2 ** 32) - 1);
    probability *= mean / k;
    cumulative += probability;
    if (k > mean && probability < 2 ** -34) break;
  }
  return Uint32Array.from([...found, 2 ** 32 - 1]);
}

/**
 * How to draw a drive by its events: units of as many neurons as have few events together; their number is Poisson
 * distributed, and each belongs to any neuron of the unit alike. That is the law of independent Poisson numbers per neuron.
 *
 * Each probability is met to 2^-32.
 *
 * @param mean - events per neuron and step
 * @returns undefined if nothing happens, or so much that drawing a number per neuron is cheaper
 */
export function poissonUnits(mean: number): PoissonUnits | undefined {
  if (mean <= 0 || mean > MOST_MEAN) return undefined;
  let indexBits = 6;
  while (mean * 2 ** indexBits > MOST_EVENTS) indexBits -= 1;
  const thresholds = thresholdsOf(mean * 2 ** indexBits);
  const guide = Uint8Array.from({ length: 256 }, (_, byte) => {
    return thresholds.findIndex((threshold) => threshold >= byte * 2 ** 24);
  });
  return { indexBits, thresholds, guide };
}
