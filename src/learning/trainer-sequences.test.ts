import { describe, expect, it } from 'vitest';
import { randomNormal } from '../base/random.ts';
import { streamOf } from '../base/stream.ts';
import { defineNeuron } from '../expr/index.ts';
import { defineNetwork } from '../network/index.ts';
import { leakyReadout } from '../neurons/index.ts';
import { type Batch, FloatSequence } from '../tensor/index.ts';
import { squaredError } from './loss.ts';
import { adam, sgd } from './optimisers.ts';
import { Trainer } from './trainer.ts';
import type { TrainerOptions } from './trainer-options.ts';

const STEPS = 4;
const SEED = 9;

/** One sequence of constant input, with 0 as the target of a population. */
function constant(value: number, population: string, size: number): Batch {
  return {
    steps: STEPS,
    size: 1,
    inputs: { f: new FloatSequence(STEPS, 1, 1, new Float32Array(STEPS).fill(value)) },
    decisions: { start: new Int32Array(0), length: new Int32Array(0), labels: new Int32Array(0) },
    targets: { [population]: { data: new Float32Array(STEPS * size) } },
  };
}

const noise = defineNeuron({
  name: 'noise',
  params: {},
  state: { n: 'draw' },
  inputs: { I: 'current' },
  equations: `n' = 0 * I + normal()`,
  output: 'n',
});

const noisy = defineNetwork({
  inputs: { f: { size: 1, kind: 'floats' } },
  populations: { n: { size: 1, model: noise() } },
  projections: { in: { from: 'f', to: 'n', weights: 1 } },
});

/** ½ Σ n², the loss of the noise itself, for steps `first` … `first + 3`. */
const expectedLoss = (first: number): number =>
  Array.from({ length: STEPS }, (_, k) => 0.5 * randomNormal(SEED, streamOf('random/n/0'), first + k, 0) ** 2).reduce(
    (sum, square) => sum + square,
  );

describe('sequences of a trainer', () => {
  const batch = constant(1, 'n', 1);
  const options: TrainerOptions = {
    batch: 1,
    steps: STEPS,
    seed: SEED,
    loss: squaredError({ population: 'n' }),
    optimiser: sgd({ learningRate: 0 }),
  };

  it.each([false, true])('have random draws of their own, with carryState %s', async (carryState) => {
    const trainer = await Trainer.create(noisy, { ...options, carryState });
    for (let i = 0; i < 3; i++) {
      // 5: normal draws have the bits of float32.
      expect((await trainer.step(batch)).loss).toBeCloseTo(expectedLoss(STEPS * i + 1), 5);
    }
    const evaluated = [await trainer.evaluate(batch), await trainer.evaluate(batch)];
    for (const { loss } of evaluated) expect(loss).toBeCloseTo(expectedLoss(STEPS * 3 + 1), 5);
  });

  it('go on with the draws of a saved state', async () => {
    const first = await Trainer.create(noisy, options);
    await first.step(batch);
    const second = await Trainer.create(noisy, options);
    await second.loadState(await first.saveState());
    expect((await second.step(batch)).loss).toBe((await first.step(batch)).loss);
  });
});

describe('a trained neuron parameter', () => {
  it('stays within the range that its model declares', async () => {
    const net = defineNetwork({
      inputs: { f: { size: 1, kind: 'floats' } },
      populations: { out: { size: 2, model: leakyReadout({ tauOut: [5, 50] }) } },
      projections: { in: { from: 'f', to: 'out', weights: 1, trainable: false } },
    });
    const trainer = await Trainer.create(net, {
      batch: 1,
      steps: STEPS,
      seed: 1,
      loss: squaredError(),
      optimiser: adam({ learningRate: 20, epsilon: 1e-12 }),
      trainable: { out: ['tauOut'] },
    });
    // A target above the output asks for faster units: 5 - 20 ms is out of range, 50 - 20 ms is not.
    await trainer.step({ ...constant(1, 'out', 2), targets: { out: { data: new Float32Array(2 * STEPS).fill(3) } } });
    const [short, long] = trainer.parameters.neurons.out!.tauOut!;
    expect(short).toBe(Math.fround(leakyReadout.definition.params.tauOut!.min!));
    expect(long).toBeCloseTo(30, 3);
  });
});
