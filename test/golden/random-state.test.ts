import { describe, expect, it } from 'vitest';
import { RandomState } from './random-state.ts';

const times = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

// Recorded from NumPy; as many digits as were printed.
describe('RandomState', () => {
  it('tosses coins as choice([0, 1])', () => {
    const random = new RandomState(7);
    expect(times(8, () => random.coin()).join('')).toBe('10101111');
    expect(random.rand()).toBeCloseTo(0.977989511997, 12);
  });

  it('chooses with probabilities of float32', () => {
    const random = new RandomState(7);
    expect(times(7, () => random.choose(0.3, 0.7)).join('')).toBe('0111111');
    expect(random.rand()).toBeCloseTo(0.07205113336, 12);
  });

  it('draws normals in pairs', () => {
    const random = new RandomState(1);
    const wanted = [0.16243453, -0.06117564, -0.05281718];
    wanted.forEach((value) => {
      expect(random.randn() / 10).toBeCloseTo(value, 7);
    });
  });
});
