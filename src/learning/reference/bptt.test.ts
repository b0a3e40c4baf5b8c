import { describe, expect, it } from 'vitest';
import { normal } from '../../base/distribution.ts';
import { RandomStream } from '../../base/random.ts';
import { defineNeuron } from '../../expr/index.ts';
import { defineNetwork, type Network } from '../../network/network.ts';
import { initialParameters } from '../../network/parameters.ts';
import { simulateReference } from '../../network/reference.ts';
import type { ReferenceParameters } from '../../network/reference-parameters.ts';
import { fixedProbability, oneToOne } from '../../network/topology.ts';
import { fanInNormal, glorotUniform } from '../../network/weights.ts';
import { type Batch, FloatSequence, SpikeTrain, sliceBatch } from '../../tensor/index.ts';
import { softmaxCrossEntropy, squaredError } from '../loss.ts';
import { firingRate } from '../regularisers.ts';
import { graded, ms, smoothAlif } from '../testing/smooth-models.ts';
import { type ReferenceTraining, referenceGradient, referenceLoss } from './bptt.ts';

const leaky = defineNeuron({
  name: 'leaky',
  params: { tauOut: ms('τ_out', 20) },
  derived: { kappa: 'exp(-dt / tauOut)' },
  state: { y: 'readout' },
  inputs: { I: 'current' },
  equations: `y' = kappa * y + (1 - kappa) * I`,
  output: 'y',
});

/** Random spikes and labels at two windows, and a random sequence to follow. */
function randomBatch(sizes: {
  steps: number;
  size: number;
  channels: number;
  floats?: number;
  classes: number;
}): Batch {
  const { steps, size, channels, floats, classes } = sizes;
  const random = new RandomStream(3, 1);
  const values = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const spikes = Uint8Array.from({ length: steps * size * channels }, () => Number(random.uniform() < 0.4));
  return {
    steps,
    size,
    inputs: {
      x: SpikeTrain.fromDense(spikes, [steps, size, channels]),
      ...(floats ? { f: new FloatSequence(steps, size, floats, values(steps * size * floats)) } : {}),
    },
    decisions: {
      start: Int32Array.of(4, steps - 5),
      length: Int32Array.of(3, 5),
      labels: Int32Array.from({ length: 2 * size }, (_, k) => (k === 1 ? -1 : random.integer(classes))),
    },
    targets: {
      out: {
        data: values(steps * size * classes),
        mask: Uint8Array.from({ length: steps * size }, () => random.integer(2)),
      },
    },
  };
}

/** A copy whose weights are float64, so that small changes to them are exact. */
function float64(parameters: ReferenceParameters): ReferenceParameters {
  const connections = Object.entries(parameters.connections).map(
    ([name, own]) => [name, { ...own, weights: Float64Array.from(own.weights) }] as const,
  );
  return { connections: Object.fromEntries(connections), neurons: structuredClone(parameters.neurons) };
}

/**
 * Largest relative distance of the gradient from central differences, per array of parameters. A derivative below a
 * thousandth of its array's largest one is compared relative to that thousandth.
 */
function gradientErrors(network: Network, batch: Batch, options: ReferenceTraining): Record<string, number> {
  const parameters = float64(initialParameters(network, 5));
  const { gradients } = referenceGradient(network, parameters, batch, options);
  const errors: Record<string, number> = {};
  const compare = (name: string, values: Float64Array, gradient: Float64Array) => {
    const floor = 1e-3 * Math.max(...gradient.map(Math.abs));
    errors[name] = 0;
    values.forEach((value, k) => {
      const h = 1e-6 * Math.max(1, Math.abs(value));
      values[k] = value + h;
      const above = referenceLoss(network, parameters, batch, options);
      values[k] = value - h;
      const below = referenceLoss(network, parameters, batch, options);
      values[k] = value;
      if (above === below && gradient[k] === 0) return;
      const scale = Math.max(Math.abs(gradient[k]!), floor);
      const error = Math.abs((above - below) / (2 * h) - gradient[k]!) / scale;
      errors[name] = Math.max(errors[name]!, error);
    });
  };
  for (const [name, own] of Object.entries(parameters.connections)) {
    compare(name, own.weights as Float64Array, gradients.weights[name]!);
  }
  for (const [name, own] of Object.entries(parameters.neurons)) {
    for (const [key, values] of Object.entries(own)) compare(`${name}.${key}`, values, gradients.neurons[name]![key]!);
  }
  return errors;
}

const lsnn = (model = smoothAlif()) =>
  defineNetwork({
    inputs: { x: { size: 4 } },
    populations: {
      hidden: { size: 6, model: model({ beta: [0, 0, 0, 1.7, 1.2, 2], sigma: 0 }) },
      out: { size: 3, model: leaky() },
    },
    projections: {
      in: { from: 'x', to: 'hidden', input: 'I', weights: fanInNormal({ gain: 1.5 }) },
      rec: { from: 'hidden', to: 'hidden', input: 'R', weights: fanInNormal() },
      out: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });

const lsnnBatch = randomBatch({ steps: 25, size: 2, channels: 4, classes: 3 });

/** One projection of each kind, delays 0 to 4, spiking-like, graded and noisy groups. */
const mixed = defineNetwork({
  inputs: { x: { size: 4 }, f: { size: 3, kind: 'floats' } },
  populations: {
    hidden: { size: 5, model: smoothAlif({ noise: 'normal()' })({ tauA: normal({ mean: 60, sd: 10 }), vTh: 0.05 }) },
    middle: { size: 5, model: graded() },
    out: { size: 3, model: leaky() },
  },
  projections: {
    spikes: { from: 'x', to: 'hidden', input: 'I', delay: 2, weights: fanInNormal({ gain: 3 }) },
    floats: { from: 'f', to: 'hidden', input: 'I', weights: fanInNormal({ gain: 2 }) },
    rec: { from: 'hidden', to: 'hidden', input: 'R', weights: fanInNormal() },
    late: { from: 'hidden', to: 'hidden', input: 'R', delay: 4, topology: oneToOne(), weights: normal({ sd: 0.5 }) },
    up: { from: 'hidden', to: 'middle', input: 'I', topology: fixedProbability(0.5), weights: fanInNormal() },
    down: {
      from: 'middle',
      to: 'hidden',
      input: 'R',
      delay: 3,
      topology: fixedProbability(0.5),
      weights: fanInNormal(),
    },
    direct: { from: 'f', to: 'out', topology: fixedProbability(0.6), delay: 1, weights: fanInNormal() },
    out: { from: 'middle', to: 'out', weights: glorotUniform() },
  },
});

const mixedBatch = randomBatch({ steps: 20, size: 2, channels: 4, floats: 3, classes: 3 });
const worst = (errors: Record<string, number>) => Math.max(...Object.values(errors));

describe('backpropagation through time', () => {
  it('is the gradient of a recurrent network, half of it adaptive', () => {
    const errors = gradientErrors(lsnn(), lsnnBatch, { loss: softmaxCrossEntropy() });
    // Kinks of the spline within h = 1e-6 of some u make an error of about h in single terms of the sum.
    expect(worst(errors)).toBeLessThan(1e-5);
  });

  it('reaches the smooth part of the spline often enough to matter', () => {
    const network = lsnn();
    const { outputs } = simulateReference(network, initialParameters(network, 5), lsnnBatch.inputs, {
      steps: 25,
      batch: 2,
    });
    const between = outputs.hidden!.filter((z) => z > 0 && z < 1).length / outputs.hidden!.length;
    expect(between).toBeGreaterThan(0.2);
  });

  it.each([
    ['reset', { reset: 'stop(z)' }],
    ['adaptation', { adaptation: 'stop(z)' }],
    ['recurrence', { recurrence: 'stop(R)' }],
  ])('is no longer the gradient when the %s is frozen by stop()', (_, pieces) => {
    const errors = gradientErrors(lsnn(smoothAlif(pieces)), lsnnBatch, { loss: softmaxCrossEntropy() });
    // Input weights act through all three pieces.
    expect(errors.in).toBeGreaterThan(0.05);
  });

  it.each([
    ['cross-entropy', softmaxCrossEntropy()],
    ['squared error', squaredError()],
  ])('is the gradient through delays, sparse and one-to-one projections, graded groups and noise: %s', (_, loss) => {
    const regularisers = [firingRate({ population: 'hidden', target: 300, strength: 20 })];
    const errors = gradientErrors(mixed, mixedBatch, { loss, regularisers, dt: 0.5, seed: 11 });
    expect(Object.keys(errors)).toHaveLength(8 + 5 + 2 + 1);
    // As above; besides, a loss near 20 has roundings of 4e-15, which h makes 2e-9 next to derivatives down to 1e-3.
    expect(worst(errors)).toBeLessThan(2e-5);
  });

  it('reaches every weight of the mixed network that can matter', () => {
    const { gradients } = referenceGradient(mixed, initialParameters(mixed, 5), mixedBatch, { loss: squaredError() });
    for (const [name, gradient] of Object.entries(gradients.weights))
      expect(
        gradient.some((g) => g !== 0),
        name,
      ).toBe(true);
  });

  it('is the gradient when the sequence goes on from another one', () => {
    const options = { batch: 2, steps: 12, dt: 0.5, seed: 11 };
    const initial = simulateReference(mixed, initialParameters(mixed, 5), mixedBatch.inputs, options).final();
    const errors = gradientErrors(mixed, mixedBatch, { loss: softmaxCrossEntropy(), dt: 0.5, seed: 11, initial });
    expect(worst(errors)).toBeLessThan(1e-5); // as above
  });

  it('of a batch is the sum of those of its parts', () => {
    const network = lsnn();
    const parameters = initialParameters(network, 5);
    const options = { loss: squaredError() };
    const full = referenceGradient(network, parameters, lsnnBatch, options);
    const parts = [0, 1].map((b) => referenceGradient(network, parameters, sliceBatch(lsnnBatch, b, 1), options));
    // The loss is a mean over two sequences; float64 sums in another order differ by some 1e-14 of the largest.
    for (const [name, gradient] of Object.entries(full.gradients.weights)) {
      const scale = Math.max(...gradient.map(Math.abs));
      gradient.forEach((value, k) => {
        const sum = parts.reduce((total, part) => total + part.gradients.weights[name]![k]! / 2, 0);
        expect(Math.abs(sum - value) / scale).toBeLessThan(1e-13);
      });
    }
  });
});
