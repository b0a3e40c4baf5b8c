import { ParameterError } from '../base/errors.ts';
import { exp } from '../base/math.ts';
import { checkedOptions } from '../base/options.ts';
import type { RandomStream } from '../base/random.ts';
import type { SpikeTrain } from '../tensor/bits.ts';
import { addBernoulliSpikes, type Block, spikeProbability } from './poisson.ts';

/** Parameters of a Gaussian population code. */
export interface PopulationCodeOptions {
  /** Smallest value to encode. */
  readonly min: number;
  /** Largest value to encode. */
  readonly max: number;
  /** Number of neurons, at least 2. */
  readonly size: number;
  /** Width of a tuning curve in units of (max - min) / size; default {@link defaultSpread}. */
  readonly spread?: number;
  /** Rate of a neuron at its preferred value, Hz; default 200. */
  readonly peakRate?: number;
  /** ms; default 1. */
  readonly dt?: number;
}

/** Encodes a value in the rates of neurons with Gaussian tuning curves. */
export interface PopulationCode {
  /** Preferred values, evenly spaced from min - 2 sigma to max + 2 sigma, [size]. */
  readonly centres: Float64Array;
  /** Standard deviation of a tuning curve, unit of the value. */
  readonly sigma: number;
  /** Rates for a value, Hz, [size]. */
  rates(value: number): Float64Array;
  /** Adds spikes for a constant value to a block; the neurons are `first` to `first + size - 1`. */
  addSpikes(train: SpikeTrain, block: Omit<Block, 'count'>, value: number, random: RandomStream): void;
}

/** Spread that keeps the code readable at the usual sizes: 4 near 20 neurons, 10 near 100, 20 near 160, else 2. */
export function defaultSpread(size: number): number {
  const known = [
    { near: 20, spread: 4 },
    { near: 100, spread: 10 },
    { near: 160, spread: 20 },
  ];
  return known.find(({ near }) => Math.abs(size - near) <= 0.1 * near)?.spread ?? 2;
}

/**
 * A Gaussian population code: rate_i(x) = peakRate * exp(-(c_i - x)^2 / (2 sigma^2)).
 *
 * @throws ParameterError for an empty range, fewer than 2 neurons, or a peak rate that one spike per step cannot reach
 */
export function populationCode(options: PopulationCodeOptions): PopulationCode {
  checkedOptions('populationCode', options, ['min', 'max', 'size', 'spread', 'peakRate', 'dt']);
  const { min, max, size, spread = defaultSpread(size), peakRate = 200, dt = 1 } = options;
  if (!(min < max)) throw new ParameterError('populationCode', `expected min < max, got ${min} and ${max}`);
  if (!Number.isInteger(size) || size < 2) {
    throw new ParameterError('populationCode', `expected at least 2 neurons, got ${size}`);
  }
  if (!(spread > 0)) throw new ParameterError('populationCode', `expected spread > 0, got ${spread}`);
  spikeProbability(peakRate, dt);
  const sigma = ((max - min) / size) * spread;
  const low = min - 2 * sigma;
  const step = (max - min + 4 * sigma) / (size - 1);
  const centres = Float64Array.from({ length: size }, (_, i) => low + i * step);
  const rates = (value: number) =>
    centres.map((centre) => peakRate * exp(-((centre - value) ** 2) / (2 * sigma * sigma)));
  return {
    centres,
    sigma,
    rates,
    addSpikes(train, block, value, random) {
      for (const [i, rate] of rates(value).entries()) {
        addBernoulliSpikes(train, { ...block, first: block.first + i, count: 1 }, spikeProbability(rate, dt), random);
      }
    },
  };
}
