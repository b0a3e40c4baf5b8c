// E-prop learns while time goes on: a network follows a target, 10 ms at a time, and never stores its past.
import {
  adam,
  defineNetwork,
  fanInNormal,
  leakyReadout,
  lif,
  OnlineLearner,
  patternGeneration,
  RandomStream,
  squaredError,
} from 'volley';

const task = patternGeneration();
const trial = task.trial(new RandomStream(1));
const network = defineNetwork({
  inputs: { input: { size: task.inputSize } },
  populations: {
    hidden: { size: 100, model: lif({ tauM: 30, vTh: 0.03, nRef: 0 }) },
    out: { size: 1, model: leakyReadout({ tauOut: 30 }) },
  },
  projections: {
    in: { from: 'input', to: 'hidden', weights: fanInNormal() },
    recurrent: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
    readout: { from: 'hidden', to: 'out', weights: fanInNormal() },
  },
});
const learner = new OnlineLearner(network, {
  batch: 1,
  seed: 1,
  loss: squaredError(),
  optimiser: adam({ learningRate: 3e-3 }),
});
for (let repetition = 1; repetition <= 60; repetition++) {
  learner.reset();
  let loss = 0;
  for (let from = 0; from < task.steps; from += 10) {
    loss += learner.advance(trial, { from, steps: 10 }).loss;
  }
  learner.update();
  if (repetition % 10 === 0)
    console.log(`repetition ${repetition}: loss ${loss.toFixed(2)} ${'#'.repeat(Math.ceil(loss))}`);
}
