import { ParameterError } from '../../../base/errors.ts';
import { exp } from '../../../base/math.ts';

/** How much an error counts by where the input is: everywhere the same, or by a normal density with a floor. */
export type Weighting =
  | 'uniform'
  | {
      readonly mean: number;
      readonly deviation: number;
      /** Added to the density, relative to its peak. Default 0.02. */
      readonly floor?: number;
    };

const POINTS = 8192;

/**
 * A function on a grid, as running sums: what a least-squares fit of constants on any interval of the grid needs.
 *
 * Weights are normalised to sum 1. Entry i of a sum is over the points before i.
 */
export interface FitTarget {
  readonly low: number;
  readonly high: number;
  readonly points: number;
  readonly spacing: number;
  /** Σ w. */
  readonly weight: Float64Array;
  /** Σ w f. */
  readonly moment: Float64Array;
  /** Σ w f² over all points. */
  readonly energy: number;
}

/** What an error at x counts, before weights are normalised. */
export function weightAt(weighting: Weighting, x: number): number {
  if (weighting === 'uniform') return 1;
  const { mean, deviation, floor = 0.02 } = weighting;
  return floor + exp(-0.5 * ((x - mean) / deviation) ** 2);
}

/**
 * Samples a function at the middles of equal cells of the range.
 *
 * @throws ParameterError for an empty or infinite range, a deviation that is not positive, or values that are not finite
 */
export function fitTarget(
  f: (x: number) => number,
  [low, high]: readonly [number, number],
  weighting: Weighting = 'uniform',
): FitTarget {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw new ParameterError('fitTarget', `expected a finite range with low < high, got [${low}, ${high}]`);
  }
  if (weighting !== 'uniform' && !(weighting.deviation > 0 && Number.isFinite(weighting.mean))) {
    const got = `mean ${weighting.mean}, deviation ${weighting.deviation}`;
    throw new ParameterError('fitTarget', `expected a finite mean and a positive deviation, got ${got}`);
  }
  const spacing = (high - low) / POINTS;
  const weight = new Float64Array(POINTS + 1);
  const moment = new Float64Array(POINTS + 1);
  let energy = 0;
  for (let i = 0; i < POINTS; i++) {
    const x = low + (i + 0.5) * spacing;
    const value = f(x);
    if (!Number.isFinite(value)) throw new ParameterError('fitTarget', `expected a finite value at ${x}, got ${value}`);
    const w = weightAt(weighting, x);
    weight[i + 1] = weight[i]! + w;
    moment[i + 1] = moment[i]! + w * value;
    energy += w * value * value;
  }
  const total = weight[POINTS]!;
  for (let i = 0; i <= POINTS; i++) {
    weight[i]! /= total;
    moment[i]! /= total;
  }
  return { low, high, points: POINTS, spacing, weight, moment, energy: energy / total };
}
