import { ParameterError, unknownName } from './errors.ts';
import { checkedOptions, optionsOf } from './options.ts';
import type { RandomStream } from './random.ts';

/** A distribution as plain data, for parameters and initial weights. */
export type Distribution =
  | { readonly kind: 'normal'; readonly mean: number; readonly sd: number }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number };

/**
 * Normal distribution; both numbers in the unit of the quantity drawn.
 *
 * @throws ParameterError unless both are finite and sd >= 0
 */
export function normal(options: { mean?: number; sd: number }): Distribution {
  const { mean = 0, sd } = checkedOptions('normal', options, ['mean', 'sd']);
  if (!Number.isFinite(mean)) throw new ParameterError('normal', `expected a finite mean, got ${mean}`);
  if (!(sd >= 0 && Number.isFinite(sd))) throw new ParameterError('normal', `expected a finite sd >= 0, got ${sd}`);
  return { kind: 'normal', mean, sd };
}

/**
 * Uniform distribution on (low, high).
 *
 * @throws ParameterError unless both are finite and low <= high
 */
export function uniform(low: number, high: number): Distribution {
  if (!(low <= high && Number.isFinite(low) && Number.isFinite(high))) {
    throw new ParameterError('uniform', `expected finite low <= high, got ${low} and ${high}`);
  }
  return { kind: 'uniform', low, high };
}

/** One draw. */
export function draw(distribution: Distribution, random: RandomStream): number {
  return distribution.kind === 'normal'
    ? distribution.mean + distribution.sd * random.normal()
    : distribution.low + (distribution.high - distribution.low) * random.uniform();
}

/** Tells a distribution from a number or an array. */
export const isDistribution = (value: unknown): value is Distribution =>
  typeof value === 'object' && value !== null && 'kind' in value;

/** @throws ParameterError for a kind that does not exist, or for numbers that one may not have */
export function checkDistribution(where: string, distribution: Distribution): void {
  const { kind } = distribution;
  if (kind === 'normal') normal(optionsOf(distribution));
  else if (kind === 'uniform') uniform(distribution.low, distribution.high);
  else throw unknownName(where, 'distribution', String(kind), ['normal', 'uniform']);
}
