import { expect, it } from 'vitest';
import {
  adam,
  alif,
  type Batch,
  deepR,
  defineNetwork,
  fanInNormal,
  fixedNumber,
  inProcess,
  leakyReadout,
  RandomStream,
  SpikeTrain,
  softmaxCrossEntropy,
  Trainer,
} from 'volley';
import { workerThreads } from 'volley/io';

const [STEPS, BATCH] = [20, 8];

const network = defineNetwork({
  inputs: { x: { size: 8 } },
  populations: { hidden: { size: 13, model: alif({ nRef: 2 }) }, out: { size: 3, model: leakyReadout() } },
  projections: {
    in: { from: 'x', to: 'hidden', topology: fixedNumber(40), weights: fanInNormal({ gain: 3 }) },
    rec: { from: 'hidden', to: 'hidden', topology: fixedNumber(30, { self: false }), weights: fanInNormal() },
    out: { from: 'hidden', to: 'out', topology: fixedNumber(20), weights: fanInNormal() },
  },
});

function batchOf(seed: number): Batch {
  const random = new RandomStream(seed, 2);
  const x = new SpikeTrain(STEPS, BATCH, 8);
  for (let t = 0; t < STEPS; t++) {
    for (let b = 0; b < BATCH; b++) for (let i = 0; i < 8; i++) if (random.uniform() < 0.2) x.set(t, b, i);
  }
  const labels = Int32Array.from({ length: BATCH }, () => random.integer(3));
  return {
    steps: STEPS,
    size: BATCH,
    inputs: { x },
    decisions: { start: Int32Array.of(10), length: Int32Array.of(10), labels },
  };
}

it('rewires to the same bits for any number of workers', async () => {
  const results = [];
  for (const executor of [inProcess, ...[1, 2, 4].map((workers) => workerThreads({ workers }))]) {
    const trainer = await Trainer.create(network, {
      ...{ batch: BATCH, steps: STEPS, seed: 5, shards: 4, executor },
      loss: softmaxCrossEntropy(),
      optimiser: adam({ learningRate: 0.05 }),
      rewiring: deepR({ projections: ['in', 'rec', 'out'], shared: true, l1: 0.02, temperature: 1e-3, dale: 0.75 }),
    });
    let activated = 0;
    for (let step = 0; step < 15; step++) activated += (await trainer.step(batchOf(step))).activated;
    expect(activated).toBeGreaterThan(0);
    results.push({ parameters: trainer.parameters, evaluation: await trainer.evaluate(batchOf(99)), activated });
    await trainer.close();
  }
  for (const result of results.slice(1)) expect(result).toEqual(results[0]);
});
