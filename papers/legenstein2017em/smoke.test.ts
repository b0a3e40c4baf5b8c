import { afterAll, expect, it } from 'vitest';
import { SmokeRuns } from '../common/testing/smoke-run.ts';

const runs = new SmokeRuns('legenstein2017em');
afterAll(() => runs.remove());

it('runs its smoke preset within the budget, and goes on after kill -9 with the same bits', async () => {
  const { result, log } = runs.whole();
  expect(result).toMatchObject({ id: 'legenstein2017em', preset: 'smoke', seed: 1 });
  const { bars, coveredBars, f1, ...others } = result.metrics as Record<string, number>;
  const { none } = result.metrics as Record<string, Record<string, number>>;
  expect(bars).toBe(16);
  // Without inhibition nothing but their refractory time holds the excitatory neurons back.
  expect(none!.specialised).toBe(0);
  expect(none!.excitatoryRate).toBeGreaterThan(40);
  expect(others.excitatoryRate).toBeLessThan(5);
  // 60 s are a seventh of what learning takes, but some bars have neurons by then.
  expect(coveredBars).toBeGreaterThan(0);
  expect(f1).toBeGreaterThan(0);

  // The ninth line comes after the early test, whose weights the checkpoint before it holds.
  const resumed = await runs.killedAndResumed(9);
  expect(resumed.result.metrics).toEqual(result.metrics);
  expect(resumed.log).toBe(log);
});
