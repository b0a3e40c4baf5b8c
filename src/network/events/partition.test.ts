import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkParts, SLICE_UNIT, slicesOf } from './partition.ts';

const shares = (sizes: Readonly<Record<string, number>>, count: number) =>
  Array.from({ length: count }, (_, index) => slicesOf(sizes, { index, count }));

describe('slicesOf', () => {
  it('shares every population out, in order, by whole units, as evenly as units allow', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 9 }),
        fc.integer({ min: 1, max: 7 }),
        (all, count) => {
          const sizes = Object.fromEntries(all.map((size, k) => [`p${k}`, size]));
          const parts = shares(sizes, count);
          const units = parts.map((part) =>
            Object.values(part).reduce((sum, { size }) => sum + Math.ceil(size / SLICE_UNIT), 0),
          );
          expect(Math.max(...units) - Math.min(...units)).toBeLessThanOrEqual(1);
          for (const [name, size] of Object.entries(sizes)) {
            const ends = parts.map((part) => part[name]!.first + part[name]!.size);
            expect(parts.map((part) => part[name]!.first)).toEqual([0, ...ends.slice(0, -1)]);
            expect(ends.at(-1)).toBe(size);
            for (const part of parts) if (part[name]!.size > 0) expect(part[name]!.first % SLICE_UNIT).toBe(0);
          }
        },
      ),
    );
  });

  it('gives small populations to one part after the other', () => {
    const sizes = { a: 10, b: 10, c: 10, d: 10 };
    expect(shares(sizes, 2).map((part) => Object.values(part).map(({ size }) => size))).toEqual([
      [10, 0, 10, 0],
      [0, 10, 0, 10],
    ]);
  });

  it('refuses parts without neurons', () => {
    const populations = { a: { size: 65 }, b: { size: 3 } };
    expect(() => checkParts(populations, 3)).not.toThrow();
    expect(() => checkParts(populations, 4)).toThrow(/expected 1 to 3 parts, got 4/);
    expect(() => checkParts(populations, 1.5)).toThrow(/got 1.5/);
  });
});
