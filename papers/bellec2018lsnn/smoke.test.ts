import { afterAll, expect, it } from 'vitest';
import { SmokeRuns } from '../common/testing/smoke-run.ts';

const runs = new SmokeRuns('bellec2018lsnn');
afterAll(() => runs.remove());

it('runs its smoke preset, and goes on after kill -9 with the same bits', async () => {
  const { result, log } = runs.whole();
  expect(result).toMatchObject({ id: 'bellec2018lsnn', preset: 'smoke', seed: 1 });
  for (const metric of ['lsnn', 'lif', 'storeRecallError']) {
    expect(result.metrics[metric], metric).toBeGreaterThanOrEqual(0);
    expect(result.metrics[metric], metric).toBeLessThanOrEqual(1);
  }
  const losses = log
    .split('\n')
    .filter((line) => line.includes('"lsnn"') && line.includes('loss'))
    .map((line) => JSON.parse(line).loss as number);
  // ln 10 is the loss of a guess; thirty iterations of 32 images already beat it.
  expect(losses.at(-1)).toBeLessThan(Math.log(10));

  const resumed = await runs.killedAndResumed(3);
  expect(resumed.result.metrics).toEqual(result.metrics);
  expect(resumed.log).toBe(log);
});
