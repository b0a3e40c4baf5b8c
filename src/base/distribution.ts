import { ParameterError } from './errors.ts';
import type { RandomStream } from './random.ts';

/** A distribution as plain data, for parameters and initial weights. */
export type Distribution =
  | { readonly kind: 'normal'; readonly mean: number; readonly sd: number }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number };

/** Normal distribution; both numbers in the unit of the quantity drawn. */
export function normal({ mean = 0, sd }: { mean?: number; sd: number }): Distribution {
  if (!(sd >= 0)) throw new ParameterError('normal', `expected sd >= 0, got ${sd}`);
  return { kind: 'normal', mean, sd };
}

/** Uniform distribution on (low, high). */
export function uniform(low: number, high: number): Distribution {
  if (!(low <= high)) throw new ParameterError('uniform', `expected low <= high, got ${low} and ${high}`);
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
