import { ParameterError } from '../../base/errors.ts';
import { cosTurn, sinTurn } from '../../base/math.ts';

/** Transforms a complex signal of a fixed size in place. */
export type FourierTransform = (re: Float64Array, im: Float64Array) => void;

/**
 * The discrete Fourier transform X_k = Σ_n x_n exp(-2πi nk / size) by the radix-2 algorithm: size log2(size) steps, with the
 * same bits on every engine.
 *
 * @param size - values of the signal, a power of two, 1 to 2^30
 * @returns a function that overwrites the real and imaginary parts, [size] each, by those of X
 * @throws ParameterError for another size
 *
 * @example
 * fourierTransform(2)(re, im); // [a, b] becomes [a + b, a - b]
 */
export function fourierTransform(size: number): FourierTransform {
  if (!Number.isInteger(size) || size < 1 || size > 2 ** 30 || (size & (size - 1)) !== 0) {
    throw new ParameterError('fourierTransform', `expected a size that is a power of two up to 2^30, got ${size}`);
  }
  const cos = Float64Array.from({ length: size / 2 }, (_, k) => cosTurn(k / size));
  const sin = Float64Array.from({ length: size / 2 }, (_, k) => sinTurn(k / size));
  const order = bitReversal(size);
  return (re, im) => {
    reorder(re, order);
    reorder(im, order);
    for (let half = 1; half < size; half *= 2) butterflies(re, im, half, cos, sin);
  };
}

/** Where each index goes when its bits are read backwards. */
function bitReversal(size: number): Uint32Array {
  const order = new Uint32Array(size);
  for (let k = 1; k < size; k++) order[k] = (order[k >> 1]! >> 1) + (k & 1) * (size / 2);
  return order;
}

function reorder(values: Float64Array, order: Uint32Array): void {
  for (let k = 0; k < order.length; k++) {
    const other = order[k]!;
    if (other <= k) continue;
    const kept = values[k]!;
    values[k] = values[other]!;
    values[other] = kept;
  }
}

/** Joins transforms of `half` values in pairs. */
function butterflies(re: Float64Array, im: Float64Array, half: number, cos: Float64Array, sin: Float64Array): void {
  const stride = cos.length / half;
  for (let first = 0; first < re.length; first += 2 * half) {
    for (let k = 0; k < half; k++) {
      const [a, b] = [first + k, first + k + half];
      const c = cos[k * stride]!;
      const s = sin[k * stride]!;
      const x = re[b]! * c + im[b]! * s;
      const y = im[b]! * c - re[b]! * s;
      re[b] = re[a]! - x;
      im[b] = im[a]! - y;
      re[a] = re[a]! + x;
      im[a] = im[a]! + y;
    }
  }
}
