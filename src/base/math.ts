/**
 * Elementary functions in float64 with the same bits on every engine: only + - * / and bit access are used, all of which
 * IEEE 754 fixes exactly. `Math.exp` and its kin are not: engines may, and do, differ in the last place.
 *
 * Relative error of every function here: at most 1e-15 wherever the result is a normal number.
 */

const LN2_HIGH = 0.6931471803691238; // the leading 33 bits, so that k * LN2_HIGH is exact for |k| < 2^20
const LN2_LOW = 1.9082149292705877e-10;
const INVERSE_LN2 = Math.LOG2E;
const TWO_PI = 6.283185307179586;

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/** 2^k for -1022 <= k <= 1023, exactly. */
function powerOfTwo(k: number): number {
  words[0] = 0;
  words[1] = (k + 1023) << 20;
  return float[0]!;
}

/** x * 2^k without overflow in between. */
function scale(x: number, k: number): number {
  const half = k >> 1;
  return x * powerOfTwo(half) * powerOfTwo(k - half);
}

// Taylor coefficients 1/2! … 1/13!: on |r| <= ln(2)/2 the first term left out is below 5e-18.
function expMinusOneReduced(r: number): number {
  let p = 1 / 6227020800;
  p = p * r + 1 / 479001600;
  p = p * r + 1 / 39916800;
  p = p * r + 1 / 3628800;
  p = p * r + 1 / 362880;
  p = p * r + 1 / 40320;
  p = p * r + 1 / 5040;
  p = p * r + 1 / 720;
  p = p * r + 1 / 120;
  p = p * r + 1 / 24;
  p = p * r + 1 / 6;
  p = p * r + 1 / 2;
  return r + r * r * p;
}

/** e^x; 0 below -745.14, Infinity above 709.79. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.8) return Number.POSITIVE_INFINITY;
  if (x < -745.2) return 0;
  const k = Math.floor(x * INVERSE_LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  return scale(1 + expMinusOneReduced(r), k);
}

/** e^x - 1, precise near 0; for |x| < 700. */
function expMinusOne(x: number): number {
  const k = Math.floor(x * INVERSE_LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  const power = powerOfTwo(k);
  return power * expMinusOneReduced(r) + (power - 1);
}

// 2 atanh(f) = 2f (1 + f²/3 + f⁴/5 + …): |f| <= 0.1716, so the term f²²/23 is below 1e-18.
function logOfMantissa(m: number): number {
  const f = (m - 1) / (m + 1);
  const s = f * f;
  let p = 1 / 21;
  p = p * s + 1 / 19;
  p = p * s + 1 / 17;
  p = p * s + 1 / 15;
  p = p * s + 1 / 13;
  p = p * s + 1 / 11;
  p = p * s + 1 / 9;
  p = p * s + 1 / 7;
  p = p * s + 1 / 5;
  p = p * s + 1 / 3;
  return 2 * f + 2 * f * s * p;
}

/** Natural logarithm; -Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const subnormal = x < 2.2250738585072014e-308;
  float[0] = subnormal ? x * 2 ** 54 : x;
  let k = ((words[1]! >>> 20) & 0x7ff) - 1023 - (subnormal ? 54 : 0);
  words[1] = (words[1]! & 0xfffff) | 0x3ff00000;
  let m = float[0]!;
  if (m > Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  return k * LN2_HIGH + (logOfMantissa(m) + k * LN2_LOW);
}

/** Hyperbolic tangent. */
export function tanh(x: number): number {
  const size = x < 0 ? -x : x;
  if (!(size < 22)) return Number.isNaN(x) ? x : x < 0 ? -1 : 1; // 1 - tanh(22) is below half an ulp of 1
  const e = expMinusOne(2 * size);
  const y = e / (e + 2);
  return x < 0 ? -y : y;
}

/** Logistic function 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

// |x| <= π/4: the terms left out are below 5e-17 of the result.
function sinReduced(x: number): number {
  const s = x * x;
  let p = -1 / 1307674368000;
  p = p * s + 1 / 6227020800;
  p = p * s - 1 / 39916800;
  p = p * s + 1 / 362880;
  p = p * s - 1 / 5040;
  p = p * s + 1 / 120;
  p = p * s - 1 / 6;
  return x + x * s * p;
}

function cosReduced(x: number): number {
  const s = x * x;
  let p = 1 / 20922789888000;
  p = p * s - 1 / 87178291200;
  p = p * s + 1 / 479001600;
  p = p * s - 1 / 3628800;
  p = p * s + 1 / 40320;
  p = p * s - 1 / 720;
  p = p * s + 1 / 24;
  return 1 - (0.5 * s - s * s * p);
}

/** cos(2πx) for x in [0, 1). */
export function cosTurn(x: number): number {
  const quarter = Math.floor(4 * x + 0.5);
  const angle = (x - quarter / 4) * TWO_PI;
  const odd = quarter % 2 === 1;
  const value = odd ? sinReduced(angle) : cosReduced(angle);
  return quarter === 1 || quarter === 2 ? -value : value;
}

/** sin(2πx) for x in [0, 1). */
export function sinTurn(x: number): number {
  const quarter = Math.floor(4 * x + 0.5);
  const angle = (x - quarter / 4) * TWO_PI;
  const odd = quarter % 2 === 1;
  const value = odd ? cosReduced(angle) : sinReduced(angle);
  return quarter === 2 || quarter === 3 ? -value : value;
}
