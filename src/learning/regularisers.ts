import { ParameterError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';

/** Pulls every neuron's firing rate towards a target, as plain data. */
export interface FiringRate {
  readonly kind: 'firingRate';
  readonly population: string;
  /** Hz. */
  readonly target: number;
  /** λ, per (spike per ms)². */
  readonly strength: number;
}

export type Regulariser = FiringRate;

/**
 * E = strength · Σ_j (f_j - f_0)², f_j the mean rate of neuron j over batch and time and f_0 the target, both in
 * spikes per ms: a deviation of 10 Hz of one neuron costs strength · 10⁻⁴.
 *
 * @param options.target - Hz, default 10
 * @throws ParameterError for a negative target or strength
 */
export function firingRate(options: { population: string; target?: number; strength: number }): FiringRate {
  checkedOptions('firingRate', options, ['population', 'target', 'strength']);
  const { population, target = 10, strength } = options;
  if (!(target >= 0 && target < Infinity))
    throw new ParameterError('firingRate', `expected target of 0 Hz or more, got ${target}`);
  if (!(strength >= 0 && strength < Infinity)) {
    throw new ParameterError('firingRate', `expected strength of 0 or more, got ${strength}`);
  }
  return { kind: 'firingRate', population, target, strength };
}

/** What spikes were counted over, and what is wanted of them. */
export interface FiringRateOptions {
  /** Time steps, and sequences in the whole batch. */
  readonly steps: number;
  readonly batch: number;
  /** ms. */
  readonly dt: number;
  /** Hz. */
  readonly target: number;
  readonly strength: number;
}

/**
 * The firing-rate regulariser and its derivative.
 *
 * @param counts - spikes of each neuron over all steps and the whole batch, [N]
 * @returns the loss, and `gradient[j]` = dE/dz_j, the same for every step and sequence
 * @eq bellec2018lsnn (firing-rate regularisation)
 */
export function firingRateTerm(
  counts: ArrayLike<number>,
  { steps, batch, dt, target, strength }: FiringRateOptions,
): { loss: number; gradient: Float64Array } {
  const duration = steps * batch * dt;
  const wanted = target / 1000;
  const gradient = new Float64Array(counts.length);
  let loss = 0;
  for (let j = 0; j < counts.length; j++) {
    const excess = counts[j]! / duration - wanted;
    loss += strength * excess * excess;
    gradient[j] = (2 * strength * excess) / duration;
  }
  return { loss, gradient };
}
