import { expect, it } from 'vitest';
import { checkSettings } from './check.ts';
import { paper } from './index.ts';
import { settings } from './settings.ts';

type Values = Parameters<typeof checkSettings>[0];
const defaults = Object.fromEntries(Object.entries(settings).map(([key, { value }]) => [key, value])) as Values;

it('takes its own defaults and any list of rules', () => {
  expect(() => checkSettings(defaults)).not.toThrow();
  expect(() => checkSettings({ ...defaults, rules: 'random, bptt' })).not.toThrow();
});

it('refuses rules that do not exist, before the run', () => {
  expect(() => checkSettings({ ...defaults, rules: 'bptt,rendom' })).toThrow(/rendom.*random/);
  expect(() => checkSettings({ ...defaults, rules: 'bptt,' })).toThrow('expected names with commas between them');
});

it('refuses a batch that does not divide, where its task is trained', () => {
  const odd = { ...defaults, cuesBatch: 30, cuesShards: 4 };
  expect(() => checkSettings(odd)).toThrow('cuesShards: expected a divisor of cuesBatch = 30, got 4');
  expect(() => checkSettings({ ...odd, cuesIterations: 0, cuesLifIterations: 0 })).not.toThrow();
});

it('refuses a run without a task', () => {
  const others = { patternIterations: 0, cuesIterations: 0, cuesLifIterations: 0, recallIterations: 0 };
  const none = { ...others, digitsIterations: 0 };
  expect(() => checkSettings({ ...defaults, ...none })).toThrow('expected a task with iterations');
});

it('refuses spoken digits without neurons, or decided over more frames than are shown', () => {
  const nobody = { ...defaults, digitsRegular: 0, digitsAdaptive: 0 };
  expect(() => checkSettings(nobody)).toThrow('expected neurons for spoken digits');
  expect(() => checkSettings({ ...nobody, digitsIterations: 0 })).not.toThrow();
  expect(() => checkSettings({ ...defaults, digitsDecision: 61 })).toThrow(
    'expected at most digitsFrames = 60, got 61',
  );
  const odd = { ...defaults, digitsBatch: 30 };
  expect(() => checkSettings(odd)).toThrow('digitsShards: expected a divisor of digitsBatch = 30, got 4');
});

it('needs no data but for the paper preset', () => {
  for (const preset of ['smoke', 'quick'] as const) expect(paper.presets[preset].settings.digitsIterations).toBe(0);
  expect(settings.digitsIterations.value).toBeGreaterThan(0);
});
