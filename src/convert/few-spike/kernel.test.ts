import { describe, expect, it } from 'vitest';
import { RandomStream, randomNormal } from '../../base/random.ts';
import { randomUnit } from '../amos/testing/random-unit.ts';
import { leakyReluCode, reluCode } from './closed-forms.ts';
import { type EvaluateOptions, evaluateCode, offsetOf } from './evaluate.ts';
import { compileCode } from './kernel.ts';
import type { Code } from './parameters.ts';
import { findFit } from './tables.ts';

const silu = findFit('silu', 8, 'gaussian')!.parameters;
const short = findFit('sigmoid', 4, 'uniform')!.parameters;
const CODES: [string, Code][] = [
  ['ReLU', reluCode({ steps: 8, alpha: 6.3, round: true })],
  ['one step', reluCode({ steps: 1, alpha: 3, strict: true })],
  ['leaky ReLU', leakyReluCode({ steps: 5, alpha: 3, slope: 0.1 })],
  ['SiLU', [silu]],
  ['strict SiLU', [{ ...silu, strict: true }]],
  ['neurons of unequal length', [silu, { ...short, sign: -1, bias: 0.25 }]],
  ['a unit of neurons that spike once', [randomUnit(1, 7)]],
  ['a strict unit beside a neuron', [randomUnit(2, 5, { strict: true, sign: -1 }), short]],
];
const SIZES = [1, 2, 3, 4, 5, 64, 1003];
const [AT, OUT, NOISE] = [64, 65536, 2 * 65536 + 4];

const memory = new WebAssembly.Memory({ initial: 4 });
const floats = (address: number, n: number) => new Float32Array(memory.buffer, address, n);

/** Inputs with ties, both ends of ranges and values beyond them. */
function inputs(code: Code, n: number): Float32Array {
  const random = new RandomStream(n, 3);
  const { thresholds } = code[0]!;
  const draw = (i: number) => (i % 3 === 0 ? thresholds[i % thresholds.length]! : 6 * random.normal());
  return Float32Array.from({ length: n }, (_, i) => draw(i));
}

/** The draws of the reference, one plane after another. */
function normalPlanes(planes: number, n: number, seed: number): Float32Array {
  return Float32Array.from({ length: planes * n }, (_, i) => randomNormal(seed, 0, Math.floor(i / n), i % n));
}

/** Bits of an array, so that 0 and -0 differ. */
const bits = (list: Float32Array) => [...new Uint32Array(list.slice().buffer)];

function reference(code: Code, x: Float32Array, options: EvaluateOptions = {}) {
  const { y, spikes } = evaluateCode(code, x, { ...options, arithmetic: 'float32' });
  return { y: Float32Array.from(y), spikes: [...spikes] };
}

describe.each(CODES)('the kernel of %s', (_, code) => {
  const module = compileCode(code);
  const kernel = module.instantiate(memory);

  it.each(SIZES)('has the bits and the spikes of the reference, %d values', (n) => {
    const x = inputs(code, n);
    const expected = reference(code, x);
    floats(AT, n).set(x);
    kernel.evaluate(AT, n);
    expect(bits(floats(AT, n))).toEqual(bits(expected.y));
    floats(AT, n).set(x);
    expect([...kernel.count(AT, n)]).toEqual(expected.spikes);
    expect(bits(floats(AT, n))).toEqual(bits(expected.y));
  });

  it.each(SIZES)('writes spikes and values as planes of exactly %d', (n) => {
    const x = inputs(code, n);
    const expected = reference(code, x);
    floats(AT, n).set(x);
    kernel.spikePlanes(AT, n, OUT);
    const planes = floats(OUT, module.planes * n);
    const sums = expected.spikes.map((_, plane) => planes.subarray(plane * n, (plane + 1) * n).reduce((a, b) => a + b));
    expect(sums).toEqual(expected.spikes);
    expect(planes.every((z) => z === 0 || z === 1)).toBe(true);
    kernel.valuePlanes(AT, n, OUT);
    expect([...floats(AT, n)]).toEqual([...x]);
    const values = floats(OUT, module.steps * n);
    for (let i = 0; i < n; i++) {
      let sum = offsetOf(code);
      for (let t = 0; t < module.steps; t++) sum += values[t * n + i]!;
      // The same few numbers added in another order: at most 2K roundings of numbers below 16.
      expect(Math.abs(sum - expected.y[i]!)).toBeLessThan(2e-5);
    }
  });

  it('overwrites three floats behind the array at most', () => {
    floats(AT, 16).fill(7);
    kernel.evaluate(AT, 5);
    expect([...floats(AT, 16).subarray(8)]).toEqual(new Array(8).fill(7));
  });
});

describe('compileCode', () => {
  it('adds noise from an array to v at each comparison', () => {
    const code: Code = [silu];
    const n = 1003;
    const [deviation, seed] = [0.2, 5];
    const x = inputs(code, n);
    const expected = reference(code, x, { noise: { deviation, seed } });
    const draws = floats(NOISE, 8 * n);
    draws.set(normalPlanes(8, n, seed));
    floats(AT, n).set(x);
    const spikes = compileCode(code, { noise: deviation }).instantiate(memory).count(AT, n, NOISE);
    const same = floats(AT, n).filter((y, i) => y === expected.y[i]).length;
    // σ·draw is rounded once by the reference and twice here: an unlucky tie in a thousand at most.
    expect(same).toBeGreaterThanOrEqual(n - 1);
    expect(spikes.reduce((a, b) => a + b)).not.toBe(reference(code, x).spikes.reduce((a, b) => a + b));
  });

  it('takes NaN for an input that never spikes', () => {
    floats(AT, 4).set([Number.NaN, 1, Number.NaN, 2]);
    const spikes = compileCode([silu]).instantiate(memory).count(AT, 4);
    expect(floats(AT, 4)[0]).toBe(Math.fround(silu.offset));
    expect(spikes.length).toBe(8);
  });
});
