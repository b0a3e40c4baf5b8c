import { describe, expect, it } from 'vitest';
import { alif, alifUnscaled, lif } from '../neurons/index.ts';
import { defineNeuron } from './define-neuron.ts';
import { detachReset } from './detach-reset.ts';
import { deriveParameters, evaluateJacobians, evaluateStep, type StepInput } from './evaluate.ts';
import { triangular } from './pseudo-derivatives.ts';

const input: StepInput = {
  params: deriveParameters(alifUnscaled.step, { tauM: 20, tauA: 200, vTh: 0.6, beta: 0.07, nRef: 0 }, 1),
  state: { v: 0.7, a: 0.5, r: 0 },
  previousOutput: 1,
  inputs: { I: 0.1 },
  random: [],
};

describe('detachReset', () => {
  it('cuts the own spike out of the state that the input drives, and nowhere else', () => {
    const whole = evaluateJacobians(alifUnscaled.step, input);
    const cut = evaluateJacobians(detachReset(alifUnscaled.step), input);
    expect(whole.stateByPrevious).toEqual({ v: -0.6, a: 1, r: 0 });
    expect(cut.stateByPrevious).toEqual({ v: 0, a: 1, r: 0 });
    expect({ ...cut, stateByPrevious: 0 }).toEqual({ ...whole, stateByPrevious: 0 });
  });

  it('leaves every value as it was', () => {
    expect(evaluateStep(detachReset(alifUnscaled.step), input)).toEqual(evaluateStep(alifUnscaled.step, input));
  });

  it('keeps the adaptation inside a reset by the adaptive threshold', () => {
    const params = deriveParameters(alif.step, { tauM: 20, tauA: 200, vTh: 0.6, beta: 0.07, nRef: 0 }, 1);
    const cut = evaluateJacobians(detachReset(alif.step), { ...input, params });
    // v' = … - stop(z) · (vTh + β a'): through a' = ρ a + (1 - ρ) z the threshold still counts.
    expect(cut.stateByPrevious.v).toBeCloseTo(-0.07 * (1 - params.rho!), 14);
    expect(cut.stateByState.v!.a).toBeCloseTo(-0.07 * params.rho!, 14);
  });

  it('cuts a reset within the step, and gives back a program without one', () => {
    const within = defineNeuron({
      name: 'within',
      params: {},
      state: { v: 'potential' },
      inputs: { I: 'current' },
      equations: `
        w  = 0.9 * v + I
        z' = spike(w - 1)
        v' = where(z' > 0, 0, w) - 0.1 * z'`,
      pseudoDerivative: triangular({ dampening: 0.3 }),
    });
    const at: StepInput = { params: {}, state: { v: 1.2 }, previousOutput: 0, inputs: { I: 0.2 }, random: [] };
    expect(evaluateJacobians(within.step, at).stateByInput.v!.I).not.toBe(0);
    expect(evaluateJacobians(detachReset(within.step), at).stateByInput.v!.I).toBe(0);
    expect(detachReset(lif.step)).not.toBe(lif.step);
    const once = detachReset(lif.step);
    expect(detachReset(once)).toBe(once);
  });
});
