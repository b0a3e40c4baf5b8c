import { ParameterError } from '../../base/errors.ts';
import { exp } from '../../base/math.ts';

/** Least distance from 0 and 1 of a uniform draw of 23 bits. */
const RESOLUTION = 2 ** -24;
const MOST = 600;

/** A Poisson number is `offset` plus the number of `thresholds` below a uniform draw. */
export interface PoissonTable {
  readonly offset: number;
  readonly thresholds: Float32Array;
}

/**
 * The cumulative probabilities of a Poisson number, as far as draws of 23 bits can tell them apart from 0 and 1.
 *
 * Each probability is met to 2^-24, so that the mean is low by less than 10^-6 of itself.
 *
 * @param mean - 0 to 600
 * @throws ParameterError for a mean beyond
 */
export function poissonTable(where: string, mean: number): PoissonTable {
  if (!(mean >= 0 && mean <= MOST)) {
    throw new ParameterError(where, `expected at most ${MOST} spikes per step, got ${mean}`, {
      hint: 'rate times dt; use a shorter dt',
    });
  }
  let probability = exp(-mean);
  let cumulative = probability;
  let offset = 0;
  const thresholds: number[] = [];
  for (let k = 1; cumulative < 1 - RESOLUTION; k++) {
    if (cumulative < RESOLUTION) offset += 1;
    else thresholds.push(cumulative);
    probability *= mean / k;
    cumulative += probability;
    if (k > mean && probability < 1e-18) break;
  }
  return { offset, thresholds: Float32Array.from(thresholds) };
}
