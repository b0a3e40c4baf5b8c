import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../../base/errors.ts';
import { RandomStream } from '../../../base/random.ts';
import { deriveParameters, evaluateAdjoint, evaluateStep } from '../../../expr/index.ts';
import { fewSpikeUnrolled } from '../../../neurons/few-spike.ts';
import { scalarFunction } from '../functions.ts';
import { fitFewSpikeByGradient } from './fit-gradient.ts';
import { FitMachine, trainedNames } from './machine.ts';

const silu = scalarFunction('silu');

describe('FitMachine', () => {
  it('has the outputs and the gradient of the float64 reference', () => {
    const [steps, size] = [5, 128];
    const random = new RandomStream(3, 1);
    const machine = new FitMachine(steps, size);
    const names = trainedNames(steps);
    for (let i = 0; i < names.length; i++) machine.parameters[i] = 2 * random.normal();
    for (let i = 0; i < size; i++) machine.inputs[i] = 4 * random.normal();
    machine.forward();
    // The adjoint overwrites its seeds, so they are kept.
    const outputs = Float32Array.from({ length: size }, () => random.normal());
    machine.outputGradient.set(outputs);
    const seeds = machine.excess.map((_, t) => 0.1 * (t + 1));
    for (const [t, row] of machine.excessGradient.entries()) row.fill(seeds[t]!);
    machine.backward();

    const { step } = fewSpikeUnrolled(steps, { excess: true });
    const trained = Object.fromEntries(names.map((name, i) => [name, machine.parameters[i]!]));
    const params = deriveParameters(step, { low: -1e30, high: 1e30, sign: 1, bias: 0, ...trained }, 1);
    const states = Object.keys(step.next);
    const state = Object.fromEntries(states.map((name) => [name, 0]));
    const seed = Object.fromEntries(states.map((name, t) => [name, seeds[t]!]));
    const expected = new Float64Array(names.length);
    for (let i = 0; i < size; i++) {
      const input = { params, state, previousOutput: 0, inputs: { x: machine.inputs[i]! }, random: [] };
      // Sums of five numbers below 10, in float32.
      expect(Math.abs(machine.outputs[i]! - evaluateStep(step, input).output)).toBeLessThan(1e-5);
      const gradient = evaluateAdjoint(step, input, { state: seed, output: outputs[i]! });
      for (const [k, name] of names.entries()) expected[k]! += gradient.params[name] ?? 0;
    }
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [k, value] of machine.gradient.entries()) {
      // Some thousand float32 operations per sum of 128: far below 1e-4 of the largest.
      expect(Math.abs(value - expected[k]!)).toBeLessThan(1e-4 * largest);
    }
  });
});

describe('fitFewSpikeByGradient', () => {
  it('fits SiLU with four steps to 0.045', () => {
    const { mse, parameters } = fitFewSpikeByGradient(silu, { steps: 4, range: [-8, 12] });
    expect(mse).toBeLessThan(0.045);
    expect(parameters.resets[3]).toBe(0);
  });

  it('fits SiLU with eight steps to 0.010', () => {
    expect(fitFewSpikeByGradient(silu, { steps: 8, range: [-8, 12] }).mse).toBeLessThan(0.01);
  }, 300_000);

  it('goes on from four steps with one more at a time', () => {
    const options = { range: [-8, 12] as const, restarts: 4, iterations: 100 };
    const four = fitFewSpikeByGradient(silu, { ...options, steps: 4 });
    const five = fitFewSpikeByGradient(silu, { ...options, steps: 5 });
    // A step doubles the values that a code can take; half of that must come through.
    expect(five.mse).toBeLessThan(0.7 * four.mse);
    expect(fitFewSpikeByGradient(silu, { ...options, steps: 5, grow: false })).not.toEqual(five);
  });

  it('repeats itself', () => {
    const options = { steps: 3, range: [-4, 4], restarts: 2, iterations: 50, seed: 5 } as const;
    expect(fitFewSpikeByGradient(silu, options)).toEqual(fitFewSpikeByGradient(silu, options));
  });

  it('refuses options without a meaning', () => {
    expect(() => fitFewSpikeByGradient(silu, { steps: 2, range: [3, 3] })).toThrow(ParameterError);
    expect(() => fitFewSpikeByGradient(silu, { steps: 2, range: [0, 1], restarts: 0 })).toThrow(/number of restarts/);
  });
});
