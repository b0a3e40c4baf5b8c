import { describe, expect, it } from 'vitest';
import { RandomStream } from '../base/random.ts';
import { alif, alifBaseThreshold, lif } from '../neurons/index.ts';
import { defineNeuron } from './define-neuron.ts';
import type { PseudoDerivative } from './definition.ts';
import { activeStates, differentiate } from './differentiate.ts';
import { evaluateGraph } from './evaluate.ts';
import type { NodeId } from './graph.ts';
import { gateOutput } from './output-gate.ts';
import { adjointRoots, planPopulation } from './plan.ts';
import type { StepProgram } from './program.ts';
import { boxcar, fastSigmoid, triangular } from './pseudo-derivatives.ts';

const spec = { symbol: 'p', unit: '1', default: 0.5, doc: 'parameter' };

function stepOf(equations: string, pseudoDerivative: PseudoDerivative = triangular()): StepProgram {
  const state = Object.fromEntries(
    ['v', 'a', 'r'].filter((name) => equations.includes(`${name}'`)).map((name) => [name, name]),
  );
  return defineNeuron({
    name: 'cell',
    params: { k: spec, th: spec },
    state,
    inputs: { I: 'input' },
    equations,
    pseudoDerivative,
    ...(equations.includes("z'") ? {} : { output: 'v' }),
  }).step;
}

const GATED: Record<string, StepProgram> = {
  alif: alif.step,
  'alif, base threshold': alifBaseThreshold.step,
  lif: lif.step,
  'a boxcar': stepOf("v' = k * v + I - z * th\nz' = spike(v' - th)", boxcar()),
  'two conditions': stepOf("v' = k * v + I\nr' = stop(v')\nz' = where(r > 1, 0, where(v < -1, 0, spike(v' - th)))"),
};

const OPEN: Record<string, StepProgram> = {
  'a pseudo-derivative without zeros': stepOf("v' = k * v + I\nz' = spike(v' - th)", fastSigmoid()),
  'a smooth output': stepOf("v' = k * v + I"),
  'two spikes': stepOf("v' = k * v + I\na' = k * a + v'\nz' = where(a > 0, spike(v' - th), spike(a' - th))"),
};

const prepare = (step: StepProgram) => {
  const whole = differentiate(step, activeStates(step));
  return { whole, roots: adjointRoots(whole, ['k']).filter((id) => id !== undefined) };
};

/** Values around the threshold and beyond both ends of a tent, the seed of the output as given. */
function values(random: RandomStream, seed: number) {
  const drawn = new Map<string, number>();
  return (leaf: { op: string; name?: string; value?: number }) => {
    if (leaf.op === 'const') return leaf.value!;
    if (leaf.op === 'seed' && leaf.name === '') return seed;
    if (leaf.op === 'previousOutput') return 0;
    const key = `${leaf.op} ${leaf.name}`;
    if (!drawn.has(key)) drawn.set(key, leaf.op === 'param' ? 0.5 : 2 * random.normal());
    return drawn.get(key)!;
  };
}

describe('gateOutput', () => {
  it.each(Object.entries(GATED))(
    '%s: the gated adjoint is the adjoint, and free of dE/d output where it is closed',
    (_name, step) => {
      const { whole, roots } = prepare(step);
      const { adjoint, gate } = gateOutput(whole, roots)!;
      const gated = adjointRoots(adjoint, ['k']).filter((id) => id !== undefined);
      const random = new RandomStream(3, 1);
      const seen = [0, 0];
      for (let trial = 0; trial < 200; trial++) {
        const at = values(random, 1.5);
        // Sums that only differ in the sign of a zero are the same.
        const read = (nodes: readonly NodeId[], leaf: typeof at) => {
          const all = evaluateGraph(whole.graph, [...nodes], leaf);
          return nodes.map((id) => all[id]! + 0);
        };
        const [isOpen, ...got] = read([gate, ...gated], at);
        // The same products and sums, in float64: equal, not close.
        expect(got).toEqual(read(roots, at));
        const other = read(roots, (leaf) => (leaf.op === 'seed' && leaf.name === '' ? -7 : at(leaf)));
        expect(other.some((value, k) => value !== got[k])).toBe(isOpen !== 0);
        seen[isOpen!]! += 1;
      }
      expect(Math.min(...seen)).toBeGreaterThan(10);
    },
  );

  it.each(Object.entries(OPEN))('%s: none', (_name, step) => {
    const { whole, roots } = prepare(step);
    expect(gateOutput(whole, roots)).toBeUndefined();
  });

  it('takes the place of the bit that says whether the neuron is refractory', () => {
    const options = { perNeuron: [], training: true };
    const [plain, gated] = [
      planPopulation(alif.step, options),
      planPopulation(alif.step, { ...options, outputGate: true }),
    ];
    expect(plain.outputGate).toBeUndefined();
    expect(gated.tape).toEqual({ states: plain.tape.states, nodes: [{ node: gated.outputGate, kind: 'bits' }] });
  });
});
