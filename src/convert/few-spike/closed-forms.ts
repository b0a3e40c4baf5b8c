import { ParameterError } from '../../base/errors.ts';
import type { FewSpikeCode, FewSpikeParameters } from './parameters.ts';

/** Options of the codes that need no fitting. */
export interface CodeOptions {
  /** K, 1 or more. */
  readonly steps: number;
  /** Rounds to the nearest step of the code instead of down, by half a least step on the input. Default false. */
  readonly round?: boolean;
  /** Whether a spike needs v > T instead of v ≥ T. Default false. */
  readonly strict?: boolean;
}

/** Options of the codes whose largest value is free. */
export interface ScaledCodeOptions extends CodeOptions {
  /** Twice the weight of the first spike: the code ends at α (1 - 2^-K). */
  readonly alpha: number;
  /** Rounds α up to a power of two, so that thresholds, resets and weights are shifts. Default false. */
  readonly dyadic?: boolean;
}

const UNBOUNDED = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/** α 2^-1 … α 2^-K: powers of two, so that each is exact. */
const binarySteps = (steps: number, alpha: number): Float64Array =>
  Float64Array.from({ length: steps }, (_, t) => alpha * 2 ** -(t + 1));

function checkOptions(where: string, { steps, alpha }: { steps: number; alpha: number }): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > 64) {
    throw new ParameterError(where, `expected a whole number of steps from 1 to 64, got ${steps}`);
  }
  if (!(alpha > 0 && alpha < Number.POSITIVE_INFINITY)) {
    throw new ParameterError(where, `expected a positive, finite alpha, got ${alpha}`);
  }
}

/** The binary expansion of sign · input / α, read out with weights `gain` times as large. */
function binaryCode(
  where: string,
  { steps, alpha, round = false, strict = false }: ScaledCodeOptions,
  { sign = 1, gain = 1, bias = 0 }: { sign?: 1 | -1; gain?: number; bias?: number } = {},
): FewSpikeParameters {
  checkOptions(where, { steps, alpha });
  const thresholds = binarySteps(steps, alpha);
  const resets = thresholds.slice();
  resets[steps - 1] = 0;
  const half = round ? alpha * 2 ** -(steps + 1) : 0;
  return {
    steps,
    thresholds,
    resets,
    weights: thresholds.map((value) => gain * value),
    offset: 0,
    bias: bias + half,
    sign,
    range: UNBOUNDED,
    strict,
  };
}

/** The α whose code ends at `top`: top / (1 - 2^-K), or the next power of two above it. */
export function alphaFor(top: number, steps: number, dyadic = false): number {
  const alpha = top / (1 - 2 ** -steps);
  if (!dyadic) return alpha;
  let power = 1;
  while (power < alpha) power *= 2;
  while (power / 2 >= alpha) power /= 2;
  return power;
}

function scaled(options: ScaledCodeOptions): ScaledCodeOptions {
  const { alpha, dyadic = false } = options;
  return dyadic && alpha > 0 && alpha < Number.POSITIVE_INFINITY
    ? { ...options, alpha: alphaFor(alpha, Number.POSITIVE_INFINITY, true) }
    : options;
}

/**
 * ReLU as a binary expansion, most significant bit first: T(t) = h(t) = d(t) = α 2^-t. With Δ = α 2^-K, inputs in [0, α) lose
 * less than Δ (at most Δ/2 either way with `round`), inputs below Δ (Δ/2) give no spike, larger ones than α saturate.
 *
 * @throws ParameterError for steps that are not 1 to 64, or an alpha that is not positive
 * @eq stoeckl2021fs (ReLU)
 * @example
 * const [neuron] = reluCode({ steps: 8, alpha: 6, round: true });
 */
export function reluCode(options: ScaledCodeOptions): FewSpikeCode {
  return [binaryCode('reluCode', scaled(options))];
}

/** ReLU that ends at 6, exactly: α = 6 / (1 - 2^-K). */
export function relu6Code(options: CodeOptions): FewSpikeCode {
  return [binaryCode('relu6Code', { ...options, alpha: alphaFor(6, options.steps) })];
}

/** clip(x / 6 + 1/2, 0, 1): a binary expansion of x + 3 with weights 2^-t; off by at most 2^-K. */
export function hardSigmoidCode(options: CodeOptions): FewSpikeCode {
  return [binaryCode('hardSigmoidCode', { ...options, alpha: 6 }, { gain: 1 / 6, bias: 3 })];
}

/**
 * clip(slope · x + shift, 0, 1), the general hard sigmoid of network formats.
 *
 * @throws ParameterError unless the slope is positive
 */
export function hardSigmoidCodeOf({
  slope,
  shift,
  ...options
}: CodeOptions & { slope: number; shift: number }): FewSpikeCode {
  if (!(slope > 0)) throw new ParameterError('hardSigmoidCodeOf', `expected a positive slope, got ${slope}`);
  return [binaryCode('hardSigmoidCodeOf', { ...options, alpha: 1 / slope }, { gain: slope, bias: shift / slope })];
}

/**
 * The identity on (-α, α) as a pair of neurons, one for each sign. With `round` it is off by at most α 2^-K / 2, and clipped outside.
 */
export function identityCode(options: ScaledCodeOptions): FewSpikeCode {
  return leakyReluCode({ ...options, slope: 1 });
}

/**
 * Leaky ReLU as a pair of neurons: the negative side is coded by a neuron of its own, whose weights are -slope times as large.
 *
 * @param options.slope - factor of negative inputs, of any sign
 */
export function leakyReluCode({ slope, ...options }: ScaledCodeOptions & { readonly slope: number }): FewSpikeCode {
  const at = scaled(options);
  return [binaryCode('leakyReluCode', at), binaryCode('leakyReluCode', at, { sign: -1, gain: -slope })];
}

/**
 * The identity on [-α, α) in one neuron: a binary expansion of x + α on 2α, with offset -α. Off by less than α 2^(1-K); 0 costs
 * the spike of the first step.
 */
export function signedCode(options: ScaledCodeOptions): FewSpikeCode {
  const { alpha, ...rest } = scaled(options);
  const neuron = binaryCode('signedCode', { ...rest, alpha: 2 * alpha }, { bias: alpha });
  return [{ ...neuron, offset: -alpha }];
}
