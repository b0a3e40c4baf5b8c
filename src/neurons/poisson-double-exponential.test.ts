import { describe, expect, it } from 'vitest';
import { defineNetwork, oneToOne, Simulation } from '../network/index.ts';
import { SpikeTrain } from '../tensor/index.ts';
import { poissonDoubleExponential } from './poisson-double-exponential.ts';

const SIZE = 1000;

function simulation(values: Parameters<typeof poissonDoubleExponential>[0], weight = 0) {
  const network = defineNetwork({
    inputs: { x: { size: SIZE } },
    populations: { cells: { size: SIZE, model: poissonDoubleExponential(values) } },
    projections: { in: { from: 'x', to: 'cells', input: 'exc', topology: oneToOne(), weights: weight } },
  });
  return new Simulation(network, { seed: 4, record: { outputs: ['cells'], states: { cells: ['bap', 'threshold'] } } });
}

const quiet = (steps: number) => ({ x: new SpikeTrain(steps, 1, SIZE) });

describe('the stochastic neuron with double-exponential potentials', () => {
  it('fires at the rate that its potential says, in bursts that are no shorter than the refractory time', () => {
    const bias = Math.log(50);
    const { spikes } = simulation({ bias, stepA: 0, tRef: 5 }).run(quiet(2000));
    // Renewal: 5 steps of silence after each spike, then 1 / p steps on average, p = 1 - exp(-0.05).
    const expected = 1 / (5 + 1 / -Math.expm1(-0.05));
    const found = spikes.cells.count() / (SIZE * 2000);
    // 8e4 spikes, of intervals with a coefficient of variation below 1: five standard errors.
    expect(Math.abs(found / expected - 1)).toBeLessThan(5 / Math.sqrt(SIZE * 2000 * expected));
    let last = new Map<number, number>();
    const { time, neuron } = spikes.cells.events();
    for (let k = 0; k < time.length; k++) {
      expect(time[k]! - (last.get(neuron[k]!) ?? -6)).toBeGreaterThan(5);
      last = last.set(neuron[k]!, time[k]!);
    }
  });

  it('has a learning signal with mean 0, which is 0 while refractory', () => {
    const { states, spikes } = simulation({ bias: Math.log(50), stepA: 0 }).run(quiet(2000));
    const { data } = states.cells.bap!;
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    // The variance of one value is below p = 0.05: five standard errors.
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(0.05 / data.length));
    const { time, neuron } = spikes.cells.events();
    for (let k = 0; k < 100; k++) {
      if (time[k]! + 5 >= 2000) continue;
      expect(data[time[k]! * SIZE + neuron[k]!]).toBeCloseTo(Math.exp(-0.05), 5);
      for (let later = 1; later <= 5; later++) expect(data[(time[k]! + later) * SIZE + neuron[k]!]).toBe(0);
    }
  });

  it('is driven to its target rate by its threshold', () => {
    const cells = simulation({ bias: 2, targetRate: 0.005, stepA: 0.1 });
    cells.run(quiet(20_000));
    const before = cells.run(quiet(1)).states.cells.threshold!.data;
    const { spikes, states } = cells.run(quiet(10_000));
    const rate = spikes.cells.count() / (SIZE * 10_000);
    // Of 5e4 spikes; five standard errors of independent ones.
    expect(Math.abs(rate / 0.005 - 1)).toBeLessThan(5 / Math.sqrt(5e4));
    // What a threshold gains is what its spikes raise it by, less what it sinks by. 10,000 roundings of 1e-7.
    const own = spikes.cells.countByNeuron()[3]!;
    const gain = states.cells.threshold!.data.at(-SIZE + 3)! - before[3]!;
    expect(gain).toBeCloseTo(0.1 * own - 0.1 * 0.005 * 10_000, 2);
  });

  it('answers an input spike with a difference of exponentials', () => {
    // exp(V) over a rate of 20 Hz without input: the share of neurons that spike shows the potential.
    const weight = 2;
    const cells = simulation({ bias: Math.log(20), stepA: 0, tRef: 0 }, weight);
    const given = quiet(12);
    for (let i = 0; i < SIZE; i++) given.x.set(0, 0, i);
    const counts = new Float64Array(12);
    for (let trial = 0; trial < 50; trial++) {
      const { time } = cells.run(given).spikes.cells.events();
      for (const t of time) counts[t]! += 1;
      cells.run(quiet(400));
    }
    for (let t = 0; t < 12; t++) {
      const potential = ((weight * 20) / 18) * (Math.exp(-t / 20) - Math.exp(-t / 2));
      const p = -Math.expm1(-0.02 * Math.exp(potential));
      // Binomial over 50,000 draws: five standard errors.
      expect(Math.abs(counts[t]! / 50_000 - p)).toBeLessThan(5 * Math.sqrt(p / 50_000));
    }
  });
});
