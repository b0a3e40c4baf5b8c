import type { Code, FewSpikeParameters } from '../few-spike/parameters.ts';

/**
 * A unit of K memoryless neurons, each of which spikes at most once per image, in place of one activation unit:
 *
 *   z_i = H(c_i x - Σ_{j<i} h_ij z_j - T_i)        ŷ = offset + Σ_i d_i z_i        x = sign · clamp(u) + bias
 *
 * Neuron i looks at its input i steps after the unit got it: the copy of x that reaches it is delayed by i steps, the spike of
 * neuron j by i - j steps, and its own spike by K - i steps on the way out, so that all that one image causes leaves together.
 */
export interface AmosParameters {
  /** K, the number of neurons. */
  readonly neurons: number;
  /** c_1 … c_K, each 1 or -1; any other size is taken up by thresholds and inhibition. */
  readonly gains: Float64Array;
  /** T_1 … T_K, in units of the input. */
  readonly thresholds: Float64Array;
  /** h_ij from neuron j to the later neuron i, [K, K] row-major, strictly lower triangular, in units of the input. */
  readonly inhibition: Float64Array;
  /** d_1 … d_K, in units of the output. */
  readonly weights: Float64Array;
  /** What the output starts from. */
  readonly offset: number;
  /** Added to the clamped input. */
  readonly bias: number;
  readonly sign: 1 | -1;
  readonly range: readonly [number, number];
  readonly strict: boolean;
}

/** Units that stand in for one activation unit together: their outputs add up. */
export type AmosCode = readonly AmosParameters[];

/**
 * Unrolls a few-spike neuron in space: step t becomes neuron t, the reset of step j an inhibition of all later neurons.
 *
 * @eq stoeckl2020amos (unit)
 */
export function toAmos(parameters: FewSpikeParameters): AmosParameters {
  const { steps, thresholds, resets, weights, offset, bias, sign, range, strict } = parameters;
  const inhibition = new Float64Array(steps * steps);
  for (let i = 0; i < steps; i++) inhibition.set(resets.subarray(0, i), i * steps);
  return {
    neurons: steps,
    gains: new Float64Array(steps).fill(1),
    thresholds: thresholds.slice(),
    inhibition,
    weights: weights.slice(),
    offset,
    bias,
    sign,
    range,
    strict,
  };
}

/** {@link toAmos} of every neuron of a code. */
export const toAmosCode = (code: Code): AmosCode => code.map(toAmos);
