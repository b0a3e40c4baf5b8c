import {
  adam,
  alif,
  defineNetwork,
  fanInNormal,
  firingRate,
  glorotUniform,
  leakyReadout,
  RandomStream,
  softmaxCrossEntropy,
  storeRecall,
  Trainer,
} from 'volley';

/** What must be the same everywhere. */
export interface Outcome {
  /** One per training step. */
  readonly losses: readonly number[];
  /** Hz, per spiking population, in the last step. */
  readonly rates: Readonly<Record<string, number>>;
  /** float32 bit patterns of the weights of each projection, before and after training. */
  readonly before: Readonly<Record<string, readonly number[]>>;
  readonly after: Readonly<Record<string, readonly number[]>>;
}

const STEPS = 5;
const BATCH = 6;

/** Trains an LSNN of two recurrent layers for five steps. Runs in Node and, bundled, in a browser. */
export async function trainSmallLsnn(): Promise<Outcome> {
  const task = storeRecall({ length: 4, symbolDuration: 15, expectedDelay: 2, inputSize: 20, input: 'x' });
  const network = defineNetwork({
    inputs: { x: { size: task.inputSize } },
    populations: {
      // Odd sizes leave padded lanes, which must not reach a result.
      lower: { size: 21, model: alif({ tauA: 60, nRef: 3 }) },
      upper: { size: 13, model: alif({ tauA: 120, nRef: 3 }) },
      out: { size: task.classes, model: leakyReadout({ tauOut: 10 }) },
    },
    projections: {
      input: { from: 'x', to: 'lower', weights: fanInNormal() },
      lower: { from: 'lower', to: 'lower', weights: fanInNormal() },
      between: { from: 'lower', to: 'upper', weights: fanInNormal() },
      upper: { from: 'upper', to: 'upper', delay: 3, weights: fanInNormal() },
      out: { from: 'upper', to: 'out', weights: glorotUniform() },
    },
  });
  const trainer = await Trainer.create(network, {
    ...{ batch: BATCH, steps: task.steps, shards: 2, seed: 11 },
    loss: softmaxCrossEntropy(),
    optimiser: adam({ learningRate: 0.01 }),
    regularisers: [firingRate({ population: 'lower', target: 20, strength: 0.1 })],
  });
  const bits = () =>
    Object.fromEntries(
      Object.entries(trainer.parameters.connections).map(([name, { weights }]) => {
        const { buffer, byteOffset, length } = weights;
        return [name, Array.from(new Uint32Array(buffer, byteOffset, length))];
      }),
    );

  const random = new RandomStream(11, 1);
  const before = bits();
  const losses: number[] = [];
  let rates: Readonly<Record<string, number>> = {};
  for (let k = 0; k < STEPS; k++) {
    const result = await trainer.step(task.trainingBatch(random, BATCH));
    losses.push(result.loss);
    rates = result.rates;
  }
  const outcome = { losses, rates, before, after: bits() };
  await trainer.close();
  return outcome;
}
