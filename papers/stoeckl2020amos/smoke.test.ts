import { afterAll, expect, it } from 'vitest';
import { SmokeRuns } from '../common/testing/smoke-run.ts';

const runs = new SmokeRuns('stoeckl2020amos');
afterAll(() => runs.remove());

it('gives circuits the outputs of few-spike neurons, one spike per neuron', () => {
  const { result } = runs.whole();
  const { relu, silu } = result.metrics as Record<string, Record<string, Record<string, number>>>;
  for (const row of [relu!.k4!, relu!.k8!, silu!.k8!]) {
    expect(row).toMatchObject({ differingOutputs: 0, mostSpikes: 1 });
    expect(row.spikesPerNeuron).toBeLessThan(1);
  }
  // A unit of K neurons has K (K - 1) / 2 inhibitory synapses; there are 256 + 128 units.
  expect(relu!.k8!.inhibitorySynapses).toBe(384 * 28);
  expect(relu!.k8!.spikesPerGate).toBeCloseTo(8 * relu!.k8!.spikesPerNeuron!, 9);
});
