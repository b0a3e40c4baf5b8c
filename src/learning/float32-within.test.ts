import { expect, it } from 'vitest';
import { float32Within } from './float32-within.ts';

it('rounds to the nearest float32 that is inside the range', () => {
  // 0.7 and -0.7 round towards 0, 0.1 and -0.1 away from it.
  for (const bound of [0.7, -0.7, 0.1, -0.1, 1 / 3, 1e-46, -1e-46, 0, 5]) {
    const low = float32Within(bound - 1, bound, Infinity);
    const high = float32Within(bound + 1, -Infinity, bound);
    expect(low).toBeGreaterThanOrEqual(bound);
    expect(high).toBeLessThanOrEqual(bound);
    expect([Math.fround(low), Math.fround(high)]).toEqual([low, high]);
    expect([low, high]).toContain(Math.fround(bound));
    // Neighbours of float32: 2^-23 of the value apart at most, or the smallest subnormal.
    expect(low - high).toBeLessThanOrEqual(Math.max(Math.abs(bound) * 2 ** -23, 2 ** -149));
  }
  expect(float32Within(0.25, 0, 1)).toBe(0.25);
  expect(float32Within(Number.NaN, 0, 1)).toBeNaN();
});
