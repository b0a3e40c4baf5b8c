import { describe, expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import { deriveParameters, evaluateStep } from '../expr/index.ts';
import { amosUnit } from './amos.ts';
import { fewSpikeUnrolled } from './few-spike.ts';

type Values = Record<string, number>;

function run(model: ReturnType<typeof amosUnit>, x: number, values: Values): number {
  const specs = Object.entries(model.definition.params).map(([name, { default: value }]) => [name, value] as const);
  const params = deriveParameters(model.step, { ...Object.fromEntries(specs), ...values }, 1);
  return evaluateStep(model.step, { params, state: {}, previousOutput: 0, inputs: { x }, random: [] }).output;
}

describe('amosUnit', () => {
  it('is a few-spike neuron unrolled in space where h_ij is h_j', () => {
    const steps = [4, 2, 1, 0.5];
    const neuron = Object.fromEntries(
      steps.flatMap((value, t) => ['T', 'h', 'd'].map((of) => [`${of}${t + 1}`, value])),
    );
    const unit: Values = { ...neuron };
    for (let i = 2; i <= 4; i++) for (let j = 1; j < i; j++) unit[`h${i}_${j}`] = steps[j - 1]!;
    for (let j = 1; j <= 4; j++) delete unit[`h${j}`];
    for (let x = -1; x < 9; x += 0.125) {
      expect(run(amosUnit(4), x, unit)).toBe(run(fewSpikeUnrolled(4), x, neuron));
    }
  });

  it('has a neuron that spikes below its threshold, and inhibition by pairs', () => {
    // z1 = [x ≤ 1], z2 = [x ≥ 2 + 3 z1], z3 = [x ≥ 0 + 0 z1 - 4 z2]: 1, 10 and 100 tell them apart.
    const values = { c1: -1, T1: -1, T2: 2, h2_1: 3, T3: 0, h3_2: -4, d1: 1, d2: 10, d3: 100 };
    const outputs = [-1, 0.5, 1.5, 2.5].map((x) => run(amosUnit(3), x, values));
    expect(outputs).toEqual([1, 101, 100, 110]);
    expect(run(amosUnit(1), 2, { T1: 2, d1: 1 })).toBe(1);
    expect(run(amosUnit(1, { strict: true }), 2, { T1: 2, d1: 1 })).toBe(0);
  });

  it('needs a neuron', () => {
    expect(() => amosUnit(0)).toThrow(ParameterError);
  });
});
