import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeBuffers } from './buffers.ts';

const need = fc.record({ bytes: fc.nat(5000), from: fc.nat(20), length: fc.nat(6) });

describe('placeBuffers', () => {
  it('never lets two spans overlap that are needed at the same time, with room behind each', () => {
    fc.assert(
      fc.property(fc.array(need, { maxLength: 30 }), (list) => {
        const needs = list.map(({ bytes, from, length }, i) => ({ name: `${i}`, bytes, from, to: from + length }));
        const { addresses, pages } = placeBuffers(needs);
        for (const a of needs) {
          const start = addresses.get(a.name)!;
          expect(start % 64).toBe(0);
          expect(start).toBeGreaterThan(0);
          expect(start + a.bytes + 12).toBeLessThanOrEqual(65536 * pages);
          for (const b of needs) {
            if (a === b || a.from > b.to || b.from > a.to) continue;
            const other = addresses.get(b.name)!;
            expect(start + a.bytes + 12 <= other || other + b.bytes + 12 <= start).toBe(true);
          }
        }
      }),
    );
  });

  it('gives memory that is free again to the next', () => {
    const chain = Array.from({ length: 50 }, (_, i) => ({ name: `${i}`, bytes: 60_000, from: i, to: i + 1 }));
    expect(placeBuffers(chain).pages).toBe(2);
  });

  it('refuses more than WebAssembly can address', () => {
    const big = (name: string) => ({ name, bytes: 2 ** 31, from: 0, to: 1 });
    expect(() => placeBuffers([big('a'), big('b'), big('c')])).toThrow('4 GiB');
  });
});
