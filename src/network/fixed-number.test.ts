import { expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { fixedNumber, sparsePattern } from './topology.ts';

/** Connections as pre · post size + post, in their order. */
function pairsOf(count: number, self: boolean, seed = 1): number[] {
  const sizes = { pre: 7, post: 7, sameGroup: true };
  const { rowStart, post } = sparsePattern(fixedNumber(count, { self }), sizes, new RandomStream(seed, 3));
  return Array.from(post, (j, k) => 7 * rowStart.findIndex((_, i) => rowStart[i + 1]! > k) + j);
}

it('draws exactly as many different connections as asked for, sorted, without self-connections if asked', () => {
  for (const self of [true, false]) {
    const all = self ? 49 : 42;
    for (const count of [0, 1, 10, 24, 25, all - 1, all]) {
      const drawn = pairsOf(count, self);
      expect(drawn.length).toBe(count);
      expect(drawn).toEqual([...new Set(drawn)].toSorted((a, b) => a - b));
      if (!self) expect(drawn.filter((pair) => pair % 8 === 0)).toEqual([]);
    }
    expect(() => pairsOf(all + 1, self)).toThrow(ParameterError);
  }
  expect(() => fixedNumber(1.5)).toThrow(ParameterError);
});

it('draws every pair equally often, few or many', () => {
  for (const count of [7, 35]) {
    const counts = new Float64Array(49);
    for (let seed = 0; seed < 1000; seed++) for (const pair of pairsOf(count, true, seed)) counts[pair]! += 1;
    const p = count / 49;
    // Five standard deviations for the furthest of 49 counts: a false alarm in 30,000.
    for (const seen of counts) expect(Math.abs(seen - 1000 * p)).toBeLessThan(5 * Math.sqrt(1000 * p * (1 - p)));
  }
});
