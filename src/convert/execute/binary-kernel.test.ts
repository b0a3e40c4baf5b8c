import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.ts';
import { exactScale } from '../exact-scale.ts';
import { leakyReluCode, reluCode } from '../few-spike/closed-forms.ts';
import { evaluateCode } from '../few-spike/evaluate.ts';
import { compileCode } from '../few-spike/kernel.ts';
import type { Code } from '../few-spike/parameters.ts';
import { binaryKernel } from './binary-kernel.ts';

/** Inputs with what is hard: multiples of half a step and their neighbours in float32, signs, huge numbers, NaN. */
function inputs(code: Code, count: number): Float32Array {
  const random = new RandomStream(5, count);
  const { thresholds, steps } = code[0]!;
  const least = thresholds[steps - 1]!;
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  const hard = [0, -0, 1e30, -1e30, Infinity, -Infinity, Number.NaN, 1e-40];
  return Float32Array.from({ length: count }, (_, i) => {
    if (i % 11 === 0) return hard[(i / 11) % hard.length]!;
    if (i % 2 === 0) return 3 * thresholds[0]! * random.normal();
    float[0] = (least * random.integer(2 ** (steps + 2))) / 2;
    bits[0]! += random.integer(5) - 2;
    return float[0];
  });
}

function compare(code: Code, count: number): void {
  const module = binaryKernel(code)!;
  const memory = new WebAssembly.Memory({ initial: 2 });
  const at = 64;
  const values = new Float32Array(memory.buffer, at, count);
  const data = inputs(code, count);
  const general = compileCode(code).instantiate(memory);
  const quick = module.instantiate(memory);
  values.set(data);
  const wantedCounts = general.count(at, count);
  const wanted = values.slice();
  values.set(data);
  expect(quick.count(at, count)).toEqual(wantedCounts);
  expect(values).toEqual(wanted);
  values.set(data);
  quick.evaluate(at, count);
  expect(values).toEqual(wanted);
  expect(Float32Array.from(evaluateCode(code, data, { arithmetic: 'float32' }).y)).toEqual(wanted);
}

describe('binaryKernel', () => {
  it('gives the bits and counts of the steps, for any scale with few significant bits', () => {
    const cases = fc.record({
      steps: fc.integer({ min: 1, max: 16 }),
      scale: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      round: fc.boolean(),
      count: fc.integer({ min: 0, max: 4500 }),
      end: fc.option(fc.double({ min: 0.1, max: 1, noNaN: true })),
    });
    fc.assert(
      fc.property(cases, ({ steps, scale, round, count, end }) => {
        const alpha = exactScale(scale, steps);
        const [neuron] = reluCode({ steps, alpha, round });
        const high = end === null ? Infinity : end * alpha;
        compare([{ ...neuron!, range: [-Infinity, high] }], count);
      }),
      { numRuns: 200 },
    );
  });

  it('counts every spike of many vectors that all fire', () => {
    const module = binaryKernel(reluCode({ steps: 6, alpha: 1 }))!;
    const memory = new WebAssembly.Memory({ initial: 2 });
    for (const count of [1020, 1024, 1028, 5003]) {
      new Float32Array(memory.buffer, 64, count).fill(7);
      expect([...module.instantiate(memory).count(64, count)]).toEqual(new Array(6).fill(count));
    }
  });

  it('is not there where sums round or the code is another', () => {
    expect(binaryKernel(reluCode({ steps: 8, alpha: 1.1 }))).toBeUndefined();
    expect(binaryKernel(reluCode({ steps: 8, alpha: 1, strict: true }))).toBeUndefined();
    expect(binaryKernel(leakyReluCode({ steps: 8, alpha: 1, slope: 0.5 }))).toBeUndefined();
    const [neuron] = reluCode({ steps: 8, alpha: 1 });
    expect(binaryKernel([{ ...neuron!, weights: neuron!.weights.map((weight) => weight / 3) }])).toBeUndefined();
  });
});
