import { stepsOf } from '../few-spike/evaluate.ts';
import type { Code } from '../few-spike/parameters.ts';

/** Spikes of one gate. */
export interface SpikeCounts {
  readonly total: number;
  /** By step, [K]; the neurons of a code run side by side. */
  readonly perStep: Float64Array;
}

/** Gathers the spikes of planes, per neuron of the code and step, into steps. */
export function countsOf(code: Code, planes: ArrayLike<number>): SpikeCounts {
  const perStep = new Float64Array(stepsOf(code));
  let plane = 0;
  let total = 0;
  for (const { steps } of code) {
    for (let t = 0; t < steps; t++, plane++) {
      perStep[t]! += planes[plane]!;
      total += planes[plane]!;
    }
  }
  return { total, perStep };
}

/** The sum of two counts of one gate. */
export function addCounts(a: SpikeCounts | undefined, b: SpikeCounts): SpikeCounts {
  if (!a) return b;
  return { total: a.total + b.total, perStep: a.perStep.map((count, t) => count + b.perStep[t]!) };
}

/**
 * A code that reads the values of another and gives the same values and spikes: what lets spikes pass on. Half a least weight on its
 * input keeps rounding of the values from losing the last spike.
 *
 * @param code - one neuron that codes in binary
 */
export function relayCode([neuron]: Code): Code {
  const { weights, offset, steps } = neuron!;
  const resets = weights.slice();
  resets[steps - 1] = 0;
  return [
    {
      steps,
      thresholds: weights,
      resets,
      weights,
      offset,
      bias: weights[steps - 1]! / 2 - offset,
      sign: 1,
      range: [-Infinity, Infinity],
      strict: false,
    },
  ];
}
