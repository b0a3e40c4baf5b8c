import { expect, it } from 'vitest';
import { deriveParameters, evaluateStep } from '../expr/index.ts';
import { stochasticPsp } from './stochastic-psp.ts';

/** One neuron in float64 that receives one spike at step 0; `uniform` decides when it spikes. */
function simulate(given: Readonly<Record<string, number>>, steps: number, uniform: number) {
  const { definition, step } = stochasticPsp;
  const defaults = Object.fromEntries(Object.entries(definition.params).map(([name, spec]) => [name, spec.default]));
  const params = deriveParameters(step, { ...defaults, ...given }, 1);
  let state: Readonly<Record<string, number>> = { f: 0, r: 0, u: 0, refractory: 0 };
  const [u, spikes]: [number[], number[]] = [[], []];
  for (let t = 0; t < steps; t++) {
    const inputs = { I: t === 0 ? 1 : 0 };
    const result = evaluateStep(step, { params, state, previousOutput: 0, inputs, random: [uniform] });
    state = result.state;
    u.push(state.u!);
    if (result.output > 0) spikes.push(t);
  }
  return { u, spikes };
}

it('has potentials of peak 1, rising in 1 ms and falling in 10 ms', () => {
  const { u } = simulate({}, 200, 1);
  expect(u[0]).toBe(0);
  // The numbers to meet are cut after four digits.
  for (const [k, value] of [0.7705, 0.9807, 0.9916, 0.9356, 0.8607].entries()) expect(u[k + 1]).toBeCloseTo(value, 3);
  const area = u.reduce((sum, value) => sum + value, 0);
  // The area of the potential is 12.9 ms; its sum at 1 ms differs by the rise, which 1 ms hardly resolves.
  expect(Math.abs(area - 12.9)).toBeLessThan(0.1);
  // Between two steps, at 2.56 ms, it would be 1.
  expect(Math.max(...u)).toBeLessThan(1);
});

it('rests for tRef after a spike, the step of the spike included', () => {
  const certain = { c2: 100, bias: 0 };
  expect(simulate(certain, 31, 0.5).spikes).toEqual([0, 10, 20, 30]);
  expect(simulate({ ...certain, tRef: 0 }, 4, 0.5).spikes).toEqual([0, 1, 2, 3]);
});
