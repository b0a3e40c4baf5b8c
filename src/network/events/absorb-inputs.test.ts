import { describe, expect, it } from 'vitest';
import { defineNeuron, type NeuronInstance, triangular } from '../../expr/index.ts';
import { absorbInputs } from './absorb-inputs.ts';
import { EventSimulation } from './event-simulation.ts';

/** Counts from its reset value towards its threshold, up or down. */
const ramp = defineNeuron({
  name: 'ramp',
  params: {
    vTh: { symbol: 'θ', unit: '1', default: 3.5, doc: 'threshold' },
    vReset: { symbol: 'V_r', unit: '1', default: 0, doc: 'value after a spike' },
  },
  state: { v: { doc: 'counter' } },
  inputs: { jump: { doc: 'jumps' } },
  equations: `
    v1 = v + jump + where(vTh > vReset, 1, -1)
    u  = (v1 - vTh) / (vTh - vReset)
    z' = spike(u)
    v' = where(z' > 0, vReset, v1)`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});

/** What the spike of an absorbed step asks the sign of. */
function asked(positive?: Parameters<typeof absorbInputs>[2]): string {
  const { program } = absorbInputs(ramp.step, new Set(), positive);
  const spike = program.graph.node(program.output);
  if (spike.op !== 'spike') throw new Error(`expected a spike, got ${spike.op}`);
  return program.graph.node(spike.a).op;
}

const steps = (model: NeuronInstance) => {
  const simulation = new EventSimulation({ populations: { one: { size: 5, model } }, projections: {} }, { seed: 1 });
  const { time, neuron } = simulation.run(20).spikes.one;
  return Array.from(time).filter((_, k) => neuron[k] === 4);
};

describe('the sign that a spike asks for', () => {
  it('is that of the difference where the divisor is known to be positive', () => {
    expect(asked()).toBe('div');
    expect(asked(() => true)).toBe('sub');
  });

  it('is kept for a divisor of either sign, and for one that differs between neurons', () => {
    // 1, 2, 3, 4 > 3.5: every fourth step
    expect(steps(ramp())).toEqual([3, 7, 11, 15, 19]);
    expect(steps(ramp({ vTh: Float32Array.of(1, 1, 1, 1, 3.5) }))).toEqual([3, 7, 11, 15, 19]);
    // Above a threshold below the reset value the quotient is negative: a spike comes when the counter falls below it.
    expect(steps(ramp({ vTh: -3.5 }))).toEqual([3, 7, 11, 15, 19]);
  });

  it('is kept for a divisor whose sign depends on a state', () => {
    // Falls by 1 a step: v + 2.5 over a divisor that is -1 for v < 0.
    const fall = defineNeuron({
      name: 'fall',
      params: {},
      state: { v: { doc: 'counter', init: 2 } },
      inputs: { jump: 'jumps' },
      equations: `
        v' = v + jump - 1
        z' = spike((v' + 2.5) / where(v < 0, -1, 1))`,
      pseudoDerivative: triangular({ dampening: 0.3 }),
    });
    // (v' + 2.5) / divisor: 3.5, 2.5, 1.5 / 1, then 0.5 / -1, then negative / -1.
    expect(steps(fall()).slice(0, 5)).toEqual([0, 1, 2, 4, 5]);
  });
});
