import { describe, expect, it } from 'vitest';
import { RandomStream } from '../base/random.ts';
import { fastSigmoid, type NeuronInstance } from '../expr/index.ts';
import {
  defineNetwork,
  Engine,
  fanInNormal,
  fixedInDegree,
  initialParameters,
  type Network,
} from '../network/index.ts';
import { alif, alifBaseThreshold, alifUnscaled, leakyReadout, lif } from '../neurons/index.ts';
import { type Batch, SpikeTrain } from '../tensor/index.ts';
import { softmaxCrossEntropy } from './loss.ts';
import { adam } from './optimisers.ts';
import { referenceGradient } from './reference/bptt.ts';
import { firingRate } from './regularisers.ts';
import { Trainer } from './trainer.ts';
import type { TrainerOptions } from './trainer-options.ts';

const [STEPS, ROWS, INPUTS, HIDDEN] = [40, 5, 11, 37];

function randomBatch(seed: number): Batch {
  const random = new RandomStream(seed, 5);
  const x = new SpikeTrain(STEPS, ROWS, INPUTS);
  for (let t = 0; t < STEPS; t++) {
    for (let b = 0; b < ROWS; b++) for (let i = 0; i < INPUTS; i++) if (random.uniform() < 0.15) x.set(t, b, i);
  }
  const labels = Int32Array.from({ length: ROWS }, () => random.integer(2));
  return {
    steps: STEPS,
    size: ROWS,
    inputs: { x },
    decisions: { start: Int32Array.of(25), length: Int32Array.of(15), labels },
  };
}

/** `hidden` on itself by two projections, and on `second`, of which `back` returns. */
function network(model: NeuronInstance, second: NeuronInstance = model, gain = 0.6): Network {
  return defineNetwork({
    inputs: { x: { size: INPUTS } },
    populations: {
      hidden: { size: HIDDEN, model },
      second: { size: 30, model: second },
      out: { size: 2, model: leakyReadout() },
    },
    projections: {
      in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain: 3 * gain }) },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal({ gain }), delay: 1 },
      late: { from: 'hidden', to: 'hidden', weights: fanInNormal({ gain }), delay: 2 },
      sparse: { from: 'hidden', to: 'hidden', topology: fixedInDegree(3), weights: fanInNormal({ gain }), delay: 1 },
      on: { from: 'hidden', to: 'second', weights: fanInNormal({ gain: 2 * gain }), delay: 0 },
      back: { from: 'second', to: 'hidden', weights: fanInNormal({ gain }), delay: 1 },
      out: { from: 'second', to: 'out', weights: fanInNormal() },
    },
  });
}

const options: TrainerOptions = {
  batch: ROWS,
  steps: STEPS,
  seed: 1,
  loss: softmaxCrossEntropy(),
  optimiser: adam({ learningRate: 0.01 }),
  regularisers: [firingRate({ population: 'hidden', strength: 5 })],
};

/** Names of the projections whose feedback costs in proportion to the non-zeros, and of the populations that say which neurons want any. */
function sparseOnes(net: Network, parameters: Record<string, string[]>): { sparse: string[]; gated: string[] } {
  const training = { parameters, readouts: ['out'] };
  const engine = new Engine(net, initialParameters(net, 1), { batch: ROWS, steps: STEPS, dt: 1, seed: 1, training });
  const { projections, populations } = engine.layout;
  return {
    sparse: Object.keys(projections).filter((name) => projections[name]!.leakySum !== undefined),
    gated: Object.keys(populations).filter((name) => populations[name]!.outputGate !== undefined),
  };
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [worst, scale] = [0, 0];
  for (let k = 0; k < b.length; k++) {
    worst = Math.max(worst, Math.abs(a[k]! - b[k]!));
    scale = Math.max(scale, Math.abs(b[k]!));
  }
  return worst / scale;
}

const spread = Array.from({ length: HIDDEN }, (_, n) => 15 + n / 4);
const ALL = ['rec', 'on', 'back'];
const smooth = lif.with({ pseudoDerivative: fastSigmoid() });

interface Case {
  readonly net: Network;
  readonly trainable?: Record<string, string[]>;
  readonly sparse: readonly string[];
}

const CASES: Record<string, Case> = {
  lif: { net: network(lif()), sparse: ALL },
  alif: { net: network(alif({ nRef: 3 })), sparse: ALL },
  alifBaseThreshold: { net: network(alifBaseThreshold()), sparse: ALL },
  alifUnscaled: { net: network(alifUnscaled(), alifUnscaled(), 3), sparse: ALL },
  'alif, other parameters per neuron or trained': {
    net: network(alif({ beta: spread.map((tau) => tau / 10) }), alif()),
    trainable: { hidden: ['tauA', 'beta'] },
    sparse: ALL,
  },
  'a pseudo-derivative without zeros': { net: network(smooth()), sparse: [] },
  'tauM per neuron': { net: network(lif({ tauM: spread }), lif()), sparse: ['on'] },
  'a trained tauM': { net: network(lif()), trainable: { hidden: ['tauM'] }, sparse: ['on'] },
};

describe('sparse feedback', () => {
  it.each(Object.entries(CASES))('%s: where it is used, and the reference gradient', async (_name, test) => {
    const { net, trainable = {}, sparse } = test;
    // One projection of `hidden` is sparse.
    const gated = sparse.length > 0 ? ['hidden'] : [];
    expect(sparseOnes(net, trainable)).toEqual({ sparse, gated });
    const batch = randomBatch(3);
    const parameters = initialParameters(net, 1);
    const { loss, regularisers } = options;
    const wanted = referenceGradient(net, parameters, batch, { dt: 1, seed: 1, loss, regularisers });
    const { gradient } = await (await Trainer.create(net, { ...options, trainable })).gradient(batch);
    for (const [name, { weights }] of Object.entries(gradient.connections)) {
      // float32 sums over 40 steps and 5 rows; spikes are the same, so only rounding differs.
      expect(difference(weights, wanted.gradients.weights[name]!), name).toBeLessThan(1e-4);
    }
    for (const [population, keys] of Object.entries(trainable)) {
      for (const key of keys) {
        const [got, expected] = [gradient.neurons[population]![key]!, wanted.gradients.neurons[population]![key]!];
        expect(difference(got, expected), key).toBeLessThan(1e-4);
      }
    }
  });

  it('gives the same bits with recomputation, again on the same trainer', async () => {
    const { net } = CASES.alif!;
    const [first, second] = [randomBatch(4), randomBatch(5)];
    const trainer = await Trainer.create(net, options);
    const wanted = (await trainer.gradient(first)).gradient;
    await trainer.gradient(second);
    expect((await trainer.gradient(first)).gradient).toEqual(wanted);
    const short = await Trainer.create(net, { ...options, recomputeEvery: 7 });
    expect((await short.gradient(first)).gradient).toEqual(wanted);
  });
});
