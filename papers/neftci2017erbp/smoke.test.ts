import { afterAll, expect, it } from 'vitest';
import { SmokeRuns } from '../common/testing/smoke-run.ts';

const runs = new SmokeRuns('neftci2017erbp');
afterAll(() => runs.remove());

it('runs its smoke preset within the budget, and goes on after kill -9 with the same bits', async () => {
  const { result, log } = runs.whole();
  expect(result).toMatchObject({ id: 'neftci2017erbp', preset: 'smoke', seed: 1 });
  const { accuracy, quantised, synapticEvents } = result.metrics as Record<string, number>;
  // 300 images are enough to be far from guessing.
  expect(accuracy).toBeGreaterThan(0.4);
  expect(quantised).toBeGreaterThan(0.4);
  // Some 5,000 input spikes meet 50 synapses each.
  expect(synapticEvents).toBeGreaterThan(200_000);
  expect(synapticEvents).toBeLessThan(350_000);

  // In the second network.
  const resumed = await runs.killedAndResumed(12);
  expect(resumed.result.metrics).toEqual(result.metrics);
  expect(resumed.log).toBe(log);
});
