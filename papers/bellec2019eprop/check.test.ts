import { expect, it } from 'vitest';
import { checkSettings } from './check.ts';
import { VARIANTS } from './copy.ts';
import { paper } from './index.ts';
import { settings } from './settings.ts';

type Values = Parameters<typeof checkSettings>[0];
const defaults = Object.fromEntries(Object.entries(settings).map(([key, { value }]) => [key, value])) as Values;

it('takes its own defaults, and either task alone', () => {
  expect(() => checkSettings(defaults)).not.toThrow();
  expect(() => checkSettings({ ...defaults, signalsIterations: 0 })).not.toThrow();
  expect(() => checkSettings({ ...defaults, copyIterations: 0 })).not.toThrow();
});

it('refuses a run without a task', () => {
  const none = { ...defaults, signalsIterations: 0, copyIterations: 0 };
  expect(() => checkSettings(none)).toThrow('expected a task with iterations');
});

it('refuses updates after the last point of a curve, before the run', () => {
  expect(() => checkSettings({ ...defaults, copyIterations: 70 })).toThrow(
    'copyIterations: expected a multiple of copyEvery = 50, got 70',
  );
});

it('has a claim for every variant', () => {
  const copied = paper.claims.map(({ metric }) => metric).filter((metric) => metric.startsWith('copy.'));
  expect(copied).toEqual(VARIANTS.map((variant) => `copy.${variant}`));
});
