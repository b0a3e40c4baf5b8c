import { describe, expect, it } from 'vitest';
import type { SynapseInstance } from '../expr/index.ts';
import { oneToOne, Simulation } from '../network/index.ts';
import { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import { homeostaticScaling, rStdp, stdp, tsodyksMarkram } from './index.ts';
import { relayNetwork } from './testing/relay.ts';

interface Experiment {
  readonly synapse: SynapseInstance;
  /** Steps of presynaptic and postsynaptic spikes. */
  readonly pre?: readonly number[];
  readonly post?: readonly number[];
  readonly steps: number;
  readonly weight?: number;
  readonly reward?: number;
}

/** One synapse; what it is, and what it has delivered, after some steps of 1 ms. */
function experiment({ synapse, pre = [], post = [], steps, weight = 0.5, reward = 0 }: Experiment) {
  const network = relayNetwork({ pre: 1, post: 1 }, { topology: oneToOne(), weights: weight, synapse });
  const simulation = new Simulation(network, { seed: 1, record: { states: { post: ['total'] } } });
  const train = (spikes: readonly number[]) => {
    const bits = new SpikeTrain(steps, 1, 1);
    for (const step of spikes) bits.set(step, 0, 0);
    return bits;
  };
  const signal = new FloatSequence(steps, 1, 1, new Float32Array(steps).fill(reward));
  const { states } = simulation.run({ pre: train(pre), told: train(post), reward: signal });
  const { variables } = simulation.synapses('plastic');
  return { w: variables.w![0]!, variables, total: states.post!.total!.data };
}

const every = (interval: number, steps: number) => Array.from({ length: steps / interval }, (_, k) => k * interval);

// @eq song2000stdp (modification function)
describe('stdp', () => {
  it.each([
    [0, 1],
    [0, 20],
    [0, -1],
    [0, -15],
    [1, 7],
    [1, -7],
  ])('mu %d: a pair %d ms apart changes the weight by the window', (mu, lag) => {
    const values = { tauPlus: 10, tauMinus: 25, aPlus: 0.02, aMinus: 0.03, wMax: 2, mu };
    const [pre, post] = lag > 0 ? [[5], [5 + lag]] : [[5 - lag], [5]];
    const { w } = experiment({ synapse: stdp(values), pre, post, steps: 60 });
    const factor = (distance: number) => (mu === 0 ? 2 : distance);
    const change = lag > 0 ? 0.02 * factor(2 - 0.5) * Math.exp(-lag / 10) : -0.03 * factor(0.5) * Math.exp(lag / 25);
    // Up to twenty steps of decay, each rounded to 6e-8.
    expect(Math.abs(w - 0.5 - change)).toBeLessThan(1e-7);
  });

  it('spikes of the same step count as a pair pre-post', () => {
    const { w } = experiment({ synapse: stdp({ aPlus: 0.02 }), pre: [3], post: [3], steps: 5 });
    expect(w).toBeCloseTo(0.52, 6);
  });

  it('weights stay between 0 and wMax', () => {
    const spikes = every(5, 400);
    const later = spikes.map((step) => step + 1);
    const grown = experiment({ synapse: stdp({ aPlus: 0.2 }), pre: spikes, post: later, steps: 402 });
    const shrunk = experiment({ synapse: stdp({ aPlus: 0, aMinus: 0.2 }), pre: later, post: spikes, steps: 402 });
    expect([grown.w, shrunk.w]).toEqual([1, 0]);
  });
});

// @eq izhikevich2007dopamine (eligibility trace and weight)
describe('r-stdp', () => {
  it('without reward leaves the weight, with reward integrates the eligibility trace', () => {
    const given = { synapse: rStdp({ tauC: 100, tauPlus: 10 }), pre: [0], post: [5], steps: 2000 };
    expect(experiment(given).w).toBe(0.5);
    // The whole of exp(-5 / 10) · exp(-t / 100), less than e^-19 of it missing, times 0.003 per ms.
    const change = 0.003 * 100 * Math.exp(-0.5);
    expect(experiment({ ...given, reward: 0.003 }).w).toBeCloseTo(0.5 + change, 5);
  });
});

// @eq vanrossum2000scaling (synaptic scaling)
describe('homeostatic scaling', () => {
  const synapse = homeostaticScaling({ interval: 50, tauW: 1000, tauRate: 200, target: 0.02, wMax: 10 });

  it('lets the weights of a silent neuron grow by the same factor in every interval', () => {
    expect(experiment({ synapse, steps: 1000 }).w).toBeCloseTo(0.5 * 1.05 ** 20, 5);
  });

  it('keeps them where the neuron fires at its target, and moves them towards it elsewhere', () => {
    const change = (interval: number) => {
      const weight = (steps: number) => experiment({ synapse, post: every(interval, steps), steps }).w;
      return weight(4000) / weight(2000);
    };
    expect(change(25)).toBeLessThan(0.5);
    expect(change(100)).toBeGreaterThan(2);
    // At 20 Hz the estimate is low by half an interval of 50 ms in 200 ms at the moments that count.
    expect(Math.abs(Math.log(change(50)))).toBeLessThan(40 * 0.05 * 0.125);
  });
});

// @eq tsodyks1998networks (facilitation and depression)
describe('tsodyks-markram', () => {
  it('delivers w·U at the first spike, and the known amount when spikes have come at intervals for long', () => {
    const [interval, use, tauD, tauF] = [20, 0.3, 100, 60];
    const steps = 2000;
    const { total, w } = experiment({
      synapse: tsodyksMarkram({ use, tauD, tauF }),
      pre: every(interval, steps),
      steps,
    });
    expect(w).toBe(0.5);
    expect(total[0]).toBeCloseTo(0.5 * use, 6);
    const [f, d] = [Math.exp(-interval / tauF), Math.exp(-interval / tauD)];
    const u = use / (1 - (1 - use) * f);
    const x = (1 - d) / (1 - (1 - u) * d);
    // The sum is about 20, so a difference of two keeps 2e-6.
    expect(Math.abs(total[1990]! - total[1970]! - 0.5 * u * x)).toBeLessThan(4e-6);
  });
});
