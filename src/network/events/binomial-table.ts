/** Probability, relative to that of the likeliest number, below which numbers are left out. */
const NEGLIGIBLE = 1e-18;

/** Turns uniform draws into binomial numbers. */
export interface BinomialTable {
  /** The number of successes that belongs to a uniform draw from (0, 1). */
  of(uniform: number): number;
}

/** Relative probabilities of the numbers after `mode` in one direction, as long as they matter. */
function tail(mode: number, last: number, ratio: (k: number) => number): number[] {
  const found: number[] = [];
  const step = Math.sign(last - mode);
  let weight = 1;
  for (let k = mode; k !== last && weight > NEGLIGIBLE; k += step) {
    weight *= ratio(k);
    found.push(weight);
  }
  return found;
}

/**
 * The number of successes in `trials` independent trials of probability `p`, by inversion.
 *
 * Probabilities come from their ratios, P(k + 1) / P(k) = (trials - k) / (k + 1) · p / (1 - p), outwards from the mode.
 */
export function binomialTable(trials: number, p: number): BinomialTable {
  if (p === 0 || p === 1 || trials === 0) return { of: () => trials * p };
  const odds = p / (1 - p);
  const mode = Math.min(trials, Math.floor((trials + 1) * p));
  const above = tail(mode, trials, (k) => ((trials - k) / (k + 1)) * odds);
  const below = tail(mode, 0, (k) => k / (trials - k + 1) / odds).reverse();
  const weights = [...below, 1, ...above];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let cumulative = 0;
  const limits = Float64Array.from(weights, (weight) => {
    cumulative += weight / total;
    return cumulative;
  });
  const first = mode - below.length;
  return {
    of: (uniform) => {
      let [low, high] = [0, limits.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (limits[middle]! < uniform) low = middle + 1;
        else high = middle;
      }
      return first + low;
    },
  };
}
