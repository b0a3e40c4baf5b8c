import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import {
  adam,
  alif,
  type Batch,
  defineNetwork,
  type ExecutorFactory,
  fanInNormal,
  firingRate,
  inProcess,
  leakyReadout,
  type Network,
  RandomStream,
  ShapeError,
  SpikeTrain,
  softmaxCrossEntropy,
  storeRecall,
  Trainer,
  type TrainerOptions,
} from 'volley';
import { workerThreads } from 'volley/io';

const recall = storeRecall({ length: 4, symbolDuration: 20, inputSize: 8, expectedDelay: 1 });
const STEPS = recall.steps;
const BATCH = 8;

const hidden = (tauA: number) => alif({ beta: Array.from({ length: 13 }, (_, n) => (n % 2) * 1.7), nRef: 3, tauA });

/** A recurrent network on 8 inputs, with a readout per class. */
const network = (classes: number): Network =>
  defineNetwork({
    inputs: { input: { size: 8 } },
    populations: {
      hidden: { size: 13, model: hidden(60) },
      out: { size: classes, model: leakyReadout({ bias: Array(classes).fill(0) }) },
    },
    projections: {
      in: { from: 'input', to: 'hidden', weights: fanInNormal({ gain: 2 }) },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
      out: { from: 'hidden', to: 'out', weights: fanInNormal() },
    },
  });

/** Random spikes, one label per row. */
function classification(random: RandomStream): Batch {
  const input = new SpikeTrain(STEPS, BATCH, 8);
  for (let t = 0; t < STEPS; t++) {
    for (let b = 0; b < BATCH; b++) for (let i = 0; i < 8; i++) if (random.uniform() < 0.2) input.set(t, b, i);
  }
  const labels = Int32Array.from({ length: BATCH }, () => random.integer(3));
  const decisions = { start: Int32Array.of(STEPS - 20), length: Int32Array.of(20), labels };
  return { steps: STEPS, size: BATCH, inputs: { input }, decisions };
}

const common = {
  batch: BATCH,
  steps: STEPS,
  seed: 5,
  shards: 4,
  loss: softmaxCrossEntropy(),
  optimiser: adam({ learningRate: 0.02 }),
  regularisers: [firingRate({ population: 'hidden', target: 20, strength: 5 })],
} satisfies TrainerOptions;

/** What is trained: the options that differ, and the batch of an iteration. */
const cases = [
  {
    name: 'store-recall with carried state',
    network: network(recall.classes),
    options: { ...common, carryState: true },
    batch: (iteration: number): Batch => recall.trainingBatch(new RandomStream(1, iteration), BATCH),
  },
  {
    name: 'classification with trained time constants',
    network: network(3),
    options: { ...common, trainable: { hidden: ['tauA'], out: ['bias'] }, recomputeEvery: 9, clipNorm: 0.5 },
    batch: (iteration: number): Batch => classification(new RandomStream(2, iteration)),
  },
];

const open: Trainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.close();
});

async function trainerOn(net: Network, options: TrainerOptions, executor: ExecutorFactory): Promise<Trainer> {
  const trainer = await Trainer.create(net, { ...options, executor });
  open.push(trainer);
  return trainer;
}

async function steps(trainer: Trainer, batch: (iteration: number) => Batch, from: number, to: number) {
  const results = [];
  for (let iteration = from; iteration <= to; iteration++) results.push(await trainer.step(batch(iteration)));
  return results;
}

describe.each(cases)('$name', ({ network: net, options, batch }) => {
  it('gives the same bits with 1, 2 and 4 workers and in this thread', async () => {
    const reference = await trainerOn(net, options, inProcess);
    const wanted = await steps(reference, batch, 1, 5);
    const state = await reference.saveState();
    expect(wanted.some(({ rates }) => rates.hidden! > 5)).toBe(true);
    expect(state.parameters).not.toEqual((await (await trainerOn(net, options, inProcess)).saveState()).parameters);
    for (const workers of [1, 2, 4]) {
      const trainer = await trainerOn(net, options, workerThreads({ workers }));
      expect(await steps(trainer, batch, 1, 5), `${workers} workers`).toEqual(wanted);
      expect(await trainer.saveState(), `${workers} workers`).toEqual(state);
    }
  });

  it('moves a saved state between numbers of workers', async () => {
    const whole = await trainerOn(net, options, inProcess);
    await steps(whole, batch, 1, 4);
    const first = await trainerOn(net, options, workerThreads({ workers: 2 }));
    await steps(first, batch, 1, 2);
    const saved = await first.saveState();
    for (const executor of [workerThreads({ workers: 3 }), inProcess]) {
      const second = await trainerOn(net, options, executor);
      await second.loadState(saved);
      await steps(second, batch, 3, 4);
      expect(await second.saveState()).toEqual(await whole.saveState());
    }
  });
});

describe('errors on worker threads', () => {
  const { network: net, options, batch } = cases[0]!;

  it('keep their type, hint and fields', async () => {
    const trainer = await trainerOn(net, options, workerThreads({ workers: 2 }));
    const { inputs, ...rest } = batch(1);
    const wrong = { ...rest, inputs: { input: new SpikeTrain(STEPS, BATCH, 9) } };
    const error = await trainer.step(wrong).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ShapeError);
    expect(error).toMatchObject({
      where: 'input "input"',
      hint: 'activity is [time, batch, size]',
      fields: { size: 9 },
    });
    expect((await trainer.step({ ...rest, inputs })).iteration).toBe(1);
  });

  it('while starting end the threads, so that the process can end', () => {
    const script = `
      Promise.all([import('volley'), import('volley/io')])
        .then(([{ adam, defineNetwork, leakyReadout, softmaxCrossEntropy, Trainer }, { workerThreads }]) => {
          const populations = { out: { size: 2, model: leakyReadout() } };
          const network = defineNetwork({ inputs: {}, populations, projections: {} });
          const learning = { loss: softmaxCrossEntropy(), optimiser: adam({ learningRate: 1 }) };
          const sizes = { batch: 2, steps: 0, seed: 1, shards: 2 };
          return Trainer.create(network, { ...learning, ...sizes, executor: workerThreads({ workers: 2 }) });
        })
        .catch((error) => console.log(error.name));`;
    const run = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 4_000 });
    expect(run.stderr).toBe('');
    expect(run.stdout.trim()).toBe('ParameterError');
    expect(run).toMatchObject({ status: 0, signal: null });
  });
});
