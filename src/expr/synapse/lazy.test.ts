import { expect, it } from 'vitest';
import { deriveParameters } from '../evaluate.ts';
import { defineSynapse } from './define-synapse.ts';
import { lazyDecays, type SynapseDecay } from './lazy.ts';

/** The decays of a synapse with variables w, e, f, whose `onStep` is given. */
function decays(onStep: string, onPre = "e' = e + 1\nf' = f + 1\nx' = x + 1"): Record<string, SynapseDecay> {
  const { program } = defineSynapse({
    name: 'rule',
    params: { tau: { symbol: 'τ', unit: 'ms', default: 20, doc: 'time constant' } },
    derived: { c: 'exp(-dt / tau)' },
    synapse: { w: 'weight', e: 'trace', f: 'trace' },
    pre: { x: 'trace' },
    signals: { reward: 'reward' },
    onPre,
    onStep,
  });
  return lazyDecays(program, deriveParameters(program, { tau: 20 }, 1));
}

const c = Math.exp(-1 / 20);

it.each([
  ["e' = c * e", { factor: c, rest: 0 }],
  ["e' = e - e / 4", { factor: 0.75, rest: 0 }],
  ["e' = e + (1 - c) * (2 - e)", { factor: c, rest: 2 }],
  ["e' = 0.5 * (1 - (1 - e))", { factor: 0.5, rest: 0 }],
  ["h = c * e\ne' = h", { factor: c, rest: 0 }],
  ["e' = e", { factor: 1, rest: 0 }],
  ["e' = 0.25", { factor: 0, rest: 0.25 }],
])('%s needs no sweep', (line, decay) => {
  const found = decays(line);
  expect(Object.keys(found)).toEqual(['e']);
  // Coefficients are computed in float64.
  expect(found.e!.factor).toBeCloseTo(decay.factor, 14);
  expect(found.e!.rest).toBeCloseTo(decay.rest, 13);
});

it.each([
  ["e' = e + 1", 'a sum that grows for ever'],
  ["e' = 2 * e", 'a factor above 1'],
  ["e' = -0.5 * e", 'a sign that changes at every step'],
  ["e' = c * e + 0.1 * reward", 'a signal'],
  ["e' = c * e + x", 'a trace of the neuron'],
  ["e' = c * e * e", 'no linear function'],
  ["e' = tanh(e)", 'no linear function'],
  ["e' = c * e + 0.1 * normal()", 'a draw'],
  ["e' = c * e\nf' = c * f + e", 'another variable reads it'],
  ["e' = c * e\nw' = w + 0.1 * e'", 'the weight reads it'],
  ["e' = c * e + f\nf' = f + 0.1 * tanh(e)", 'both read each other'],
])('%s does: %s', (line) => {
  expect(decays(line)).toEqual({});
});

it('a variable that only others read, between events, may decay while they do not', () => {
  expect(Object.keys(decays("e' = c * e\nf' = c * f\nx' = c * x"))).toEqual(['e', 'f']);
});
