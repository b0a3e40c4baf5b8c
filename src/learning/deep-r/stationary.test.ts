import { expect, it } from 'vitest';
import { allToAll, defineNetwork, fixedNumber, initialParameters, type Network } from '../../network/index.ts';
import { linear } from '../../neurons/index.ts';
import { FloatSequence } from '../../tensor/index.ts';
import { squaredError } from '../loss.ts';
import { OptimiserState } from '../optimiser-state.ts';
import { sgd } from '../optimisers.ts';
import { ParameterVector } from '../parameter-vector.ts';
import { Trainer } from '../trainer.ts';
import { DeepRewiring } from './deep-rewiring.ts';
import { deepR, softDeepR } from './options.ts';
import { SoftRewiring } from './soft-rewiring.ts';
import { startParameters } from './start.ts';

const wide = (topology: ReturnType<typeof allToAll>, size: number, weight: number): Network =>
  defineNetwork({
    inputs: { x: { size, kind: 'floats' } },
    populations: { out: { size, model: linear() } },
    projections: { w: { from: 'x', to: 'out', topology, weights: weight } },
  });

/** The largest difference of the empirical and the given distribution function. */
function kolmogorovSmirnov(values: readonly number[], distribution: (value: number) => number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((value, k) => {
      const p = distribution(value);
      return Math.max(p - k / sorted.length, (k + 1) / sorted.length - p);
    }),
  );
}

/** Exceeded by `count` independent draws of the right distribution once in 1,000 experiments. */
const critical = (count: number) => 1.95 / Math.sqrt(count);

/**
 * How far a random walk of Gaussian steps, stopped at a wall, falls short of a reflected Brownian motion: 0.5826 standard
 * deviations of a step, which is -ζ(1/2) / √(2π).
 */
const WALL = 0.5826;

// @eq bellec2018deepr (algorithm 1)
it('without an error, active θ of DEEP R are exponential with mean T / α₁', () => {
  const [temperature, l1, eta, count] = [0.01, 0.1, 1.25e-3, 2000];
  const mean = temperature / l1;
  const network = wide(fixedNumber(count), 70, 2 * mean);
  const options = deepR({ projections: ['w'], l1, temperature });
  const parameters = startParameters(network, initialParameters(network, 1), options, 1);
  const vector = new ParameterVector(network, parameters);
  const optimiser = new OptimiserState(sgd({ learningRate: eta }), vector.pack(parameters));
  const rewiring = new DeepRewiring(options, { network, parameters, vector, optimiser }, 1);
  // A walk forgets its start after about 4 T / (α₁² η) = 3,200 steps; from twice the mean, 20,000 are plenty.
  for (let step = 1; step <= 20_000; step++) rewiring.step(eta, step);
  const thetas = [...optimiser.parameters.subarray(0, count)].map(Math.abs);
  const walled = mean - WALL * Math.sqrt(2 * eta * temperature);
  // The false-alarm rate is 0.1 %; the shift by the wall is 3 % of the mean, so that the wrong mean (T / α₁ x 1.2) is seen.
  expect(kolmogorovSmirnov(thetas, (theta) => 1 - Math.exp(-theta / walled))).toBeLessThan(critical(count));
  expect(kolmogorovSmirnov(thetas, (theta) => 1 - Math.exp(-theta / (1.2 * mean)))).toBeGreaterThan(critical(count));
});

// @eq bellec2018deepr (soft-DEEP R)
it('without an error, soft-DEEP R has the fraction of active connections that T, α₁ and θ_min name', () => {
  const [temperature, l1, eta, size, minimum] = [0.01, 0.1, 5e-4, 44, -0.2];
  const mean = temperature / l1;
  const network = wide(allToAll(), size, mean);
  const options = softDeepR({ projections: ['w'], l1, temperature, minimum, connectivity: 0.1 });
  const parameters = startParameters(network, initialParameters(network, 1), options, 1);
  const vector = new ParameterVector(network, parameters);
  const optimiser = new OptimiserState(sgd({ learningRate: eta }), vector.pack(parameters));
  const rewiring = new SoftRewiring(options, { network, vector, optimiser }, 1);
  for (let step = 1; step <= 20_000; step++) rewiring.step(eta, step);
  const active = [...optimiser.parameters].filter((weight) => weight !== 0).map(Math.abs);
  const count = size * size;
  const expected = mean / (mean - minimum);
  // Four standard deviations of a binomial count (one false alarm in 16,000), and the step's size at the floor, 1 % of all.
  const spread = 4 * Math.sqrt((expected * (1 - expected)) / count) + 0.01;
  expect(Math.abs(active.length / count - expected)).toBeLessThan(spread);
  expect(kolmogorovSmirnov(active, (theta) => 1 - Math.exp(-theta / mean))).toBeLessThan(critical(active.length));
});

it('soft-DEEP R samples the posterior of a quadratic error through the trainer', async () => {
  const [temperature, l1, eta, size, minimum, target] = [0.02, 0.1, 1e-3, 1200, -0.3, 0.25];
  const network = defineNetwork({
    inputs: { x: { size: 1, kind: 'floats' } },
    populations: { out: { size, model: linear() } },
    projections: { w: { from: 'x', to: 'out', weights: 0.2 } },
  });
  const trainer = await Trainer.create(network, {
    ...{ batch: 1, steps: 1, seed: 1, loss: squaredError(), optimiser: sgd({ learningRate: eta }) },
    rewiring: softDeepR({ projections: ['w'], l1, temperature, minimum, dale: 1 }),
  });
  const batch = {
    ...{ steps: 1, size: 1, inputs: { x: new FloatSequence(1, 1, 1, [1]) } },
    targets: { out: { data: new Float32Array(size).fill(target) } },
  };
  // The error of output j as the loss counts it: c (w_j - target)² with c from the gradient at w = 0.2.
  const { gradient } = await trainer.gradient(batch);
  const curvature = gradient.connections.w!.weights[0]! / (2 * (0.2 - target));
  for (let step = 0; step < 8000; step++) await trainer.step(batch);
  const energy = (theta: number) =>
    theta > 0 ? curvature * (theta - target) ** 2 + l1 * theta : curvature * target ** 2;
  const density = (theta: number) => Math.exp(-energy(theta) / temperature);
  // Midpoint sums on a grid far finer than the density; beyond 2 it is below exp(-100).
  const cells = 20_000;
  const at = (k: number) => ((k + 0.5) * 2) / cells;
  const cumulative = new Float64Array(cells + 1);
  for (let k = 0; k < cells; k++) cumulative[k + 1] = cumulative[k]! + (density(at(k)) * 2) / cells;
  const total = cumulative[cells]!;
  const expected = total / (total - minimum * density(0));
  const active = [...trainer.parameters.connections.w!.weights].filter((weight) => weight !== 0);
  expect(Math.abs(active.length / size - expected)).toBeLessThan(
    4 * Math.sqrt((expected * (1 - expected)) / size) + 0.01,
  );
  const distribution = (theta: number) => cumulative[Math.min(cells, Math.round((theta / 2) * cells))]! / total;
  expect(kolmogorovSmirnov(active, distribution)).toBeLessThan(critical(active.length));
});
