import { expect, it } from 'vitest';
import { defineNeuron, triangular } from '../expr/index.ts';
import { defineNetwork, type Network, oneToOne, Simulation } from '../network/index.ts';
import { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import { erbp, erbpMembrane, erbpQuantised } from './index.ts';
import { DT, erbpNetwork, Prototypes } from './testing/erbp-network.ts';

function accuracy(simulation: Simulation, data: Prototypes, samples: number): number {
  let right = 0;
  for (let k = 0; k < samples; k++) {
    const { label, inputs } = data.sample(false);
    const counts = new Uint32Array(10);
    for (const neuron of simulation.run(inputs).spikes.prediction!.events().neuron) counts[neuron]! += 1;
    const most = Math.max(...counts);
    // Silence is wrong.
    if (most > 0 && counts.indexOf(most) === label) right += 1;
  }
  return right / samples;
}

it('eRBP learns noisy prototypes: from chance to 90 % in 250 samples', () => {
  const network: Network = erbpNetwork();
  const simulation = new Simulation(network, { seed: 5, dt: DT, record: { outputs: ['prediction'] } });
  const data = new Prototypes();
  const weights = () => ['first', 'second'].map((name) => simulation.synapses(name).variables.w);
  const start = weights();
  expect(accuracy(simulation, data, 50)).toBeLessThan(0.4);
  // Samples that do not teach leave every weight as it is.
  expect(weights()).toEqual(start);
  for (let k = 0; k < 250; k++) simulation.run(data.sample(true).inputs);
  expect(accuracy(simulation, data, 100)).toBeGreaterThan(0.9);
});

/** Has the current and the error that it is told, and adds up what arrives. */
const told = defineNeuron({
  name: 'told',
  params: {},
  state: { I: 'synaptic current', U: 'dendrite', total: 'all that arrived' },
  inputs: { current: 'I to be', error: 'U to be', J: 'arriving spikes' },
  equations: `
    I' = current
    U' = error
    total' = total + J
    z' = spike(-1 - 0 * J)`,
  pseudoDerivative: triangular(),
});

/** Change of a weight of 0.25, and what is delivered, by one spike at given current and error. */
function update({ I, U = 0.095, p = 1, learning = 1 }: { I: number; U?: number; p?: number; learning?: number }) {
  const network = defineNetwork({
    inputs: {
      x: { size: 1 },
      current: { size: 1, kind: 'floats' },
      error: { size: 1, kind: 'floats' },
      learning: { size: 1, kind: 'floats' },
    },
    populations: { cell: { size: 1, model: told() } },
    projections: {
      current: { from: 'current', to: 'cell', input: 'current', weights: 1 },
      error: { from: 'error', to: 'cell', input: 'error', weights: 1 },
      x: { from: 'x', to: 'cell', input: 'J', weights: 0.25, synapse: erbp({ eta: 6e-4, p }) },
    },
  });
  const simulation = new Simulation(network, { seed: 1, record: { states: { cell: ['total'] } } });
  const x = new SpikeTrain(2, 1, 1);
  x.set(1, 0, 0);
  const constant = (value: number) => new FloatSequence(2, 1, 1, [value, value]);
  const given = { x, current: constant(I), error: constant(U), learning: constant(learning) };
  const { total } = simulation.run(given).states.cell;
  return { change: simulation.synapses('x').variables.w![0]! - 0.25, delivered: total!.data[1]! };
}

it('one spike changes the weight by η U inside the window, and delivers the new weight', () => {
  const { change, delivered } = update({ I: 0.3 });
  // A weight of 0.25 has a last place of 3e-8.
  expect(Math.abs(change - 5.7e-5)).toBeLessThan(3e-8);
  expect(delivered).toBe(0.25 + change);
  expect(Math.abs(update({ I: 0.3, U: -0.095 }).change + 5.7e-5)).toBeLessThan(3e-8);
  for (const I of [0.7, -0.7]) expect(update({ I })).toEqual({ change: 0, delivered: 0.25 });
  expect(update({ I: 0.3, learning: 0 })).toEqual({ change: 0, delivered: 0.25 });
  expect(update({ I: 0.3, p: 0 })).toEqual({ change: 0, delivered: 0 });
});

it('quantised weights move by whole steps, with the mean of the change', () => {
  const [N, step] = [20_000, 1 / 128];
  const network = defineNetwork({
    inputs: {
      x: { size: 1 },
      current: { size: N, kind: 'floats' },
      error: { size: N, kind: 'floats' },
      learning: { size: 1, kind: 'floats' },
    },
    populations: { cell: { size: N, model: told() } },
    projections: {
      current: { from: 'current', to: 'cell', topology: oneToOne(), input: 'current', weights: 1 },
      error: { from: 'error', to: 'cell', topology: oneToOne(), input: 'error', weights: 1 },
      x: { from: 'x', to: 'cell', input: 'J', weights: 0.25, synapse: erbpQuantised({ eta: 0.01, p: 0.5, step }) },
    },
  });
  const simulation = new Simulation(network, { seed: 1, record: { states: { cell: ['total'] } } });
  const x = new SpikeTrain(2, 1, 1);
  x.set(1, 0, 0);
  const constant = (size: number, of: (k: number) => number) =>
    new FloatSequence(
      2,
      1,
      size,
      Float32Array.from({ length: 2 * size }, (_, k) => of(k % size)),
    );
  // A change of a quarter of a step, up for even neurons and down for odd ones.
  const U = (k: number) => ((k % 2 === 0 ? 0.25 : -0.25) * step) / 0.01;
  const given = { x, current: constant(N, () => 0.3), error: constant(N, U), learning: constant(1, () => 1) };
  const { total } = simulation.run(given).states.cell;
  const { w } = simulation.synapses('x').variables;
  const sums = { up: 0, down: 0, sent: 0 };
  for (let k = 0; k < N; k++) {
    const steps = (w![k]! - 0.25) / step;
    expect(steps === 0 || steps === (k % 2 === 0 ? 1 : -1)).toBe(true);
    const delivered = total!.data[N + k]!;
    // What is not sent does not learn.
    expect(delivered === w![k] || (delivered === 0 && steps === 0)).toBe(true);
    sums[k % 2 === 0 ? 'up' : 'down'] += Math.abs(steps);
    sums.sent += delivered > 0 ? 1 : 0;
  }
  // Half are sent, and a quarter of these move: 10,000 trials each, within 4 standard deviations of 33 and 71.
  expect(Math.abs(sums.up - 1250)).toBeLessThan(132);
  expect(Math.abs(sums.down - 1250)).toBeLessThan(132);
  expect(Math.abs(sums.sent - 10_000)).toBeLessThan(284);
});

it('the window may look at the membrane', () => {
  /** The membrane is told; the current is always outside the window. */
  const membrane = defineNeuron({
    name: 'membrane',
    params: {},
    state: { V: 'membrane', I: 'synaptic current', U: 'dendrite' },
    inputs: { told: 'V to be', J: 'arriving spikes' },
    equations: `
      V' = told
      I' = 10
      U' = 0.095
      z' = spike(-1 - 0 * J)`,
    pseudoDerivative: triangular(),
  });
  const change = (V: number) => {
    const network = defineNetwork({
      inputs: { x: { size: 1 }, told: { size: 1, kind: 'floats' }, learning: { size: 1, kind: 'floats' } },
      populations: { cell: { size: 1, model: membrane() } },
      projections: {
        told: { from: 'told', to: 'cell', input: 'told', weights: 1 },
        x: { from: 'x', to: 'cell', input: 'J', weights: 0.25, synapse: erbpMembrane({ eta: 6e-4, p: 1 }) },
      },
    });
    const simulation = new Simulation(network, { seed: 1 });
    const x = new SpikeTrain(2, 1, 1);
    x.set(1, 0, 0);
    simulation.run({ x, told: new FloatSequence(2, 1, 1, [V, V]), learning: new FloatSequence(2, 1, 1, [1, 1]) });
    return simulation.synapses('x').variables.w![0]! - 0.25;
  };
  expect(Math.abs(change(0.3) - 5.7e-5)).toBeLessThan(3e-8);
  expect([change(0.7), change(-0.7)]).toEqual([0, 0]);
});
