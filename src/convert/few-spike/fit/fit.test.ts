import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../../base/errors.ts';
import { RandomStream } from '../../../base/random.ts';
import { fewSpike } from '../evaluate.ts';
import { type FittedFunction, scalarFunction } from '../functions.ts';
import { findFit, shippedFits } from '../tables.ts';
import { Candidate } from './candidate.ts';
import { fitErrors, fitFewSpike } from './fit.ts';
import { fitTarget, type Weighting } from './target.ts';
import { fromResetFirst, verifyFit } from './verify.ts';

const NORMAL = { mean: 0, deviation: 1.7, floor: 0.02 };
const silu = scalarFunction('silu');

/** Largest mean squared errors that any fitter must reach on a uniform grid, and what shipped tables must. */
const GOALS: [FittedFunction, [number, number], [steps: number, must: number, shipped?: number][]][] = [
  [
    'silu',
    [-8, 12],
    [
      [4, 5.3e-2, 0.036],
      [8, 3.9e-3, 0.0026],
      [12, 1.2e-3, 0.00081],
      [16, 6e-4, 0.0004],
    ],
  ],
  [
    'gelu',
    [-8, 12],
    [
      [4, 4.8e-2, 0.032],
      [8, 2e-3, 0.0013],
      [12, 4.6e-4, 0.00031],
      [16, 1.8e-4, 0.00012],
    ],
  ],
  [
    'sigmoid',
    [-10, 10],
    [
      [4, 4.8e-4, 0.00032],
      [8, 7.1e-5, 4.7e-5],
      [12, 2.2e-5, 1.4e-5],
    ],
  ],
  [
    'tanh',
    [-5, 5],
    [
      [4, 1.9e-3, 0.0013],
      [6, 6.7e-4, 0.00044],
      [8, 2.7e-4, 0.00018],
      [10, 1.3e-4, 8.6e-5],
    ],
  ],
  [
    'hard-swish',
    [-8, 12],
    [
      [8, 5.3e-3, 0.0035],
      [12, 1.4e-3, 0.00093],
    ],
  ],
  [
    'exp',
    [-8, 0],
    [
      [4, 7.6e-4, 0.00051],
      [6, 2.5e-4, 0.00017],
      [10, 8.1e-5, 5.4e-5],
    ],
  ],
  [
    'reciprocal',
    [0.5, 1],
    [
      [4, 1.3e-3, 0.00085],
      [8, 1.4e-4, 9.7e-5],
    ],
  ],
  [
    'inverse-sqrt',
    [0.5, 2],
    [
      [4, 6.9e-4, 0.00046],
      [8, 8.7e-5, 5.8e-5],
    ],
  ],
];

describe('shipped fits', () => {
  const goals = GOALS.flatMap(([name, , list]) => list.map(([steps, , shipped]) => [name, steps, shipped!] as const));

  it.each(goals)('%s with %d steps is as good as the best known, %d', (name, steps, expected) => {
    // Goals are printed with two digits: half a unit of the second one, at most 5 %.
    expect(findFit(name, steps, 'uniform')!.mse).toBeLessThan(1.05 * expected);
  });

  it.each(shippedFits())('$name $weighting $parameters.steps has the errors that it states', (fit) => {
    const f = scalarFunction(fit.name);
    const { parameters, weighting } = fit;
    const claim = (mse: number, by: Weighting) => verifyFit(parameters, f, { mse, weighting: by, tolerance: 1e-3 });
    // Stated with four digits.
    claim(fit.mse, 'uniform');
    claim(fit.weightedMse, weighting === 'uniform' ? 'uniform' : NORMAL);
  });

  it('covers K = 4 to 16 for every activation without a closed form', () => {
    for (const name of ['silu', 'gelu', 'hard-swish', 'sigmoid', 'tanh'] as const) {
      const steps = shippedFits(name)
        .filter(({ weighting }) => weighting === 'uniform')
        .map(({ parameters }) => parameters.steps);
      expect(steps).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    }
  });

  it('has less weighted error where the fit was weighted', () => {
    for (const steps of [4, 8, 12]) {
      const [normal, uniform] = [findFit('silu', steps, 'gaussian')!, findFit('silu', steps, 'uniform')!];
      const weighted = fitErrors(uniform.parameters, silu, fitTarget(silu, [-8, 12], NORMAL)).mse;
      expect(normal.weightedMse).toBeLessThan(weighted);
      expect(normal.mse).toBeGreaterThan(uniform.mse);
    }
  });
});

describe('fitFewSpike', () => {
  const quick = GOALS.flatMap(([name, range, list]) =>
    list.filter(([steps]) => steps <= 8).map(([steps, must]) => [name, range, steps, must] as const),
  );

  it.each(quick)('fits %s on %j with %d steps to %d', (name, range, steps, must) => {
    const { mse } = fitFewSpike(scalarFunction(name), { steps, range });
    expect(mse).toBeLessThan(must);
  });

  it('gives the same fit for the same seed, and another one for another', () => {
    const made = (seed: number) => fitFewSpike(silu, { steps: 4, range: [-4, 4], seed, evaluations: 500, tries: 1 });
    expect(made(3)).toEqual(made(3));
    expect(made(4).parameters.thresholds).not.toEqual(made(3).parameters.thresholds);
  });

  it('takes any function', () => {
    const { parameters, mse } = fitFewSpike((x) => x * x, { steps: 6, range: [-1, 1] });
    expect(mse).toBeLessThan(3e-3);
    // Four times the root of the mean square.
    expect(Math.abs(fewSpike(parameters, 0.5).y - 0.25)).toBeLessThan(4 * Math.sqrt(mse));
  });

  it('spends fewer spikes where they cost', () => {
    const options = { steps: 8, range: [-8, 12] as const, weighting: NORMAL, seed: 2 };
    const [free, dear] = [fitFewSpike(silu, options), fitFewSpike(silu, { ...options, spikePenalty: 3e-3 })];
    expect(dear.weightedSpikes).toBeLessThan(0.9 * free.weightedSpikes);
  });

  it('refuses functions and options without a meaning', () => {
    const range = [0, 1] as const;
    expect(() => fitFewSpike((x) => 1 / (x - 0.5 / 8192), { steps: 2, range })).toThrow(/finite value/);
    expect(() => fitFewSpike(silu, { steps: 0, range })).toThrow(ParameterError);
    expect(() => fitFewSpike(silu, { steps: 2, range: [1, 1] })).toThrow(/low < high/);
    expect(() => fitFewSpike(silu, { steps: 2, range, tries: 0 })).toThrow(/whole number of tries/);
  });
});

describe('a candidate', () => {
  it('has the loss that the reference has for its weights', () => {
    const random = new RandomStream(9, 1);
    const target = fitTarget(silu, [-8, 12], NORMAL);
    const candidate = new Candidate(target, 6);
    for (let round = 0; round < 20; round++) {
      for (let t = 0; t < 6; t++) {
        candidate.thresholds[t] = 6 * random.normal();
        candidate.resets[t] = 4 * random.normal();
      }
      candidate.evaluate(0, 0);
      const from = random.integer(6);
      candidate.thresholds[from] = 6 * random.normal();
      const loss = candidate.evaluate(from, 0);
      const [offset, ...weights] = candidate.solution;
      const { thresholds, resets } = candidate;
      const rest = { steps: 6, bias: 0, sign: 1, range: [-8, 12], strict: false } as const;
      const { mse } = fitErrors(
        { ...rest, thresholds, resets, weights: Float64Array.from(weights), offset: offset! },
        silu,
        target,
      );
      // The quadratic form cancels numbers of the size of the mean of f², about 3, in float64.
      expect(Math.abs(loss - mse)).toBeLessThan(1e-11);
    }
  });
});

describe('verifyFit', () => {
  const { parameters, mse } = findFit('silu', 8, 'uniform')!;
  /** As a fit that resets first would report it: its first reset acts on nothing. */
  const resetFirst = { ...parameters, resets: Float64Array.of(0, ...parameters.resets.subarray(0, 7)) };

  it('finds resets that are one step late', () => {
    expect(() => verifyFit(resetFirst, silu, { mse })).toThrow(/one step late/);
    verifyFit(fromResetFirst(resetFirst), silu, { mse });
  });
});
