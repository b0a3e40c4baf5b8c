import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../images.ts';
import { coincidences } from './coincidences.ts';

const count = (shape: readonly number[], images: number) =>
  fc
    .array(fc.nat(5), { minLength: images * sizeOf(shape), maxLength: images * sizeOf(shape) })
    .map((data) => ({ shape, data: Float32Array.from(data) }));

const gate = { kind: 'product', name: 'p', inputs: ['a', 'b'], output: 'c' } as const;

const met = (a: { shape: readonly number[]; data: Float32Array }, b: typeof a) =>
  coincidences(
    gate,
    new Map([
      ['a', a.shape],
      ['b', b.shape],
    ]),
    new Map([
      ['a', a.data],
      ['b', b.data],
    ]),
  );

describe('coincidences', () => {
  it('are pairs of spikes, by hand for a map times one number per channel', () => {
    const map = { shape: [2, 1, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    const scale = { shape: [2, 1, 1], data: Float32Array.of(10, 1, 0, 2) };
    // First image: 10 · (1 + 2) + 1 · (3 + 4); second: 0 · (5 + 6) + 2 · (7 + 8).
    expect(met(map, scale)).toBe(67);
    expect(met(scale, map)).toBe(67);
  });

  it('repeat the smaller factor along any axis', () => {
    const shapes = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
    );
    const cases = fc
      .tuple(shapes, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), fc.nat(3))
      .chain(([shape, keep, drop]) => {
        const small = shape.map((size, k) => (keep[k] ? size : 1)).slice(drop);
        return fc.tuple(count(shape, 2), count(small, 2));
      });
    fc.assert(
      fc.property(cases, ([a, b]) => {
        const full = a.data.length / 2;
        const part = b.data.length / 2;
        let wanted = 0;
        for (let image = 0; image < 2; image++) {
          for (let i = 0; i < full; i++) {
            // The index in the smaller factor: axes from the right, those of size 1 stay at 0.
            let [rest, at, stride] = [i, 0, 1];
            for (let k = 2; k >= 0; k--) {
              const index = rest % a.shape[k]!;
              rest = Math.floor(rest / a.shape[k]!);
              const size = b.shape[k - (3 - b.shape.length)] ?? 1;
              if (size > 1) at += index * stride;
              stride *= size;
            }
            wanted += a.data[image * full + i]! * b.data[image * part + at]!;
          }
        }
        expect(met(a, b)).toBe(wanted);
      }),
    );
  });
});
