import { expect, it } from 'vitest';
import { checkSettings } from './check.ts';
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
  const none = { patternIterations: 0, cuesIterations: 0, cuesLifIterations: 0, recallIterations: 0 };
  expect(() => checkSettings({ ...defaults, ...none })).toThrow('expected a task with iterations');
});
