import { expect, it } from 'vitest';
import {
  adam,
  alifUnscaled,
  defineNetwork,
  delayedChoice,
  fanInNormal,
  glorotUniform,
  leakyReadout,
  RandomStream,
  RewardLearner,
} from 'volley';

const [EPISODES, WINDOW, FRAME] = [2000, 200, 10];

/** Learns delayed choice from rewards; returns mean reward and mean |δ| at the end, of the last and the first 200 episodes. */
function run(seed: number): { reward: number[]; error: number[] } {
  const task = delayedChoice();
  const beta = Float64Array.from({ length: 40 }, (_, n) => (n < 20 ? 0 : 0.07));
  const network = defineNetwork({
    inputs: { input: { size: task.inputSize } },
    populations: {
      hidden: { size: 40, model: alifUnscaled({ tauA: 300, beta }) },
      out: { size: task.actions + 1, model: leakyReadout() },
    },
    projections: {
      in: { from: 'input', to: 'hidden', weights: fanInNormal() },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
      out: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });
  const agent = new RewardLearner(network, {
    batch: 1,
    seed,
    stepsPerFrame: FRAME,
    discount: 0.9,
    valueCost: 0.02,
    optimiser: adam({ learningRate: 1e-3 }),
    clipNorm: 10,
  });
  const random = new RandomStream(seed, 99);
  const rewards: number[] = [];
  const errors: number[] = [];
  for (let k = 0; k < EPISODES; k++) {
    const episode = task.episode(random, 1);
    for (let from = 0; from + FRAME < episode.steps; from += FRAME) agent.observe(episode.inputs, { from });
    const { actions } = agent.observe(episode.inputs, { from: episode.steps - FRAME, decide: true });
    const reward = task.reward(episode, actions);
    rewards.push(reward[0]!);
    errors.push(Math.abs(agent.finish(reward)[0]!));
    agent.update();
  }
  const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
  const ends = (values: number[]) => [mean(values.slice(0, WINDOW)), mean(values.slice(-WINDOW))];
  return { reward: ends(rewards), error: ends(errors) };
}

it.each([1, 2, 3])('reward-based e-prop learns a delayed choice within 2,000 episodes, seed %i', (seed) => {
  const { reward, error } = run(seed);
  expect(reward[0]).toBeLessThan(0.7);
  expect(reward[1]).toBeGreaterThan(0.9);
  // The prediction error falls as outcomes become certain; it starts near 1/2, that of a coin.
  expect(error[0]).toBeGreaterThan(0.4);
  expect(error[1]).toBeLessThan(0.3);
});
