// Reward-based e-prop: sixteen agents see a cue, wait 200 ms, act, and learn from whether that was right.
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

const task = delayedChoice();
const network = defineNetwork({
  inputs: { input: { size: task.inputSize } },
  populations: {
    hidden: { size: 40, model: alifUnscaled({ tauA: 300, beta: 0.05 }) },
    // One logit per action, and the value.
    out: { size: task.actions + 1, model: leakyReadout() },
  },
  projections: {
    in: { from: 'input', to: 'hidden', weights: fanInNormal() },
    recurrent: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
    readout: { from: 'hidden', to: 'out', weights: glorotUniform() },
  },
});
const [agents, frame] = [16, 10];
const optimiser = adam({ learningRate: 3e-3 });
const options = {
  batch: agents,
  seed: 1,
  stepsPerFrame: frame,
  discount: 0.9,
  entropyCost: 0.01,
  optimiser,
  clipNorm: 10,
};
const learner = new RewardLearner(network, options);
const random = new RandomStream(1);
for (let round = 1, sum = 0; round <= 300; round++) {
  const episode = task.episode(random, agents);
  const last = task.steps - frame;
  for (let from = 0; from < last; from += frame) learner.observe(episode.inputs, { from });
  const rewards = task.reward(episode, learner.observe(episode.inputs, { from: last, decide: true }).actions);
  learner.finish(rewards);
  learner.update();
  sum += rewards.reduce((total, reward) => total + reward, 0) / agents;
  if (round % 50 > 0) continue;
  console.log(`after ${round * agents} episodes: mean reward ${(sum / 50).toFixed(2)}`);
  sum = 0;
}
