import { describe, expect, it } from 'vitest';
import { defineNeuron } from './define-neuron.ts';
import type { NeuronDefinition } from './definition.ts';
import { planPopulation } from './plan.ts';
import { triangular } from './pseudo-derivatives.ts';
import { tapeBits } from './tape.ts';

const spec = { symbol: 'p', unit: '1', default: 0.5, doc: 'parameter' };

function tapeOf(parts: Pick<NeuronDefinition, 'state' | 'equations'> & { output?: string }, trainable: string[] = []) {
  const model = defineNeuron({
    name: 'cell',
    params: { p: spec, vTh: spec, nRef: spec },
    inputs: { I: 'input' },
    pseudoDerivative: triangular(),
    ...parts,
  });
  const plan = planPopulation(model.step, { perNeuron: [], training: true, trainable });
  return { ...plan.tape, bits: tapeBits(plan.tape), plan };
}

const ALIF = `
  a' = p * a + (1 - p) * z
  A  = vTh + p * a'
  v' = p * v + (1 - p) * I - z * A
  u  = (v' - A) / A
  z' = where(r > 0, 0, spike(u))
  r' = clip(r + nRef * stop(z') - 1, 0, nRef)`;

describe('minimumTape', () => {
  it('keeps v, a and the refractory bit of the ALIF: 65 bits', () => {
    const { states, nodes, bits, plan } = tapeOf({ state: { v: 'v', a: 'a', r: 'r' }, equations: ALIF });
    expect(states).toEqual(['v', 'a']);
    expect(nodes.map(({ kind }) => kind)).toEqual(['bits']);
    expect(plan.adjoint?.graph.node(nodes[0]!.node).op).toBe('gt');
    expect(bits).toBe(65);
    expect(plan.adjoint?.activeStates).toEqual(['v', 'a']);
  });

  it('keeps nothing of a linear readout', () => {
    expect(tapeOf({ state: { y: 'y' }, equations: "y' = p * y + (1 - p) * I", output: 'y' }).bits).toBe(0);
  });

  it('keeps the old state of a linear readout whose time constant is trained, and its input', () => {
    const parts = { state: { y: 'y' }, equations: "y' = p * y + (1 - p) * I", output: 'y' };
    // d y'/d p = y - I: the difference is one float, cheaper than both of its operands.
    expect(tapeOf(parts, ['p']).bits).toBe(64);
  });

  it('prefers the sum to its parts', () => {
    const parts = { state: { s: 's' }, equations: "x = s + I + uniform()\ns' = 0.5 * tanh(x)", output: 's' };
    const { states, nodes, bits } = tapeOf(parts);
    // tanh(x) is s' / 0.5, but the cut does not invert: one float, tanh(x) itself or x.
    expect([states.length + nodes.length, bits]).toEqual([1, 32]);
  });

  it('keeps a comparison, not its operands', () => {
    const parts = { state: { s: 's' }, equations: "s' = where(I > uniform(), 2 * s, s)", output: 's' };
    expect(tapeOf(parts)).toMatchObject({ states: [], bits: 1 });
  });

  it('keeps a state once for its old and its new value', () => {
    const parts = { state: { s: 's' }, equations: "s' = s + I\no = s' * s", output: 'o' };
    expect(tapeOf(parts)).toMatchObject({ states: ['s'], nodes: [], bits: 32 });
  });
});
