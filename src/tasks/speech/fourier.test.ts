import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../base/errors.ts';
import { cosTurn, sinTurn } from '../../base/math.ts';
import { RandomStream } from '../../base/random.ts';
import { fourierTransform } from './fourier.ts';

/** The definition, term by term. */
function naive(re: Float64Array, im: Float64Array): [Float64Array, Float64Array] {
  const size = re.length;
  const [x, y] = [new Float64Array(size), new Float64Array(size)];
  for (let k = 0; k < size; k++) {
    for (let n = 0; n < size; n++) {
      const turn = ((n * k) % size) / size;
      x[k]! += re[n]! * cosTurn(turn) + im[n]! * sinTurn(turn);
      y[k]! += im[n]! * cosTurn(turn) - re[n]! * sinTurn(turn);
    }
  }
  return [x, y];
}

describe('fourierTransform', () => {
  it.each([1, 2, 4, 8, 64, 512])('equals the definition for %i values', (size) => {
    const random = new RandomStream(size);
    const draw = () => Float64Array.from({ length: size }, () => random.normal());
    const [re, im] = [draw(), draw()];
    const [x, y] = naive(re, im);
    fourierTransform(size)(re, im);
    // Sums of up to 512 values of size 1 in another order: a few hundred units in the last place at most.
    for (let k = 0; k < size; k++) {
      expect(Math.abs(re[k]! - x[k]!)).toBeLessThan(1e-12);
      expect(Math.abs(im[k]! - y[k]!)).toBeLessThan(1e-12);
    }
  });

  it.each([0, 3, 12, -4, 2.5, Number.NaN])('refuses %d values', (size) => {
    expect(() => fourierTransform(size)).toThrow(ParameterError);
    expect(() => fourierTransform(size)).toThrow(`a power of two up to 2^30, got ${size}`);
  });
});
