import { describe, expect, it } from 'vitest';
import { ParameterError, UnsupportedError } from '../../base/errors.ts';
import { tanh } from '../../base/math.ts';
import { RandomStream } from '../../base/random.ts';
import { ACTIVATIONS } from '../activations.ts';
import { reluCode } from './closed-forms.ts';
import { type CodeRequest, codeFor } from './code-for.ts';
import { evaluateCode, fewSpike } from './evaluate.ts';
import { erf, scalarFunction } from './functions.ts';
import { spikingMaximum } from './max-pool.ts';
import { outerProduct } from './product.ts';
import { quantiseCode } from './quantise.ts';
import { rescale, tanhFromSigmoid } from './rescale.ts';
import { findFit } from './tables.ts';

const silu = findFit('silu', 8, 'uniform')!.parameters;
const sigmoid = findFit('sigmoid', 8, 'uniform')!.parameters;
const draws = (count: number, scale: number, stream = 1) => {
  const random = new RandomStream(7, stream);
  return Float64Array.from({ length: count }, () => scale * random.normal());
};

describe('rescale', () => {
  it('gives the same spikes and scales the output', () => {
    // A power of two as scale and as gain: no rounding anywhere.
    const scaled = rescale(silu, { scale: 4, gain: 0.5 });
    for (const x of draws(2000, 5)) {
      const [here, there] = [fewSpike(scaled, x / 4), fewSpike(silu, x)];
      expect(here.spikes).toEqual(there.spikes);
      expect(here.y).toBe(0.5 * there.y);
    }
  });

  it('makes tanh of a sigmoid with four times its error', () => {
    const neuron = tanhFromSigmoid(sigmoid);
    expect(neuron.range).toEqual([-5, 5]);
    const [own, other] = [4 * meanSquare(sigmoid, scalarFunction('sigmoid')), meanSquare(neuron, tanh)];
    // The identity is exact; 1e-6 is the rounding of two means of 4001 squares.
    expect(Math.abs(other / own - 1)).toBeLessThan(1e-6);
  });
});

function meanSquare(neuron: typeof silu, f: (x: number) => number): number {
  const [low, high] = neuron.range;
  let sum = 0;
  for (let i = 0; i <= 4000; i++) {
    const x = low + ((high - low) * i) / 4000;
    sum += (fewSpike(neuron, x).y - f(x)) ** 2 / 4001;
  }
  return sum;
}

describe('outerProduct', () => {
  it('equals the product of the decoded values, with an event per pair of spikes', () => {
    const [a, b] = [reluCode({ steps: 8, alpha: 8 }), reluCode({ steps: 8, alpha: 2 })];
    const [first, second] = [draws(500, 3), draws(500, 1, 2)];
    for (const [i, x] of first.entries()) {
      const product = outerProduct({ code: a, x }, { code: b, x: second[i]! });
      const [left, right] = [fewSpike(a[0]!, x), fewSpike(b[0]!, second[i]!)];
      // Multiples of 2^-11 below 64: every sum and product is exact.
      expect(product.y).toBe(left.y * right.y);
      const count = (spikes: readonly boolean[]) => spikes.filter(Boolean).length;
      expect(product.coincidences).toBe(count(left.spikes) * count(right.spikes));
    }
  });

  it('takes offsets into account', () => {
    const { y } = outerProduct({ code: [silu], x: 1.3 }, { code: [sigmoid], x: 0.4 });
    // A different order of some twenty sums of numbers below 10.
    expect(Math.abs(y - fewSpike(silu, 1.3).y * fewSpike(sigmoid, 0.4).y)).toBeLessThan(1e-13);
  });
});

describe('spikingMaximum', () => {
  it('passes on the train of the largest value', () => {
    const code = reluCode({ steps: 6, alpha: 4, round: true });
    const x = draws(4000, 2);
    for (let i = 0; i < x.length; i += 4) {
      const decoded = [...x.subarray(i, i + 4)].map((value) => fewSpike(code[0]!, value));
      const train = spikingMaximum(
        code,
        decoded.map(({ spikes }) => spikes),
      );
      const y = train.reduce((sum, spike, t) => sum + (spike ? code[0]!.weights[t]! : 0), 0);
      expect(y).toBe(Math.max(...decoded.map((one) => one.y)));
    }
  });

  it('refuses codes that it would be wrong for', () => {
    expect(() => spikingMaximum([silu], [])).toThrow(UnsupportedError);
    expect(() => spikingMaximum(reluCode({ steps: 3, alpha: 1 }), [[true]])).toThrow(/trains of 3 steps, got 1/);
  });
});

describe('quantiseCode', () => {
  it('keeps a binary expansion with bits enough, and loses the rest', () => {
    const code = reluCode({ steps: 6, alpha: 8 });
    expect(quantiseCode(code, 8)).toEqual(code);
    expect([...quantiseCode(code, 4)[0]!.thresholds]).toEqual([4, 2, 1, 1, 0, 0]);
  });

  it('comes near the fit as bits grow, and does not cut large resets off', () => {
    const f = scalarFunction('silu');
    const at = (bits: number) => meanSquare(quantiseCode([silu], bits)[0]!, f);
    const [six, ten, sixteen, full] = [at(6), at(10), at(16), meanSquare(silu, f)];
    expect(six).toBeGreaterThan(ten);
    expect(ten).toBeGreaterThan(sixteen);
    // Sixteen bits of ±32 are steps of 1e-3: far below the steps of the code.
    expect(Math.abs(sixteen / full - 1)).toBeLessThan(0.05);
  });
});

describe('codeFor', () => {
  const statistics = { min: -4, max: 5, mean: -0.1, deviation: 1.5 };
  const request: CodeRequest = { steps: 10, statistics };

  it.each(ACTIVATIONS)('finds a code of %s within a hundredth of its range', (name) => {
    const code = codeFor(name, {}, request);
    const x = Float64Array.from({ length: 9001 }, (_, i) => -4 + i / 1000);
    const f = scalarFunction(name);
    const { y } = evaluateCode(code, x);
    const rms = Math.sqrt(y.reduce((sum, value, i) => sum + (value - f(x[i]!)) ** 2, 0) / x.length);
    // The range is 9 wide; the largest error is that of hard-swish, whose corners ten steps follow least well.
    expect(rms).toBeLessThan(0.09);
  });

  it('fits better to a layer than the shipped table does', () => {
    const weighted = (code: ReturnType<typeof codeFor>) => {
      const x = draws(20_000, statistics.deviation).map((v) => Math.min(Math.max(v - 0.1, -4), 5));
      const { y } = evaluateCode(code, x);
      return y.reduce((sum, value, i) => sum + (value - scalarFunction('silu')(x[i]!)) ** 2, 0) / x.length;
    };
    const six = { ...request, steps: 6 };
    const layer = weighted(codeFor('silu', {}, { ...six, fit: 'per-layer' }));
    expect(layer).toBeLessThan(0.8 * weighted(codeFor('silu', {}, six)));
  });

  it('reaches inputs that the shipped table does not', () => {
    const far = { ...request, statistics: { ...statistics, max: 30 } };
    expect(Math.abs(evaluateCode(codeFor('silu', {}, far), [29]).y[0]! - 29)).toBeLessThan(1);
  });

  it('gives each side of a leaky ReLU a scale of its own', () => {
    const [positive, negative] = codeFor('leaky-relu', { alpha: 0.2 }, request);
    expect(positive!.thresholds[0]! / negative!.thresholds[0]!).toBeCloseTo(5 / 4, 12);
  });

  it('refuses statistics that are not finite', () => {
    const broken = { ...request, statistics: { ...statistics, max: Number.NaN } };
    expect(() => codeFor('relu', {}, broken)).toThrow(ParameterError);
  });
});

describe('erf', () => {
  it.each([
    [0.5, 0.5204998778130465],
    [-1, -0.8427007929497149],
    [2.9, 0.9999589021219005],
    [3.1, 0.9999883513426328],
    [6, 1],
  ])('at %d', (x, expected) => {
    // Tabulated values; 1e-13 is the stated bound.
    expect(Math.abs(erf(x) - expected)).toBeLessThan(1e-13);
  });
});
