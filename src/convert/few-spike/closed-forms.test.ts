import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import {
  hardSigmoidCode,
  hardSigmoidCodeOf,
  identityCode,
  leakyReluCode,
  relu6Code,
  reluCode,
  signedCode,
} from './closed-forms.ts';
import { evaluateCode, fewSpike } from './evaluate.ts';
import type { Code } from './parameters.ts';

const train = (code: Code, x: number) => fewSpike(code[0]!, x).spikes.map(Number).join('');
const value = (code: Code, x: number) => evaluateCode(code, [x]).y[0]!;
const grid = (low: number, high: number, points: number) =>
  Float64Array.from({ length: points }, (_, i) => low + ((high - low) * i) / (points - 1));
const mean = (list: Float64Array) => list.reduce((sum, x) => sum + x, 0) / list.length;

function errors(code: Code, x: Float64Array, f: (x: number) => number) {
  const { y, spikes } = evaluateCode(code, x);
  const wrong = y.map((value, i) => f(x[i]!) - value);
  const largest = wrong.reduce((most, error) => Math.max(most, Math.abs(error)), 0);
  return { mse: mean(wrong.map((error) => error * error)), largest, spikes: spikes.reduce((a, b) => a + b) / x.length };
}

const relu = (x: number) => Math.max(x, 0);

describe('reluCode', () => {
  const inputs = [-1, 0, 0.49, 0.5, 5.3, 7.5, 7.99, 100];

  it('is the binary expansion of its input', () => {
    const code = reluCode({ steps: 4, alpha: 8 });
    expect(inputs.map((x) => value(code, x))).toEqual([0, 0, 0, 0.5, 5, 7.5, 7.5, 7.5]);
    const trains = ['0000', '0000', '0000', '0001', '1010', '1111', '1111', '1111'];
    expect(inputs.map((x) => train(code, x))).toEqual(trains);
  });

  it('needs more than the threshold to spike where it is strict', () => {
    const code = reluCode({ steps: 4, alpha: 8, strict: true });
    expect(inputs.map((x) => value(code, x))).toEqual([0, 0, 0, 0, 5, 7, 7.5, 7.5]);
  });

  it.each([1, 2, 3, 5, 8, 12, 16])('loses less than its least step, with K = %d', (steps) => {
    const random = new RandomStream(steps, 1);
    const alpha = 0.3 + 20 * random.uniform();
    const unit = alpha * 2 ** -steps;
    const x = Float64Array.from({ length: 1e5 }, () => alpha * random.uniform());
    const floor = evaluateCode(reluCode({ steps, alpha }), x);
    for (const [i, y] of floor.y.entries()) {
      // Thresholds are alpha times powers of two, so the sums are exact up to the rounding of v.
      if (!(x[i]! - y >= -1e-12 * alpha && x[i]! - y < unit + 1e-12 * alpha)) throw new Error(`${x[i]} became ${y}`);
    }
    const count = floor.spikes.reduce((a, b) => a + b) / x.length;
    // 1 % is 3 to 12 standard errors of the mean of 1e5 draws; 2 % is 7 of the mean square.
    expect(Math.abs(count / (steps / 2) - 1)).toBeLessThan(0.01);
    const { mse } = errors(reluCode({ steps, alpha }), x, relu);
    expect(Math.abs(mse / (unit ** 2 / 3) - 1)).toBeLessThan(0.02);
    const rounded = errors(reluCode({ steps, alpha, round: true }), x, relu);
    expect(Math.abs(rounded.mse / ((unit ** 2 / 12) * (1 + 3 * 2 ** -steps)) - 1)).toBeLessThan(0.02);
  });

  it('has the error and the spikes of the published setting, alpha 25 and K = 10', () => {
    const { mse, largest, spikes } = errors(reluCode({ steps: 10, alpha: 25 }), grid(-8, 12, 200_001), relu);
    // Measured once with another implementation: 1.19e-4, 0.0244, 2.638.
    expect(Math.abs(mse / 1.19e-4 - 1)).toBeLessThan(0.01);
    expect(largest).toBeLessThanOrEqual(25 / 1024);
    expect(largest).toBeGreaterThan(0.0243);
    expect(Math.abs(spikes / 2.638 - 1)).toBeLessThan(0.002);
  });

  it.each([
    [-0.359, 1.462, 10, 25, 1.2],
    [-0.359, 1.462, 8, 25, 0.804],
    [0, 1, 6, 8, 0.822],
    [0, 1, 8, 8, 1.313],
    [0, 1, 4, 8, 0.359],
  ])('spikes as often as it should under N(%d, %d²) with K = %d, alpha %d', (mu, sigma, steps, alpha, expected) => {
    const random = new RandomStream(1, 2);
    const x = Float64Array.from({ length: 400_000 }, () => mu + sigma * random.normal());
    // 1 % is 4 standard errors or more; the expected values carry a rounding of 0.1 %.
    expect(Math.abs(errors(reluCode({ steps, alpha }), x, relu).spikes / expected - 1)).toBeLessThan(0.01);
  });

  it('rounds alpha up to a power of two on request', () => {
    const thresholds = (alpha: number) => [...reluCode({ steps: 3, alpha, dyadic: true })[0]!.thresholds];
    expect(thresholds(5)).toEqual([4, 2, 1]);
    expect(thresholds(4)).toEqual([2, 1, 0.5]);
    expect(thresholds(0.3)).toEqual([0.25, 0.125, 0.0625]);
  });

  it('refuses steps and scales without a meaning', () => {
    expect(() => reluCode({ steps: 0, alpha: 1 })).toThrow(ParameterError);
    expect(() => reluCode({ steps: 2.5, alpha: 1 })).toThrow(/whole number of steps/);
    expect(() => reluCode({ steps: 4, alpha: Number.NaN })).toThrow(/positive, finite alpha, got NaN/);
  });
});

describe('other closed forms', () => {
  const x = grid(-8, 8, 64_001);
  const rounding = 1e-12;

  it('is off by at most 2^-K as a hard sigmoid', () => {
    const hard = (v: number) => Math.min(Math.max(v / 6 + 0.5, 0), 1);
    expect(errors(hardSigmoidCode({ steps: 8 }), x, hard).largest).toBeLessThanOrEqual(2 ** -8 + rounding);
    const other = (v: number) => Math.min(Math.max(0.2 * v + 0.5, 0), 1);
    const code = hardSigmoidCodeOf({ steps: 8, slope: 0.2, shift: 0.5 });
    expect(errors(code, x, other).largest).toBeLessThanOrEqual(2 ** -8 + rounding);
  });

  it('ends at 6 as ReLU6', () => {
    const code = relu6Code({ steps: 6 });
    // 6 / (1 - 2^-6) is not exact, so the sum of the weights is 6 within its rounding.
    expect(value(code, 100)).toBeCloseTo(6, 12);
    expect(errors(code, x, (v) => Math.min(relu(v), 6)).largest).toBeLessThanOrEqual(6 / 63);
  });

  it('codes both signs', () => {
    const clipped = (v: number) => Math.min(Math.max(v, -4), 4);
    // Rounded, the ends ±4 themselves are a whole step away.
    expect(errors(identityCode({ steps: 8, alpha: 4, round: true }), x, clipped).largest).toBeLessThanOrEqual(4 / 256);
    expect(errors(signedCode({ steps: 8, alpha: 4 }), x, clipped).largest).toBeLessThanOrEqual(8 / 256 + rounding);
  });

  it('scales the negative side of a leaky ReLU', () => {
    const code = leakyReluCode({ steps: 8, alpha: 8, slope: 0.1 });
    const leaky = (v: number) => (v < 0 ? 0.1 * v : v);
    expect(errors(code, x, leaky).largest).toBeLessThanOrEqual((8 / 256) * 1.1);
    expect(value(code, -4)).toBeCloseTo(-0.4, 12);
  });
});
