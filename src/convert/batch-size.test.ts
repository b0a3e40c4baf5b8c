import { expect, it } from 'vitest';
import { batchWithin } from './batch-size.ts';
import { residual } from './export/testing/networks.ts';
import { stage } from './graph/index.ts';

it('is what is asked for until its values would fill 256 MB', () => {
  const staged = stage(residual(1));
  // Gates of 4 x 8 x 8 and twice 6 x 4 x 4.
  const all = 256 + 96 + 96;
  expect(batchWithin(staged, 32, { allGates: true, planes: 10 })).toBe(32);
  expect(batchWithin(staged, 1e9, { allGates: true, planes: 0 })).toBe(Math.floor(2 ** 26 / all));
  expect(batchWithin(staged, 1e9, { allGates: false, planes: 8 })).toBe(Math.floor(2 ** 26 / (3 * 8 * 256)));
  expect(() => batchWithin(staged, 0, { allGates: true, planes: 0 })).toThrow(
    'expected 1 or more images per run, got 0',
  );
});
