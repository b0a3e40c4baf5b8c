import { expect, it } from 'vitest';
import { defineNetwork, Simulation } from '../network/index.ts';
import { FloatSequence } from '../tensor/index.ts';
import { errorNeuron } from './error-neuron.ts';
import { twoCompartment } from './two-compartment.ts';

const DT = 0.1;

/** Steps, from 1, of the spikes of one neuron whose current is held at `drive`. */
function spikeSteps(drive: number, steps: number): number[] {
  const network = defineNetwork({
    inputs: { x: { size: 1, kind: 'floats' } },
    populations: { cell: { size: 1, model: twoCompartment({ tauS: 1e6 }) } },
    projections: { x: { from: 'x', to: 'cell', input: 'J', weights: 1 } },
  });
  const values = new Float32Array(steps);
  // Without a decay, the current stays where the first step puts it.
  values[0] = drive;
  const { spikes } = new Simulation(network, { seed: 1, dt: DT }).run({ x: new FloatSequence(steps, 1, 1, values) });
  return Array.from(spikes.cell.events().time, (t) => t + 1);
}

it('a constant drive of 0.2 gives the first spike in step 7, then one every 46 steps', () => {
  // 0.2 (1 - 0.9^n) passes 0.1 at n = 7; 39 refractory steps follow.
  expect(spikeSteps(0.2, 150)).toEqual([7, 53, 99, 145]);
});

it('a strong drive is held to 250 Hz by 39 refractory steps', () => {
  expect(spikeSteps(2, 130)).toEqual([1, 41, 81, 121]);
});

it('the dendrite decays and does not reach the soma', () => {
  const network = defineNetwork({
    inputs: { x: { size: 1, kind: 'floats' } },
    populations: { cell: { size: 1, model: twoCompartment() } },
    projections: { x: { from: 'x', to: 'cell', input: 'D', weights: 1 } },
  });
  const simulation = new Simulation(network, { seed: 1, dt: DT, record: { states: { cell: ['U', 'V'] } } });
  const x = new FloatSequence(3, 1, 1, Float32Array.of(1, 0, 0));
  const { U, V } = simulation.run({ x }).states.cell;
  // Three products of 0.98, in float32.
  for (const [t, u] of [0.98, 0.98 ** 2, 0.98 ** 3].entries()) expect(U!.data[t]).toBeCloseTo(u, 6);
  expect([...V!.data]).toEqual([0, 0, 0]);
});

it('an error neuron counts without a leak, not below 0, and subtracts its threshold', () => {
  const network = defineNetwork({
    inputs: { x: { size: 1, kind: 'floats' } },
    populations: { error: { size: 1, model: errorNeuron({ theta: 1 }) } },
    projections: { x: { from: 'x', to: 'error', input: 'J', weights: 1 } },
  });
  const simulation = new Simulation(network, { seed: 1, dt: DT, record: { states: { error: ['E'] } } });
  const x = new FloatSequence(6, 1, 1, Float32Array.of(0.75, 0.75, 0, -2, 2.5, 0));
  const { states, spikes } = simulation.run({ x });
  expect([...states.error.E!.data]).toEqual([0.75, 0.5, 0.5, 0, 1.5, 0.5]);
  expect([...spikes.error.events().time]).toEqual([1, 4, 5]);
});
