import { exp, sigmoid, tanh } from '../../base/math.ts';
import type { ActivationName } from '../activations.ts';

/** Functions that tables exist for besides activations: what attention and normalisation need after range reduction. */
export type FittedFunction = ActivationName | 'exp' | 'reciprocal' | 'inverse-sqrt';

const TWO_OVER_SQRT_PI = 1.1283791670955126;

/** erf by its power series: 60 terms leave less than 1e-16 for |x| < 3. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return TWO_OVER_SQRT_PI * sum;
}

/** 1 - erf for x ≥ 3, by the continued fraction of Laplace, 40 levels deep. */
function erfcFraction(x: number): number {
  let fraction = x;
  for (let n = 40; n >= 1; n--) fraction = x + n / 2 / fraction;
  return (0.5 * TWO_OVER_SQRT_PI * exp(-x * x)) / fraction;
}

/** The error function; absolute error below 1e-13. */
export function erf(x: number): number {
  const size = Math.abs(x);
  const value = size < 3 ? erfSeries(size) : 1 - erfcFraction(size);
  return x < 0 ? -value : value;
}

const clip = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);
const SQRT_HALF = Math.SQRT1_2;
const SQRT_TWO_OVER_PI = 0.7978845608028654;

type Scalar = (x: number) => number;

const FUNCTIONS: Readonly<Record<FittedFunction, (constants: Readonly<Record<string, number>>) => Scalar>> = {
  relu: () => (x) => Math.max(0, x),
  relu6: () => (x) => clip(x, 0, 6),
  'leaky-relu':
    ({ alpha = 0.01 }) =>
    (x) =>
      x < 0 ? alpha * x : x,
  sigmoid: () => sigmoid,
  'hard-sigmoid':
    ({ alpha = 1 / 6, beta = 0.5 }) =>
    (x) =>
      clip(alpha * x + beta, 0, 1),
  tanh: () => tanh,
  silu: () => (x) => x * sigmoid(x),
  'hard-swish': () => (x) => x * clip(x / 6 + 0.5, 0, 1),
  gelu: () => (x) => 0.5 * x * (1 + erf(x * SQRT_HALF)),
  'gelu-tanh': () => (x) => 0.5 * x * (1 + tanh(SQRT_TWO_OVER_PI * (x + 0.044715 * x * x * x))),
  exp: () => exp,
  reciprocal: () => (x) => 1 / x,
  'inverse-sqrt': () => (x) => 1 / Math.sqrt(x),
};

/**
 * The function of a name, in float64.
 *
 * @param constants - `alpha`, the slope of a leaky ReLU (default 0.01); `alpha` and `beta` of a hard sigmoid (1/6 and 1/2)
 */
export function scalarFunction(name: FittedFunction, constants: Readonly<Record<string, number>> = {}): Scalar {
  return FUNCTIONS[name](constants);
}
