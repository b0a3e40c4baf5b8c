import { afterAll, expect, it } from 'vitest';
import { SmokeRuns } from '../common/testing/smoke-run.ts';

const runs = new SmokeRuns('bellec2018deepr');
afterAll(() => runs.remove());

it('runs its smoke preset within the budget, and goes on after kill -9 with the same bits', async () => {
  const { result, log } = runs.whole();
  expect(result).toMatchObject({ id: 'bellec2018deepr', preset: 'smoke', seed: 1 });
  expect(result.metrics).toMatchObject({ activeConnections: 3552, candidateConnections: 266_200 });
  const { deepr, fixedMask, dense } = result.metrics as Record<string, number>;
  // Six epochs of 2,000 images are enough to be far from guessing, and for rewiring to be ahead.
  expect(dense).toBeGreaterThan(0.7);
  expect(deepr).toBeGreaterThan(fixedMask!);

  const resumed = await runs.killedAndResumed(8);
  expect(resumed.result.metrics).toEqual(result.metrics);
  expect(resumed.log).toBe(log);
});
