import { expect, it } from 'vitest';
import { measureAlignment } from './alignment.ts';
import { learnCopy, VARIANTS } from './delayed-copy.ts';
import { settings } from './settings.ts';

const small = { ...settings, neurons: 12, batch: 4, iterations: 4, every: 2, futureHidden: 8 };

it.each(VARIANTS)('learns by %s, with the same numbers again', (variant) => {
  const curve = learnCopy(variant, small, 1);
  expect(curve.error).toHaveLength(2);
  for (const error of curve.error) expect(error).toBeGreaterThan(0);
  // One window has no border.
  expect(curve.unpredicted).toHaveLength(variant === 'bptt' ? 0 : 2);
  expect(learnCopy(variant, small, 1)).toEqual(curve);
});

it('compares gradients with that of BPTT', () => {
  const all = measureAlignment(small, 1, 2);
  expect(all.map(({ variant }) => variant)).toEqual(['traces+synthetic', 'truncated', 'traces', 'bptt']);
  const of = (variant: string) => all.find((one) => one.variant === variant)!.cosine;
  expect(of('bptt').in).toBeCloseTo(1, 12);
  // The weights to the readout have no path through other neurons: traces know all of it.
  expect(of('traces').out).toBeCloseTo(1, 5);
  expect(of('truncated').out).toBeLessThan(0.9999);
});
