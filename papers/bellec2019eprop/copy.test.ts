import { expect, it } from 'vitest';
import type { SettingValues } from 'volley/io';
import { learnCopy, VARIANTS } from './copy.ts';
import { measureAlignment } from './copy-alignment.ts';
import { copyPhase } from './copy-phase.ts';
import { copySettings } from './copy-settings.ts';
import { fakeContext, Stopped } from './testing/fake-context.ts';

const defaults = Object.fromEntries(
  Object.entries(copySettings).map(([name, { value }]) => [name, value]),
) as SettingValues<typeof copySettings>;

const small = {
  ...defaults,
  copyNeurons: 12,
  copyBatch: 4,
  copyIterations: 4,
  copyEvery: 2,
  copyFutureHidden: 8,
  copyAlignmentAfter: 2,
};

it.each(VARIANTS)('learns by %s, with the same numbers again', async (variant) => {
  const points = await learnCopy(variant, small, 1);
  expect(points.map(({ iteration }) => iteration)).toEqual([2, 4]);
  for (const { error } of points) expect(error).toBeGreaterThan(0);
  // One window has no border.
  for (const point of points) expect('unpredicted' in point).toBe(variant !== 'bptt');
  expect(await learnCopy(variant, small, 1)).toEqual(points);
});

it('compares gradients with that of BPTT', async () => {
  const all = await measureAlignment(small, 1);
  expect(all.map(({ variant }) => variant)).toEqual(['traces+synthetic', 'truncated', 'traces', 'bptt']);
  const of = (variant: string) => all.find((one) => one.variant === variant)!.cosine;
  expect(of('bptt').in).toBeCloseTo(1, 12);
  // The weights to the readout have no path through other neurons: traces know all of it.
  expect(of('traces').out).toBeCloseTo(1, 5);
  expect(of('truncated').out).toBeLessThan(0.9999);
});

const kept = { tensors: { other: { shape: [1], data: Float32Array.of(3) } }, metadata: { other: 'x' } };

// Four updates and the end of a part are five checkpoints: within the second part, right after it, within the comparison.
it.each([7, 10, 28])('goes on from checkpoint %i with the same log, and repeats no finished part', async (stopAt) => {
  const whole = fakeContext();
  const metrics = await copyPhase(whole.context, small, kept);
  expect(Object.keys(metrics)).toEqual(VARIANTS.map((variant) => `copy.${variant}`));
  const first = fakeContext(undefined, stopAt);
  await expect(copyPhase(first.context, small, kept)).rejects.toThrow(Stopped);
  const { tensors, metadata } = first.saved.state!;
  expect(tensors.other).toBe(kept.tensors.other);
  expect(metadata.other).toBe('x');
  expect(JSON.parse(metadata.copy!)).toHaveLength(Math.floor(stopAt / 5));
  const second = fakeContext(first.saved);
  expect(await copyPhase(second.context, small, kept)).toEqual(metrics);
  expect(second.records).toEqual(whole.records);
});
