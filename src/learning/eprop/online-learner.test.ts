import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/index.ts';
import { defineNeuron, triangular } from '../../expr/index.ts';
import {
  defineNetwork,
  fanInNormal,
  fixedInDegree,
  fixedProbability,
  glorotUniform,
  initialParameters,
  type NetworkParameters,
  oneToOne,
} from '../../network/index.ts';
import { alif, alifUnscaled, leakyReadout, lif } from '../../neurons/index.ts';
import { SpikeTrain } from '../../tensor/index.ts';
import { squaredError } from '../loss.ts';
import { sgd } from '../optimisers.ts';
import { firingRate } from '../regularisers.ts';
import { eprop, randomFeedback } from '../rules.ts';
import { Trainer } from '../trainer.ts';
import { decodeTrainerState, encodeTrainerState } from '../trainer-state.ts';
import { OnlineLearner } from './online-learner.ts';

const [STEPS, ROWS, INPUTS, HIDDEN, OUTPUTS] = [50, 3, 9, 14, 3];

function setUp(model: ReturnType<typeof lif>, change: { in?: object; rec?: object } = {}) {
  const network = defineNetwork({
    inputs: { x: { size: INPUTS } },
    populations: { hidden: { size: HIDDEN, model }, out: { size: OUTPUTS, model: leakyReadout() } },
    projections: {
      in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain: 2 }), ...change.in },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal(), ...change.rec },
      out: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });
  const random = new RandomStream(5, 0);
  const x = new SpikeTrain(STEPS, ROWS, INPUTS);
  for (let t = 0; t < STEPS; t++) {
    for (let b = 0; b < ROWS; b++) for (let i = 0; i < INPUTS; i++) if (random.uniform() < 0.2) x.set(t, b, i);
  }
  const data = Float32Array.from({ length: STEPS * ROWS * OUTPUTS }, () => random.normal());
  const batch = { steps: STEPS, size: ROWS, inputs: { x }, targets: { out: { data } } };
  const options = {
    batch: ROWS,
    seed: 3,
    loss: squaredError(),
    optimiser: sgd({ learningRate: 0.01 }),
    rule: eprop({ feedback: randomFeedback() }),
    regularisers: [firingRate({ population: 'hidden', target: 20, strength: 5 })],
    parameters: initialParameters(network, 3),
  };
  return { network, batch, options };
}

/** Largest difference of two gradients over the largest element, by projection. */
function distances(a: NetworkParameters, b: NetworkParameters): number[] {
  return Object.entries(a.connections).map(([name, { weights }]) => {
    const others = b.connections[name]!.weights;
    const largest = Math.max(...weights.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    return Math.max(...weights.map((value, k) => Math.abs(value - others[k]!))) / largest;
  });
}

describe.each([
  ['lif', lif({ vTh: 0.05, nRef: 3 })],
  ['alif', alif({ vTh: 0.05, tauA: 30, beta: 1 })],
  ['alifUnscaled', alifUnscaled({ tauA: 30, beta: 0.3 })],
  ['heterogeneous', alifUnscaled({ tauA: 30, beta: Float64Array.from({ length: HIDDEN }, (_, n) => 0.1 * (n % 3)) })],
])('OnlineLearner with %s', (_, model) => {
  it.each([1, 7, 32])('has the gradient of the reverse scan, in blocks of %i', async (block) => {
    const { network, batch, options } = setUp(model);
    const trainer = await Trainer.create(network, { ...options, steps: STEPS });
    const reverse = await trainer.gradient(batch);
    const online = new OnlineLearner(network, { ...options, block });
    const { loss } = online.advance(batch);
    expect(loss).toBeGreaterThan(0);
    // float32 sums of 150 terms in another order
    for (const distance of distances(reverse.gradient, online.gradient())) expect(distance).toBeLessThan(1e-5);
  });
});

it.each([
  ['sparse', { in: { topology: fixedProbability(0.4) }, rec: { topology: fixedInDegree(3), delay: 3 } }],
  ['one to one', { rec: { topology: oneToOne(), weights: 0.3, delay: 2 } }],
])('OnlineLearner has the gradient of the reverse scan on %s synapses', async (_, change) => {
  for (const model of [lif({ vTh: 0.05 }), alifUnscaled({ tauA: 30, beta: 0.3 })]) {
    const { network, batch, options } = setUp(model, change);
    const trainer = await Trainer.create(network, { ...options, steps: STEPS });
    const reverse = await trainer.gradient(batch);
    const online = new OnlineLearner(network, { ...options, block: 7 });
    online.advance(batch);
    for (const distance of distances(reverse.gradient, online.gradient())) expect(distance).toBeLessThan(1e-5);
  }
});

it('parts of a batch add up to the whole, and memory does not grow', () => {
  const { network, batch, options } = setUp(alifUnscaled({ tauA: 30, beta: 0.3 }));
  const whole = new OnlineLearner(network, { ...options, block: 8 });
  const parts = new OnlineLearner(network, { ...options, block: 8 });
  const before = parts.memoryBytes;
  const { loss, outputs } = whole.advance(batch);
  const results = Array.from({ length: STEPS / 10 }, (_, k) => parts.advance(batch, { from: 10 * k, steps: 10 }));
  expect(results.reduce((sum, result) => sum + result.loss, 0)).toBeCloseTo(loss, 9);
  expect(results.flatMap((result) => [...result.outputs])).toEqual([...outputs]);
  // Blocks of 8 end elsewhere: the rows' float32 sums come in another order.
  for (const distance of distances(whole.gradient(), parts.gradient())) expect(distance).toBeLessThan(1e-5);
  expect(parts.memoryBytes).toBe(before);
  expect(() => parts.advance(batch, { from: 45, steps: 10 })).toThrow('expected a part of 50 steps, got 10 from 45');
});

it('goes on from a saved state, in the middle of a sequence, with the same bits', () => {
  const { network, batch, options } = setUp(alifUnscaled({ tauA: 30, beta: 0.3 }));
  const first = new OnlineLearner(network, options);
  first.advance(batch);
  first.update();
  first.advance(batch, { from: 0, steps: 20 });
  const state = decodeTrainerState(encodeTrainerState(first.saveState()));
  const second = new OnlineLearner(network, { ...options, parameters: initialParameters(network, 9) });
  second.loadState(state);
  for (const learner of [first, second]) {
    learner.advance(batch, { from: 20 });
    learner.update();
  }
  expect(second.parameters).toEqual(first.parameters);
  expect(second.iteration).toBe(2);
  expect(() => second.loadState({ ...state, carried: [] })).toThrow('the option shards must be the same');
});

it('has the gradient of the reverse scan where a state takes over an input, a state, or the same equation', async () => {
  const model = defineNeuron({
    name: 'delay line',
    params: {},
    state: { v: 'the current', w: 'the same', d: 'the current of the step before' },
    inputs: { I: 'current' },
    equations: `
      d' = v
      v' = I
      w' = I
      z' = spike(v' + 0.5 * w' + 0.7 * d' - 0.2 * I - 0.1)`,
    pseudoDerivative: triangular({ dampening: 0.3 }),
  });
  const { network, batch, options } = setUp(model());
  const trainer = await Trainer.create(network, { ...options, steps: STEPS });
  const reverse = await trainer.gradient(batch);
  const online = new OnlineLearner(network, options);
  online.advance(batch);
  for (const distance of distances(reverse.gradient, online.gradient())) expect(distance).toBeLessThan(1e-5);
});
