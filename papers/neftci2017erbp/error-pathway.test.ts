import { describe, expect, it } from 'vitest';
import { defineNetwork, errorNeuron, oneToOne, RandomStream, Simulation, SpikeTrain, twoCompartment } from 'volley';
import { erbp } from 'volley/synapses';
import { FloatSequence } from 'volley/tensor';
import { mostSpikes } from './answers.ts';
import { feedbackWeights } from './network.ts';
import { addPulses, Waits } from './sources.ts';

const DT = 0.1;

describe('sources', () => {
  // Rate = 1 / (40 steps + mean wait): 1 / (4 ms + 0.1 ms / (1 - exp(-0.1 ms hazard))).
  it.each([
    [2850, 227.1],
    [4800, 234.6],
  ])('a hazard of %d Hz with 4 ms of silence gives %d Hz', (hazard, rate) => {
    const train = new SpikeTrain(1_000_000, 1, 1);
    addPulses(train, 0, { hazard, tRef: 4, dt: DT }, new Waits(1, 'test'));
    // 1 % of 23,000 spikes is 10 standard deviations: silence makes trains regular.
    expect(Math.abs(train.count() / 100 / rate - 1)).toBeLessThan(0.01);
  });

  it('keeps silent for 40 steps after a spike', () => {
    const train = new SpikeTrain(100_000, 1, 3);
    addPulses(train, 2, { hazard: 4800, tRef: 4, dt: DT }, new Waits(1, 'test'));
    const { time, neuron } = train.events();
    expect(new Set(neuron)).toEqual(new Set([2]));
    const gaps = Array.from(time.subarray(1), (t, k) => t - time[k]!);
    expect(Math.min(...gaps)).toBe(41);
  });
});

it('feedback to a neuron sums to 0, and both error neurons of a class have opposite signs', () => {
  const weights = feedbackWeights(30, 0.13, new RandomStream(1, 3));
  for (let i = 0; i < 30; i++) {
    const row = weights.subarray(20 * i, 20 * i + 20);
    const plus = row.subarray(0, 10);
    expect([...row.subarray(10)]).toEqual(Array.from(plus, (g) => -g));
    // Ten float32 roundings of numbers below 0.2.
    expect(Math.abs(plus.reduce((sum, g) => sum + g, 0))).toBeLessThan(1e-6);
  }
});

// @eq neftci2017erbp (error neurons)
it('an error neuron that hears the label alone fires 0.9 times as often, and fills the dendrite of its class', () => {
  const network = defineNetwork({
    inputs: { label: { size: 1 } },
    populations: { error: { size: 1, model: errorNeuron() }, cell: { size: 1, model: twoCompartment() } },
    projections: {
      label: { from: 'label', to: 'error', input: 'J', weights: 0.09 },
      correction: { from: 'error', to: 'cell', input: 'D', weights: 0.09, topology: oneToOne() },
    },
  });
  const steps = 200_000;
  const label = new SpikeTrain(steps, 1, 1);
  addPulses(label, 0, { hazard: 4800, tRef: 4, dt: DT }, new Waits(1, 'test'));
  const simulation = new Simulation(network, {
    seed: 1,
    dt: DT,
    record: { outputs: ['error'], states: { cell: ['U'] } },
  });
  const { spikes, states } = simulation.run({ label });
  const errors = spikes.error.count();
  // 0.09 per label spike, 0.1 per error spike; what is left in the neuron is below one spike.
  expect(Math.abs(errors - 0.9 * label.count())).toBeLessThan(2);
  const mean = states.cell.U!.data.reduce((sum, u) => sum + u, 0) / steps;
  const rate = errors / (steps * DT);
  // Mean = jump x rate x time constant; the last jump's tail and its first decay are 2 % of it.
  expect(Math.abs(mean / (0.09 * rate * 5) - 1)).toBeLessThan(0.03);
  // At the rate of the label.
  expect(Math.abs(mean / 0.095 - 1)).toBeLessThan(0.05);
});

/** Weights that grow from 0 under imposed spikes of data, label and prediction. */
function accumulated(label: SpikeTrain, prediction: SpikeTrain, data: SpikeTrain): Float32Array {
  const random = new RandomStream(4, 4);
  // Multiples of 1/1024, so that sums of them are exact in any order.
  const feedback = Float32Array.from({ length: 16 * 6 }, () => (random.integer(200) - 100) / 1024);
  for (let i = 0; i < 16; i++) for (let k = 0; k < 3; k++) feedback[6 * i + 3 + k] = -feedback[6 * i + k]!;
  const [plus, minus] = [{ weights: 0.09, input: 'J' } as const, { weights: -0.09, input: 'J' } as const];
  const network = defineNetwork({
    inputs: { data: { size: 8 }, label: { size: 3 }, prediction: { size: 3 }, learning: { size: 1, kind: 'floats' } },
    populations: {
      low: { size: 3, model: errorNeuron() },
      high: { size: 3, model: errorNeuron() },
      cell: { size: 16, model: twoCompartment() },
    },
    projections: {
      data: { from: 'data', to: 'cell', input: 'J', weights: 0, synapse: erbp() },
      labelLow: { from: 'label', to: 'low', topology: oneToOne(), ...plus },
      labelHigh: { from: 'label', to: 'high', topology: oneToOne(), ...minus },
      predictionLow: { from: 'prediction', to: 'low', topology: oneToOne(), ...minus },
      predictionHigh: { from: 'prediction', to: 'high', topology: oneToOne(), ...plus },
      low: { from: 'low', to: 'cell', input: 'D', delay: 1, weights: half(feedback, 0) },
      high: { from: 'high', to: 'cell', input: 'D', delay: 1, weights: half(feedback, 3) },
    },
  });
  const learning = new FloatSequence(data.time, 1, 1, new Float32Array(data.time).fill(1));
  const simulation = new Simulation(network, { seed: 1, dt: DT });
  simulation.run({ data, label, prediction, learning });
  return simulation.synapses('data').variables.w!;
}

/** Three columns of [16, 6]. */
const half = (feedback: Float32Array, first: number): Float32Array =>
  Float32Array.from({ length: 16 * 3 }, (_, k) => feedback[6 * Math.floor(k / 3) + first + (k % 3)]!);

// @eq neftci2017erbp (event-driven random back-propagation)
it('label and prediction exchanged: every change of a weight turns its sign, exactly', () => {
  const waits = new Waits(9, 'test');
  const train = (size: number, hazard: number) => {
    const made = new SpikeTrain(20_000, 1, size);
    for (let i = 0; i < size; i++) addPulses(made, i, { hazard, tRef: 4, dt: DT }, waits);
    return made;
  };
  const [label, prediction, data] = [train(3, 300), train(3, 200), train(8, 1000)];
  const [there, back] = [accumulated(label, prediction, data), accumulated(prediction, label, data)];
  expect(there.some((w) => Math.abs(w) > 1e-3)).toBe(true);
  expect([...back]).toEqual(Array.from(there, (w) => -w));
});

it('silence answers nothing, and a tie answers the first', () => {
  expect(mostSpikes([0, 0, 0])).toBe(-1);
  expect(mostSpikes([0, 2, 1, 2])).toBe(1);
});
