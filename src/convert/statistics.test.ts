import { describe, expect, it } from 'vitest';
import { RandomStream } from '../base/random.ts';
import { ValueStatistics } from './statistics.ts';

const normal = (count: number, scale = 3) => {
  const random = new RandomStream(4, 1);
  return Float32Array.from({ length: count }, () => scale * random.normal() - 0.5);
};

describe('ValueStatistics', () => {
  const values = normal(40_000);
  const statistics = new ValueStatistics();
  statistics.add(values);

  it('has the extremes, mean and deviation', () => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(statistics.count).toBe(40_000);
    expect(statistics.minimum).toBe(Math.min(...values));
    expect(statistics.maximum).toBe(Math.max(...values));
    expect(statistics.mean).toBeCloseTo(mean, 10);
    expect(statistics.deviation).toBeCloseTo(Math.sqrt(variance), 10);
  });

  it('has percentiles true to 0.2 % of the value', () => {
    const sorted = values.slice().sort();
    for (const share of [0, 0.001, 0.01, 0.2, 0.5, 0.9, 0.99, 0.999, 0.9999, 1]) {
      const exact = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
      // A bin is 2^-9 of its value wide; the extremes are exact.
      expect(Math.abs(statistics.quantile(share) - exact)).toBeLessThanOrEqual(Math.abs(exact) * 2 ** -9 + 1e-3);
    }
    expect(statistics.quantile(1)).toBe(statistics.maximum);
    expect(statistics.quantile(0)).toBe(statistics.minimum);
    const shares = [0, 0.01, 0.5, 0.5, 0.999, 1];
    expect(statistics.quantiles(shares)).toEqual(shares.map((share) => statistics.quantile(share)));
  });

  it('knows the share outside of a range', () => {
    for (const [low, high] of [
      [-4, 3],
      [-100, 1],
      [0, 100],
      [-0.25, 0.5],
    ] as const) {
      const exact = values.filter((value) => value < low || value > high).length / values.length;
      // Of the bin that a limit cuts a part may be on the wrong side: about 2^-9 · 4 · density 0.13.
      expect(Math.abs(statistics.shareOutside(low, high) - exact)).toBeLessThan(0.002);
    }
    expect(statistics.shareOutside(statistics.minimum, statistics.maximum)).toBe(0);
    expect(statistics.shareOutside(100, 200)).toBe(1);
  });

  it('is the same for every cut of the stream', () => {
    const cut = new ValueStatistics();
    for (const [from, to] of [
      [0, 7],
      [7, 8],
      [8, 39_000],
      [39_000, 40_000],
    ] as const)
      cut.add(values.subarray(from, to));
    const { mean, deviation, ...rest } = cut.summary();
    const whole = statistics.summary();
    expect(whole).toMatchObject(rest);
    // Sums in float64, in another order.
    expect(mean).toBeCloseTo(whole.mean, 12);
    expect(deviation).toBeCloseTo(whole.deviation, 12);
  });

  it('refuses what is not finite, and quantiles of nothing', () => {
    expect(() => new ValueStatistics().add(Float32Array.of(1, Number.NaN))).toThrow('expected finite numbers');
    expect(() => new ValueStatistics().add(Float32Array.of(Infinity))).toThrow('expected finite numbers');
    expect(() => new ValueStatistics().quantile(0.5)).toThrow('of some numbers');
    expect(() => statistics.quantile(1.5)).toThrow('got 1.5');
  });
});
