import { describe, expect, it } from 'vitest';
import { deriveParameters, evaluateStep, type NeuronModel } from '../expr/index.ts';
import { cobaExp } from './coba-exp.ts';
import { iafPscAlpha } from './iaf-psc-alpha.ts';
import { iafPscDelta } from './iaf-psc-delta.ts';
import { iafPscExp } from './iaf-psc-exp.ts';

type Values = Readonly<Record<string, number>>;

/** A neuron in float64: returns v after every step, and the steps at which it spiked. */
function simulate(
  model: NeuronModel,
  given: { readonly dt: number; readonly steps: number; readonly params?: Values; readonly state?: Values },
  input: (step: number) => Values,
): { v: number[]; spikes: number[]; state: Values } {
  const { definition, step } = model;
  const defaults = Object.fromEntries(Object.entries(definition.params).map(([name, spec]) => [name, spec.default]));
  const params = deriveParameters(step, { ...defaults, ...given.params }, given.dt);
  let state: Values = Object.fromEntries(Object.keys(step.next).map((name) => [name, given.state?.[name] ?? 0]));
  const [v, spikes]: [number[], number[]] = [[], []];
  let previousOutput = 0;
  for (let t = 0; t < given.steps; t++) {
    const result = evaluateStep(step, { params, state, previousOutput, inputs: input(t), random: [] });
    ({ state, output: previousOutput } = result);
    v.push(state.v!);
    if (previousOutput > 0) spikes.push(t);
  }
  return { v, spikes, state };
}

/** Potential `time` ms after one spike of each kind, as steps of `dt` have it. */
function response(model: NeuronModel, dt: number, time: number, exc: number, inh: number): number {
  const params = { eL: -70, vTh: 0, vReset: -70 };
  const run = simulate(model, { dt, steps: time / dt, params, state: { v: -70 } }, (t) =>
    t === 0 ? { exc, inh } : { exc: 0, inh: 0 },
  );
  return run.v.at(-1)!;
}

// @eq rotter1999exact (exact integration, alpha-shaped currents)
// @eq rotter1999exact (exact integration, exponential currents)
describe.each([
  ['iafPscExp', iafPscExp, (s: number, tau: number) => Math.exp(-s / tau)],
  ['iafPscAlpha', iafPscAlpha, (s: number, tau: number) => (s / tau) * Math.exp(1 - s / tau)],
])('%s', (_, model, current) => {
  it('is exact whatever the time step', () => {
    const [coarse, fine] = [2, 0.125].map((dt) => response(model, dt, 12, 300, -100));
    // Rounding of 100 steps in float64.
    expect(Math.abs(coarse! - fine!)).toBeLessThan(1e-11);
  });

  it('answers a spike with the integral of its current', () => {
    const [tauM, tau, c, w, time] = [10, 2, 250, 300, 6];
    let expected = -70;
    const parts = 20_000;
    for (let k = 0; k < parts; k++) {
      const s = ((k + 0.5) / parts) * time;
      expected += (w / c) * current(s, tau) * Math.exp(-(time - s) / tauM) * (time / parts);
    }
    // Midpoint rule: (time/parts)² / 24 of the integral's curvature.
    expect(Math.abs(response(model, 0.5, time, w, 0) - expected)).toBeLessThan(1e-8);
  });
});

// @eq brunel2000dynamics (1)
describe('iafPscDelta', () => {
  it('fires as the leaky integrator of theory does', () => {
    const [tauM, drive, dt] = [20, 30, 0.1];
    const { spikes } = simulate(iafPscDelta, { dt, steps: 2000, params: { drive } }, () => ({ jump: 0 }));
    // From 10 to 20 mV towards 30: τ ln 2, then 2 ms at the reset; the first one from 0: τ ln 3.
    const [first, interval] = [tauM * Math.log(3), tauM * Math.log(2) + 2].map((ms) => Math.ceil(ms / dt));
    expect(spikes[0]).toBe(first! - 1);
    expect(spikes.slice(1, 9).map((t, k) => t - spikes[k]!)).toEqual(Array(8).fill(interval));
  });

  it('loses what arrives while it is refractory', () => {
    const input = (t: number) => ({ jump: t === 0 ? 25 : t <= 20 ? 5 : 0 });
    const { v, spikes } = simulate(iafPscDelta, { dt: 0.1, steps: 22 }, input);
    expect(spikes).toEqual([0]);
    expect(v.slice(0, 21)).toEqual(Array(21).fill(10));
    expect(v[21]).toBeLessThan(10);
  });
});

// @eq vogels2005signal (conductance-based model)
describe('cobaExp', () => {
  const start = { v: -62, gE: 30, gI: 60 };
  const quiet = () => ({ exc: 0, inh: 0 });
  const at = (dt: number) =>
    simulate(cobaExp, { dt, steps: 8 / dt, params: { vTh: 0 }, state: start }, quiet).v.at(-1)!;

  /** The same equation with conductances as they are at every moment, by Runge and Kutta. */
  function exact(): number {
    const slope = (v: number, t: number) => {
      const [ge, gi] = [30 * Math.exp(-t / 5), 60 * Math.exp(-t / 10)];
      return (10 * (-60 - v) + ge * (0 - v) + gi * (-80 - v)) / 200;
    };
    const [steps, h] = [8000, 0.001];
    let v = -62;
    for (let k = 0; k < steps; k++) {
      const t = k * h;
      const a = slope(v, t);
      const b = slope(v + (h / 2) * a, t + h / 2);
      const c = slope(v + (h / 2) * b, t + h / 2);
      const d = slope(v + h * c, t + h);
      v += (h / 6) * (a + 2 * b + 2 * c + d);
    }
    return v;
  }

  it('converges to the solution at first order: conductances are held for a step', () => {
    const errors = [0.4, 0.2, 0.1].map((dt) => Math.abs(at(dt) - exact()));
    for (const k of [1, 2]) expect(errors[k - 1]! / errors[k]!).toBeCloseTo(2, 1);
  });

  it('is exponential Euler to third order in dt g / C', () => {
    const [dt, c, g] = [0.1, 200, 10 + 30 + 60];
    const rest = (10 * -60 + 30 * 0 + 60 * -80) / g;
    const exponential = rest + (-62 - rest) * Math.exp((-dt * g) / c);
    const { v } = simulate(cobaExp, { dt, steps: 1, params: { vTh: 0 }, state: start }, quiet);
    const a = (dt * g) / c;
    // The next term of the series is of fourth order, a/2 of this one.
    expect(Math.abs(v[0]! - exponential)).toBeLessThan(Math.abs(-62 - rest) * (a ** 3 / 12) * (1 + a));
  });

  it('holds the potential for the refractory time while conductances go on', () => {
    const { v, spikes, state } = simulate(cobaExp, { dt: 0.1, steps: 60, state: { v: -50.001 } }, (t) => ({
      exc: t === 0 ? 500 : 0,
      inh: 0,
    }));
    expect(spikes[0]).toBe(0);
    expect(v.slice(0, 51)).toEqual(Array(51).fill(-60));
    expect(spikes[1]).toBeGreaterThan(50);
    expect(state.gE).toBeCloseTo(500 * Math.exp(-6 / 5), 9);
  });
});
