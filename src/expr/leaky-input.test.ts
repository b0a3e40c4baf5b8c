import { describe, expect, it } from 'vitest';
import { RandomStream } from '../base/random.ts';
import { defineNeuron } from './define-neuron.ts';
import type { PseudoDerivative } from './definition.ts';
import { type AdjointProgram, activeStates, differentiate } from './differentiate.ts';
import { evaluateGraph } from './evaluate.ts';
import { type NodeId, reachable } from './graph.ts';
import { leakyInput } from './leaky-input.ts';
import { planPopulation } from './plan.ts';
import { parametersOf } from './program.ts';
import { arctan, boxcar, fastSigmoid, sigmoidDerivative, triangular } from './pseudo-derivatives.ts';

const spec = { symbol: 'p', unit: '1', default: 0.5, doc: 'parameter' };
const STATES = ['v', 'a', 'w'] as const;

/** A model with the states that its equations update. */
function modelOf(equations: string, pseudoDerivative: PseudoDerivative = triangular()) {
  const state = Object.fromEntries(STATES.filter((name) => equations.includes(`${name}'`)).map((name) => [name, name]));
  return defineNeuron({
    name: 'cell',
    params: { k: spec, c: spec, th: spec },
    state,
    inputs: { I: 'input', J: 'other input' },
    equations,
    pseudoDerivative,
    ...(equations.includes("z'") ? {} : { output: 'v' }),
  });
}

function adjointOf(equations: string, pseudo?: PseudoDerivative): AdjointProgram {
  const { step } = modelOf(equations, pseudo);
  return differentiate(step, activeStates(step));
}

const SPIKE = "z' = spike((v' - th) / th)";
const ADAPTIVE = "a' = k * a + c * z\nz' = spike((v' - th - k * a') / (th + a'))";

const LEAKY: Record<string, string> = {
  'a normalised leaky sum': `v' = k * v + (1 - k) * I - z * th\n${SPIKE}`,
  'a plain one with adaptation': `v' = k * v + I - th * z\n${ADAPTIVE}`,
  'a relaxation towards the input': `v' = v + k * (I - v)\n${SPIKE}`,
  'a factor of both': `v' = c * (v + I)\n${SPIKE}`,
  'signs and quotients': `v' = -(v / c - 2 * I / th) - z\n${SPIKE}`,
  'a decay that is a number': `v' = 0.9 * v + I\n${SPIKE}`,
  'an input that is part of the current only': `v' = k * v + c * I + J * J\n${SPIKE}`,
  'two spike conditions on one state': `v' = k * v + I\nz' = where(a > 0, 0, spike(v' - th))\na' = stop(v')`,
};

const OTHER: Record<string, string> = {
  'a smooth output': "v' = k * v + I",
  'a reset by multiplication': `v' = k * v * (1 - z) + I\n${SPIKE}`,
  'a decay that depends on the state': `v' = tanh(a) * v + I\na' = k * a + z\n${SPIKE}`,
  'an input without memory': `v' = I\n${SPIKE}`,
  'an input filtered twice': `a' = k * a + I\nv' = c * v + a'\n${SPIKE}`,
  'a state that another one reads': `a' = k * a + v\nv' = c * v + I\nz' = spike(v' - a')`,
  'an input used twice': `v' = k * v + I\nz' = spike(v' + I - th)`,
  'a nonlinear input': `v' = k * v + tanh(I)\n${SPIKE}`,
};

/** One step's adjoints for random values of everything but the seeds of states. */
function adjointValues(adjoint: AdjointProgram, roots: NodeId[], random: RandomStream, seeds: Record<string, number>) {
  const drawn = new Map<string, number>();
  return evaluateGraph(adjoint.graph, roots, (leaf) => {
    if (leaf.op === 'const') return leaf.value;
    if (leaf.op === 'param') return { k: 0.8, c: 0.3, th: 0.7 }[leaf.name]!;
    if (leaf.op === 'seed' && leaf.name !== '') return seeds[leaf.name]!;
    if (leaf.op === 'previousOutput') return random.integer(2);
    const key = `${leaf.op} ${'name' in leaf ? leaf.name : ''}`;
    if (!drawn.has(key)) drawn.set(key, random.normal());
    return drawn.get(key)!;
  });
}

describe('leakyInput', () => {
  it.each(Object.entries(LEAKY))('finds %s, and dE/dI(t) = q(t) + decay · dE/dI(t + 1)', (_name, equations) => {
    const adjoint = adjointOf(equations);
    const { state, decay, q } = leakyInput(adjoint, 'I')!;
    const { results, activeStates: active } = adjoint;
    const roots = [q, decay, results.inputs.I!, ...active.map((name) => results.state[name]!)];
    const random = new RandomStream(7);
    let zeros = 0;
    let later = { input: 0, seeds: Object.fromEntries(active.map((name) => [name, 0])) };
    for (let t = 0; t < 200; t++) {
      const values = adjointValues(adjoint, roots, random, later.seeds);
      const input = values[results.inputs.I!]!;
      // float64 rounding of a few operations.
      expect(Math.abs(input - (values[q]! + values[decay]! * later.input))).toBeLessThan(1e-13 * (1 + Math.abs(input)));
      if (values[q] === 0) zeros++;
      later = { input, seeds: Object.fromEntries(active.map((name) => [name, values[results.state[name]!]!])) };
    }
    expect(state).toBe('v');
    expect(zeros).toBeGreaterThan(20);
    expect(zeros).toBeLessThan(200);
  });

  it.each(Object.entries(OTHER))('does not take %s for one', (_name, equations) => {
    expect(leakyInput(adjointOf(equations), 'I')).toBeUndefined();
  });

  it('asks for a pseudo-derivative that can be 0', () => {
    const found = (pseudo: PseudoDerivative) => leakyInput(adjointOf(LEAKY['a normalised leaky sum']!, pseudo), 'I');
    for (const pseudo of [triangular(), boxcar()]) expect(found(pseudo), pseudo.name).toBeDefined();
    for (const pseudo of [fastSigmoid(), arctan(), sigmoidDerivative()])
      expect(found(pseudo), pseudo.name).toBe(undefined);
  });

  it('decides input by input', () => {
    const adjoint = adjointOf(`v' = k * v + I + tanh(J)\n${SPIKE}`);
    expect(leakyInput(adjoint, 'I')).toBeDefined();
    expect(leakyInput(adjoint, 'J')).toBeUndefined();
  });
});

describe('planPopulation', () => {
  const { step } = modelOf(LEAKY['a plain one with adaptation']!);
  const leaky = (perNeuron: string[]) => planPopulation(step, { perNeuron, training: true }).leaky;

  it('has a leaky input unless its decay is per neuron', () => {
    expect(Object.keys(leaky([]))).toEqual(['I']);
    expect(Object.keys(leaky(['th', 'c']))).toEqual(['I']);
    expect(leaky(['k'])).toEqual({});
  });

  it('names the decay by parameters alone', () => {
    const { adjoint, leaky: found } = planPopulation(step, { perNeuron: [], training: true });
    expect(parametersOf(adjoint!.graph, reachable(adjoint!.graph, [found.I!.decay]))).toEqual(['k']);
  });
});
