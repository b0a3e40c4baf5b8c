import { afterAll, expect, it } from 'vitest';
import { SmokeRuns } from '../common/testing/smoke-run.ts';

const runs = new SmokeRuns('kappel2018sampling');
afterAll(() => runs.remove());

it('runs its smoke preset within the budget, and goes on after kill -9 with the same bits', async () => {
  const { result, log } = runs.whole();
  expect(result).toMatchObject({ id: 'kappel2018sampling', preset: 'smoke', seed: 1 });
  const { functionalFraction, rate, accuracyNoReward, leverSeconds } = result.metrics as Record<string, number>;
  // 15.9 % of N(-0.5, 0.5) are above 0; two minutes change little. 40 s of 20 neurons at 5 Hz have some 4000 spikes.
  expect(Math.abs(functionalFraction! - 0.159)).toBeLessThan(0.05);
  expect(Math.abs(rate! - 5)).toBeLessThan(0.3);
  expect(accuracyNoReward).toBeLessThan(0.9);
  expect(leverSeconds).toBeLessThanOrEqual(10.02);

  // Fourteen blocks: all but the one that goes on from the state at the swap.
  const resumed = await runs.killedAndResumed(14);
  expect(resumed.result.metrics).toEqual(result.metrics);
  expect(resumed.log).toBe(log);
});
