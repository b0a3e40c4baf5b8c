import { afterAll, expect, it } from 'vitest';
import { SmokeRuns } from '../common/testing/smoke-run.ts';
import { VARIANTS } from './copy.ts';

const runs = new SmokeRuns('bellec2019eprop');
afterAll(() => runs.remove());

it('runs its smoke preset, and goes on after kill -9 with the same bits', async () => {
  const { result, log } = runs.whole();
  expect(result).toMatchObject({ id: 'bellec2019eprop', preset: 'smoke', seed: 1 });
  for (const metric of ['signals', 'signalsBefore', 'signalsOfAnother']) {
    expect(result.metrics[metric], metric).toBeGreaterThan(0);
  }
  const copy = result.metrics.copy as Record<string, number>;
  expect(Object.keys(copy)).toEqual([...VARIANTS]);
  for (const variant of VARIANTS) {
    expect(copy[variant], variant).toBeGreaterThan(0);
    expect(copy[variant], variant).toBeLessThanOrEqual(1);
  }
  // Four compared gradients after three points of signals and two of each variant.
  expect(log.trim().split('\n')).toHaveLength(3 + 2 * VARIANTS.length + 4);

  // Killed after the first task, within or after the second variant.
  const resumed = await runs.killedAndResumed(7);
  expect(resumed.result.metrics).toEqual(result.metrics);
  expect(resumed.log).toBe(log);
});
