import { expect, it } from 'vitest';
import { sinTurn } from '../../base/math.ts';
import { RandomStream } from '../../base/random.ts';
import { softmaxCrossEntropy } from '../../learning/loss.ts';
import { adam } from '../../learning/optimisers.ts';
import { Trainer } from '../../learning/trainer.ts';
import { defineNetwork, fanInNormal } from '../../network/index.ts';
import { leakyReadout, lif } from '../../neurons/index.ts';
import { speechFrontEnd } from './front-end.ts';
import { featureStatistics, normaliseFeatures } from './normalise.ts';
import { speechFrames } from './speech-frames.ts';

const RATE = 8000;
const frontEnd = speechFrontEnd({ sampleRate: RATE });

/** A tone in noise of 80 to 150 ms that rises (class 1) or falls (class 0) by an octave. */
function word(random: RandomStream, label: number) {
  const count = 640 + random.integer(560);
  const [low, start] = [300 + 600 * random.uniform(), random.uniform()];
  let turn = start;
  const signal = Float64Array.from({ length: count }, (_, n) => {
    const share = label === 1 ? n / count : 1 - n / count;
    turn = (turn + (low * (1 + share)) / RATE) % 1;
    return 0.3 * sinTurn(turn) + 0.01 * random.normal();
  });
  const { frames, data } = frontEnd.features(signal);
  return { features: Float32Array.from(data), frames, label };
}

const words = (seed: number, count: number) => {
  const random = new RandomStream(seed);
  return Array.from({ length: count }, (_, k) => word(random, k % 2));
};

it('a network learns to tell rising from falling tones', async () => {
  const [train, test] = [words(1, 200), words(2, 64)];
  const statistics = featureStatistics(train, frontEnd.size);
  normaliseFeatures(train, statistics);
  normaliseFeatures(test, statistics);
  const options = { classes: 2, repeat: 3, maxFrames: 14, decisionFrames: 6 };
  const [task, held] = [speechFrames(train, options), speechFrames(test, options)];
  const network = defineNetwork({
    inputs: { input: { size: task.inputSize, kind: 'floats' } },
    populations: {
      hidden: { size: 32, model: lif({ tauM: 20 }) },
      out: { size: task.classes, model: leakyReadout({ tauOut: 20 }) },
    },
    projections: {
      in: { from: 'input', to: 'hidden', weights: fanInNormal() },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
      out: { from: 'hidden', to: 'out', weights: fanInNormal() },
    },
  });
  const trainer = await Trainer.create(network, {
    ...{ batch: 32, steps: task.steps, seed: 1 },
    ...{ loss: softmaxCrossEntropy(), optimiser: adam({ learningRate: 0.01 }) },
  });
  for (let i = 0; i < 60; i++) await trainer.step(task.trainingBatch(new RandomStream(3, i), 32));
  const errors: number[] = [];
  for (const batch of held.testBatches(32)) errors.push((await trainer.evaluate(batch)).error);
  // Guessing gives 50 %; 5 standard deviations of a binomial count of 64 below it are 19 %.
  expect((errors[0]! + errors[1]!) / 2).toBeLessThan(0.19);
});
