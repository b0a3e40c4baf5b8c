import { ParameterError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import type { SpikeList } from './spike-list.ts';

/** Spikes of each neuron in the order of time: those of neuron n are starts[n] … starts[n + 1] - 1. */
function byNeuron({ size, time, neuron }: SpikeList): { starts: Uint32Array; times: Uint32Array } {
  const starts = new Uint32Array(size + 1);
  for (const n of neuron) starts[n + 1]! += 1;
  for (let n = 0; n < size; n++) starts[n + 1]! += starts[n]!;
  const next = starts.slice();
  const times = new Uint32Array(time.length);
  for (let k = 0; k < time.length; k++) times[next[neuron[k]!]!++] = time[k]!;
  return { starts, times };
}

/** The mean firing rate of the neurons, in Hz; NaN for a list that covers no steps. */
export const meanRate = ({ size, steps, dt, time }: SpikeList): number => (1000 * time.length) / (size * steps * dt);

/** Mean and standard deviation (of the values given, not of a population they are drawn from). */
function moments(values: ArrayLike<number>): { mean: number; sd: number } {
  let [sum, squares] = [0, 0];
  for (let k = 0; k < values.length; k++) sum += values[k]!;
  const mean = sum / values.length;
  for (let k = 0; k < values.length; k++) squares += (values[k]! - mean) ** 2;
  return { mean, sd: Math.sqrt(squares / values.length) };
}

/**
 * The coefficient of variation of the intervals between a neuron's spikes, as the mean over the neurons with `least`
 * spikes or more; NaN if there is none. 0 is a clock, 1 a Poisson process.
 */
export function intervalVariation(events: SpikeList, least = 5): number {
  const { starts, times } = byNeuron(events);
  const found: number[] = [];
  for (let n = 0; n < events.size; n++) {
    const own = times.subarray(starts[n]!, starts[n + 1]!);
    if (own.length < Math.max(2, least)) continue;
    const { mean, sd } = moments(Float64Array.from(own.subarray(1), (t, k) => t - own[k]!));
    found.push(sd / mean);
  }
  return found.length === 0 ? Number.NaN : moments(found).mean;
}

/** How {@link pairCorrelation} counts. */
export interface CorrelationOptions {
  /** Time in which spikes are counted, ms; rounded to time steps. Default 5. */
  readonly bin?: number;
  /** The first so many neurons are looked at. Default 200. */
  readonly neurons?: number;
}

/**
 * The mean correlation of the spike counts of two neurons, over all pairs of those looked at whose counts differ between
 * bins; NaN if there is no such pair.
 *
 * Σ of all entries of a correlation matrix is the variance of the sum of standardised counts, so pairs need no loop.
 *
 * @throws ParameterError for a bin shorter than a time step and for a number of neurons that is no positive integer
 */
export function pairCorrelation(events: SpikeList, options: CorrelationOptions = {}): number {
  const { bin = 5, neurons = 200 } = checkedOptions('pairCorrelation', options, ['bin', 'neurons']);
  const stepsPerBin = Math.round(bin / events.dt);
  if (!(stepsPerBin >= 1 && Number.isSafeInteger(stepsPerBin))) {
    throw new ParameterError('pairCorrelation', `expected bins of ${events.dt} ms or more, got ${bin}`, {
      hint: 'a time step is the least that can be told apart',
    });
  }
  if (!(Number.isSafeInteger(neurons) && neurons >= 1)) {
    throw new ParameterError('pairCorrelation', `expected a number of neurons of 1 or more, got ${neurons}`);
  }
  const bins = Math.floor(events.steps / stepsPerBin);
  const size = Math.min(neurons, events.size);
  const counts = new Float64Array(size * bins);
  for (let k = 0; k < events.time.length; k++) {
    const [n, at] = [events.neuron[k]!, Math.floor(events.time[k]! / stepsPerBin)];
    if (n < size && at < bins) counts[n * bins + at]! += 1;
  }
  const sum = new Float64Array(bins);
  let used = 0;
  for (let n = 0; n < size; n++) {
    const own = counts.subarray(n * bins, (n + 1) * bins);
    const { mean, sd } = moments(own);
    if (sd === 0) continue;
    used += 1;
    for (let b = 0; b < bins; b++) sum[b]! += (own[b]! - mean) / sd;
  }
  return used < 2 ? Number.NaN : (moments(sum).sd ** 2 - used) / (used * (used - 1));
}
