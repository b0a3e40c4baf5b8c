import { expect, it } from 'vitest';
import { checkSettings } from './check.ts';
import { settings } from './settings.ts';

type Values = Parameters<typeof checkSettings>[0];
const defaults = Object.fromEntries(Object.entries(settings).map(([key, { value }]) => [key, value])) as Values;

it('a batch of 7 in 2 shards is refused before the run', () => {
  expect(() => checkSettings({ ...defaults, batch: 7, shards: 2 })).toThrow(
    'bellec2018lsnn shards: expected a divisor of batch = 7, got 2 (change one of them: --set batch=… or --set shards=…)',
  );
});

it('shards of store-recall matter only if store-recall is trained', () => {
  const odd = { ...defaults, recallBatch: 7, recallShards: 2 };
  expect(() => checkSettings(odd)).toThrow('expected a divisor of recallBatch = 7, got 2');
  expect(() => checkSettings({ ...odd, recallIterations: 0 })).not.toThrow();
});
