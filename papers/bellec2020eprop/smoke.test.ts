import { afterAll, expect, it } from 'vitest';
import { SmokeRuns } from '../common/testing/smoke-run.ts';
import { RULES } from './rule-names.ts';

const runs = new SmokeRuns('bellec2020eprop');
afterAll(() => runs.remove());

it('runs its smoke preset, and goes on after kill -9 with the same bits', async () => {
  const { result, log } = runs.whole();
  expect(result).toMatchObject({ id: 'bellec2020eprop', preset: 'smoke', seed: 1 });
  const { pattern, cues, storeRecall } = result.metrics as Record<string, Record<string, number>>;
  for (const rule of RULES) {
    // A readout that stays at 0 scores exactly 1; the untrained network is worse than that.
    expect(pattern![rule], `pattern ${rule}`).toBeLessThan(1);
    for (const error of [cues![rule], storeRecall![rule]]) {
      expect(error, rule).toBeGreaterThanOrEqual(0);
      expect(error, rule).toBeLessThanOrEqual(1);
    }
  }
  expect(cues!.lif).toBeLessThanOrEqual(1);
  // Every rule begins with the same weights and trials, and then goes its own way.
  expect(new Set(Object.values(pattern!)).size).toBe(RULES.length);

  // Killed in the middle of the second rule: one has ended, the other has a checkpoint of its own.
  const resumed = await runs.killedAndResumed(7);
  expect(resumed.result.metrics).toEqual(result.metrics);
  expect(resumed.log).toBe(log);
});
