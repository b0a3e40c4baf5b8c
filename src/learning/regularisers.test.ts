import { describe, expect, it } from 'vitest';
import { firingRate, firingRateTerm } from './regularisers.ts';

const options = { steps: 50, batch: 4, dt: 0.5, target: 20, strength: 3 };

describe('firing-rate regulariser', () => {
  it('is zero at the target', () => {
    // 50 steps · 4 sequences · 0.5 ms = 100 ms, so 2 spikes are 20 Hz.
    const { loss, gradient } = firingRateTerm([2, 2], options);
    expect(loss).toBe(0);
    expect([...gradient]).toEqual([0, 0]);
  });

  it('measures deviations in spikes per ms', () => {
    const { loss } = firingRateTerm([3, 0], options);
    expect(loss).toBeCloseTo(3 * (0.01 ** 2 + 0.02 ** 2), 15);
  });

  it('has the derivative of a quadratic: central differences are exact', () => {
    const counts = [7, 0, 2.5];
    const { gradient } = firingRateTerm(counts, options);
    counts.forEach((_, j) => {
      const at = (h: number) =>
        firingRateTerm(
          counts.map((c, i) => (i === j ? c + h : c)),
          options,
        ).loss;
      expect((at(1) - at(-1)) / 2).toBeCloseTo(gradient[j]!, 14);
    });
  });

  it('refuses negative numbers', () => {
    expect(firingRate({ population: 'hidden', strength: 1 }).target).toBe(10);
    expect(() => firingRate({ population: 'hidden', strength: -1 })).toThrow(/^firingRate: expected strength/);
    expect(() => firingRate({ population: 'hidden', strength: 1, target: NaN })).toThrow(/target/);
  });
});
