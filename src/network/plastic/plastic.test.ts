import { describe, expect, it } from 'vitest';
import { initialParameters } from '../parameters.ts';
import { simulateReference } from '../reference.ts';
import { Simulation } from '../simulation.ts';
import { plasticInputs, plasticNetwork } from './testing/plastic-network.ts';

const SEED = 3;

describe('plastic synapses in a running network', () => {
  it.each([
    [1, 1],
    [2, 1],
    [1, 0.5],
  ])('follow the float64 reference: batch %i, dt %f ms', (batch, dt) => {
    const steps = 32;
    const inputs = plasticInputs(steps, batch);
    const parameters = initialParameters(plasticNetwork, SEED);
    const trace = simulateReference(plasticNetwork, parameters, inputs, { batch, dt, seed: SEED, steps });
    const simulation = new Simulation(plasticNetwork, { batch, dt, seed: SEED, blockSteps: 16 });
    const { spikes } = simulation.run(inputs);
    expect(spikes.hidden.toDense()).toEqual(Uint8Array.from(trace.outputs.hidden!));
    for (const name of ['in', 'rec']) {
      const { variables } = simulation.synapses(name);
      for (const [key, wanted] of Object.entries(trace.plastic[name]!.variables)) {
        const worst = wanted.reduce((most, value, k) => Math.max(most, Math.abs(value - variables[key]![k]!)), 0);
        const size = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(size).toBeGreaterThan(0);
        // 1 - exp(-dt / 300) has lost 9 of 24 bits; what else is rounded in these steps is less.
        expect(worst / size, `${name} ${key}`).toBeLessThan(2 ** -15);
      }
    }
  });
});
