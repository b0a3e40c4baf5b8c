import { expect, it } from 'vitest';
import { ParameterError } from '../../../base/errors.ts';
import { RandomStream } from '../../../base/random.ts';
import type { FutureShape } from './future.ts';
import { syntheticGradients } from './synthetic-gradients.ts';

const [BATCH, INPUTS] = [32, 10];
const shape: FutureShape = {
  batch: BATCH,
  seed: 1,
  observed: [
    { population: 'hidden', of: 'v', offset: 0, size: 4 },
    { population: 'hidden', of: 'a', offset: 4, size: INPUTS - 4 },
  ],
  adjoints: [
    { population: 'hidden', by: 'state', state: 'v', offset: 0, size: 2 },
    { population: 'hidden', by: 'own', offset: 2, size: 1 },
  ],
};

/** Observations in unlike units, and what follows from them: a kink, which is not linear, and twice a line. */
function examples(random: RandomStream): { observed: Float32Array; adjoints: Float32Array } {
  const observed = new Float32Array(BATCH * INPUTS);
  const adjoints = new Float32Array(BATCH * 3);
  for (let b = 0; b < BATCH; b++) {
    const x = Float32Array.from({ length: INPUTS }, () => random.normal());
    x.forEach((value, k) => {
      observed[b * INPUTS + k] = k < 4 ? 0.01 * value : 100 * value;
    });
    const kink = Math.max(0, x[0]! - x[1]! + x[5]!);
    adjoints.set([1e-4 * kink, 1e-4 * (x[2]! + 1), 50 * x[7]!], b * 3);
  }
  return { observed, adjoints };
}

/** Unpredicted part by column after learning. */
function unpredicted(hidden: number): number[] {
  const future = syntheticGradients({ learningRate: 3e-3, hidden })(shape);
  const random = new RandomStream(2, 0);
  for (let k = 0; k < 3000; k++) {
    const { observed, adjoints } = examples(random);
    const predicted = future.predict(observed);
    if (k === 0) expect(Math.max(...predicted.map(Math.abs))).toBe(0);
    future.learn(observed, adjoints);
  }
  const { observed, adjoints } = examples(random);
  const predicted = future.predict(observed);
  return [0, 1, 2].map((column) => {
    const of = (values: Float32Array) => values.filter((_, k) => k % 3 === column);
    const wanted = of(adjoints);
    const found = of(predicted);
    const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
    return squares(wanted.map((value, k) => value - found[k]!)) / squares(wanted);
  });
}

it('learns lines in any unit from what has passed, and a kink only with hidden units', () => {
  const [kink, ...lines] = unpredicted(0) as [number, number, number];
  // Adam at a constant rate stays about the optimum.
  for (const line of lines) expect(line).toBeLessThan(1e-3);
  // Of a rectified normal variable with bias a line leaves (1/4 - 1/2π) / (1/2) = 0.18 of the mean square unexplained.
  expect(kink).toBeGreaterThan(0.1);
  // Six units: too few to contain the kink by chance.
  expect(unpredicted(6)[0]).toBeLessThan(0.02);
});

it('refuses half a unit', () => {
  expect(() => syntheticGradients({ hidden: 0.5 })).toThrow(ParameterError);
});
