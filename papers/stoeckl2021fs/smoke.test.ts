import { afterAll, expect, it } from 'vitest';
import { SmokeRuns } from '../common/testing/smoke-run.ts';

const runs = new SmokeRuns('stoeckl2021fs');
afterAll(() => runs.remove());

type Row = Record<string, number>;

it('runs its smoke preset within the budget, and goes on after kill -9 with the same bits', async () => {
  const { result, log } = runs.whole();
  const { relu, silu } = result.metrics as unknown as Record<'relu' | 'silu', Record<'k4' | 'k8', Record<string, Row>>>;
  // 300 digits: 99.9 % and more of all leave at most a few that differ.
  expect(relu.k8.round!.agreement).toBeGreaterThan(0.98);
  expect(silu.k8.weighted!.agreement).toBeGreaterThan(0.98);
  // Two layers of K steps each.
  expect(relu.k4.floor!.latencySteps).toBe(8);
  // What is rounded up has more spikes than what is cut off.
  expect(relu.k4.round!.spikesPerNeuron).toBeGreaterThan(relu.k4.floor!.spikesPerNeuron!);

  const resumed = await runs.killedAndResumed(3);
  expect(resumed.result.metrics).toEqual(result.metrics);
  expect(resumed.log).toBe(log);
});
