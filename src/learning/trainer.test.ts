import { describe, expect, it } from 'vitest';
import { RandomStream } from '../base/random.ts';
import { defineNeuron } from '../expr/index.ts';
import {
  allToAll,
  defineNetwork,
  fanInNormal,
  fixedInDegree,
  initialParameters,
  type Network,
  oneToOne,
} from '../network/index.ts';
import { alif, leakyReadout } from '../neurons/index.ts';
import { type Batch, FloatSequence, SpikeTrain } from '../tensor/index.ts';
import { softmaxCrossEntropy } from './loss.ts';
import { adam } from './optimisers.ts';
import { referenceGradient } from './reference/bptt.ts';
import { firingRate } from './regularisers.ts';
import { Trainer } from './trainer.ts';
import type { TrainerOptions } from './trainer-options.ts';

const STEPS = 40;
const ROWS = 6;
const CLASSES = 3;

function randomBatch(seed: number, inputs: number): Batch {
  const random = new RandomStream(seed, 5);
  const x = new SpikeTrain(STEPS, ROWS, inputs);
  for (let t = 0; t < STEPS; t++) {
    for (let b = 0; b < ROWS; b++) for (let i = 0; i < inputs; i++) if (random.uniform() < 0.1) x.set(t, b, i);
  }
  const labels = Int32Array.from({ length: 2 * ROWS }, (_, k) => (k === 3 ? -1 : random.integer(CLASSES)));
  const decisions = { start: Int32Array.of(10, 30), length: Int32Array.of(5, 10), labels };
  return { steps: STEPS, size: ROWS, inputs: { x }, decisions };
}

/** The pieces that a network can be made of: two populations, all kinds of projections, delays from 0 to 3. */
function network(kind: 'small' | 'full'): Network {
  const hidden = alif({ beta: Array.from({ length: 21 }, (_, n) => (n % 2) * 1.8), nRef: 3, tauA: 60 });
  const small = defineNetwork({
    inputs: { x: { size: 11 } },
    populations: {
      hidden: { size: 21, model: hidden },
      out: { size: CLASSES, model: leakyReadout({ bias: [0, 0, 0] }) },
    },
    projections: {
      in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain: 2 }) },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal({ gain: 0.6 }) },
      out: { from: 'hidden', to: 'out', weights: fanInNormal() },
    },
  });
  if (kind === 'small') return small;
  return defineNetwork({
    inputs: { x: { size: 11 } },
    populations: {
      hidden: { size: 21, model: hidden },
      second: { size: 21, model: alif() },
      out: { size: CLASSES, model: leakyReadout({ bias: [0, 0, 0] }) },
    },
    projections: {
      in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain: 2 }) },
      sparse: { from: 'x', to: 'second', topology: fixedInDegree(4), weights: fanInNormal({ gain: 2 }), delay: 2 },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal({ gain: 0.4 }), delay: 3 },
      chain: { from: 'hidden', to: 'second', topology: oneToOne(), weights: 0.3 },
      back: { from: 'second', to: 'hidden', topology: fixedInDegree(5), weights: fanInNormal({ gain: 0.5 }), delay: 1 },
      self: { from: 'second', to: 'second', topology: oneToOne(), weights: 0.05, delay: 2 },
      out: { from: 'second', to: 'out', weights: fanInNormal() },
      direct: { from: 'hidden', to: 'out', topology: allToAll(), weights: fanInNormal(), delay: 1 },
    },
  });
}

const options = (seed: number): TrainerOptions => ({
  batch: ROWS,
  steps: STEPS,
  seed,
  loss: softmaxCrossEntropy(),
  optimiser: adam({ learningRate: 0.01 }),
  regularisers: [firingRate({ population: 'hidden', strength: 5 })],
  trainable: { hidden: ['tauA'], out: ['bias'] },
});

/** Largest difference relative to the largest entry. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [worst, scale] = [0, 0];
  for (let k = 0; k < b.length; k++) {
    worst = Math.max(worst, Math.abs(a[k]! - b[k]!));
    scale = Math.max(scale, Math.abs(b[k]!));
  }
  return worst / scale;
}

describe('Trainer', () => {
  for (const kind of ['small', 'full'] as const) {
    it(`gives the reference gradient for the ${kind} network`, async () => {
      const net = network(kind);
      const batch = randomBatch(3, 11);
      const parameters = initialParameters(net, 1);
      const { loss, regularisers } = options(1);
      const wanted = referenceGradient(net, parameters, batch, { dt: 1, seed: 1, loss, regularisers });
      const trainer = await Trainer.create(net, options(1));
      const got = await trainer.gradient(batch);
      expect(got.loss).toBeCloseTo(wanted.loss, 5);
      for (const [name, { weights }] of Object.entries(got.gradient.connections)) {
        // float32 sums over 40 steps and 6 rows; spikes are the same, so only rounding differs.
        expect(difference(weights, wanted.gradients.weights[name]!), name).toBeLessThan(1e-4);
      }
      expect(difference(got.gradient.neurons.hidden!.tauA!, wanted.gradients.neurons.hidden!.tauA!)).toBeLessThan(1e-4);
      expect(difference(got.gradient.neurons.out!.bias!, wanted.gradients.neurons.out!.bias!)).toBeLessThan(1e-4);
    });
  }

  it('gives the same bits with recomputation from checkpoints', async () => {
    const net = network('full');
    const results = await Promise.all(
      [undefined, 7, 40, 1].map(async (recomputeEvery) => {
        const trainer = await Trainer.create(net, { ...options(1), recomputeEvery });
        await trainer.step(randomBatch(4, 11));
        await trainer.step(randomBatch(5, 11));
        return (await trainer.saveState()).parameters;
      }),
    );
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
  });

  it('adds shards up to the whole batch (A17)', async () => {
    const net = network('small');
    const batch = randomBatch(6, 11);
    const [whole, parts] = await Promise.all(
      [1, 3].map(async (shards) => (await Trainer.create(net, { ...options(2), shards })).gradient(batch)),
    );
    for (const name of Object.keys(whole!.gradient.connections)) {
      // Only the order of a few float32 additions differs.
      const [a, b] = [whole!, parts!].map((r) => r.gradient.connections[name]!.weights) as [Float32Array, Float32Array];
      expect(difference(a, b), name).toBeLessThan(1e-6);
    }
  });

  it('goes on from a saved state with the same bits, carried network state included', async () => {
    const net = network('full');
    const settings = { ...options(3), carryState: true, shards: 2 };
    const first = await Trainer.create(net, settings);
    for (let i = 0; i < 3; i++) await first.step(randomBatch(i, 11));
    const saved = await first.saveState();
    for (let i = 3; i < 6; i++) await first.step(randomBatch(i, 11));
    const second = await Trainer.create(net, settings);
    await second.loadState(saved);
    for (let i = 3; i < 6; i++) await second.step(randomBatch(i, 11));
    expect((await second.saveState()).parameters).toEqual((await first.saveState()).parameters);
  });

  it.each([
    ['a state', `y' = exp(30 * y) + I`, 'a non-finite y in population "out", neuron 0, within the last 40 steps'],
    // tanh(0), with a slope of 1e60.
    [
      'a gradient',
      `y' = tanh(1e30 * (1e30 * I))`,
      'expected a finite gradient, got NaN for projection "in" in iteration 1',
    ],
  ])('reports %s that is not finite and leaves the parameters alone', async (_, equations, message) => {
    const broken = defineNeuron({
      name: 'broken',
      params: {},
      state: { y: 'output' },
      inputs: { I: 'current' },
      equations,
      output: 'y',
    });
    const net = defineNetwork({
      inputs: { x: { size: 4 } },
      populations: { out: { size: CLASSES, model: broken() } },
      projections: { in: { from: 'x', to: 'out', weights: 0 } },
    });
    const trainer = await Trainer.create(net, { ...options(1), regularisers: [], trainable: {} });
    const before = trainer.parameters;
    await expect(trainer.step(randomBatch(1, 4))).rejects.toThrow(message);
    expect(trainer.parameters).toEqual(before);
  });

  it('does not see what equations make of pad lanes', async () => {
    const inverse = defineNeuron({
      name: 'inverse',
      params: {},
      state: { y: 'inverse of the input; infinite in pad lanes, whose input is 0' },
      inputs: { I: 'current' },
      equations: `y' = 1 / I`,
      output: 'y',
    });
    const net = defineNetwork({
      inputs: { f: { size: 2, kind: 'floats' } },
      populations: { first: { size: 5, model: inverse() }, out: { size: CLASSES, model: leakyReadout() } },
      projections: {
        in: { from: 'f', to: 'first', weights: 1 },
        out: { from: 'first', to: 'out', weights: fanInNormal() },
      },
    });
    const batch = {
      ...randomBatch(1, 1),
      inputs: { f: new FloatSequence(STEPS, ROWS, 2, Array(STEPS * ROWS * 2).fill(1)) },
    };
    const { loss, optimiser } = options(1);
    const trainer = await Trainer.create(net, { batch: ROWS, steps: STEPS, seed: 1, loss, optimiser });
    const wanted = referenceGradient(net, initialParameters(net, 1), batch, { loss }).gradients.weights.in!;
    const { gradient } = await trainer.gradient(batch);
    expect(difference(gradient.connections.in!.weights, wanted)).toBeLessThan(1e-5); // float32 sums over 40 steps
    expect((await trainer.step(batch)).gradientNorm).toBeGreaterThan(0);
  });
});
