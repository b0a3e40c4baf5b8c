import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactScale } from './exact-scale.ts';

describe('exactScale', () => {
  it('is just above, and all sums of its halvings are exact in float32', () => {
    const scale = fc.double({ min: 1e-4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(scale, fc.integer({ min: 1, max: 16 }), fc.nat(2 ** 16), (alpha, steps, pattern) => {
        const exact = exactScale(alpha, steps);
        expect(exact).toBeGreaterThanOrEqual(alpha);
        expect(exact / alpha).toBeLessThan(1 + 2 ** -(Math.min(12, 24 - steps) - 1));
        let [sum, rounded] = [0, 0];
        for (let t = 1; t <= steps; t++) {
          if (((pattern >> t) & 1) === 0) continue;
          sum += exact * 2 ** -t;
          rounded = Math.fround(rounded + Math.fround(exact * 2 ** -t));
        }
        expect(rounded).toBe(sum);
      }),
    );
  });

  it('keeps what is short already, and scales of many steps', () => {
    expect([exactScale(25, 10), exactScale(0.5, 16), exactScale(1.1, 17)]).toEqual([25, 0.5, 1.1]);
  });
});
