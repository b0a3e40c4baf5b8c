import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../base/index.ts';
import { defineNeuron, triangular } from '../../../expr/index.ts';
import {
  defineNetwork,
  fanInNormal,
  fixedInDegree,
  fixedProbability,
  glorotUniform,
  initialParameters,
  type NetworkParameters,
  oneToOne,
} from '../../../network/index.ts';
import { alif, alifUnscaled, leakyReadout, lif } from '../../../neurons/index.ts';
import { SpikeTrain } from '../../../tensor/index.ts';
import { squaredError } from '../../loss.ts';
import { sgd } from '../../optimisers.ts';
import { firingRate } from '../../regularisers.ts';
import { adaptiveFeedback, eprop, randomFeedback, symmetricFeedback } from '../../rules.ts';
import { Trainer } from '../../trainer.ts';
import { decodeTrainerState, encodeTrainerState } from '../../trainer-state.ts';
import { OnlineLearner } from './online-learner.ts';

const [STEPS, ROWS, INPUTS, HIDDEN, OUTPUTS] = [50, 3, 9, 14, 3];

function setUp(model: ReturnType<typeof lif>, change: { in?: object; rec?: object; out?: object } = {}) {
  const network = defineNetwork({
    inputs: { x: { size: INPUTS } },
    populations: { hidden: { size: HIDDEN, model }, out: { size: OUTPUTS, model: leakyReadout() } },
    projections: {
      in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain: 2 }), ...change.in },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal(), ...change.rec },
      out: { from: 'hidden', to: 'out', weights: glorotUniform(), ...change.out },
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

it.each([
  ['symmetric', symmetricFeedback()],
  ['random', randomFeedback()],
  ['adaptive', adaptiveFeedback({ decay: 0.05 })],
])('updates as a Trainer does, and simulates on with the new weights: %s feedback', async (_, feedback) => {
  const { network, batch, options } = setUp(lif({ vTh: 0.05 }));
  const own = { ...options, rule: eprop({ feedback }), clipNorm: 5 };
  const trainer = await Trainer.create(network, { ...own, steps: STEPS });
  const learner = new OnlineLearner(network, own);
  for (let k = 0; k < 2; k++) {
    const wanted = await trainer.step(batch);
    learner.reset();
    const { loss } = learner.advance(batch);
    // Two updates of float32 gradients in another order move no spike here.
    expect(loss).toBeCloseTo(wanted.loss, 3);
    learner.update();
  }
  for (const distance of distances(trainer.parameters, learner.parameters)) expect(distance).toBeLessThan(1e-5);
  for (const [name, values] of Object.entries(trainer.feedback)) {
    for (const [k, value] of values.entries()) expect(learner.feedback[name]![k]).toBeCloseTo(value, 4);
  }
});

it('gives no gradient to what does not learn, and needs no learning readout', async () => {
  const { network, batch, options } = setUp(lif({ vTh: 0.05 }), {
    in: { trainable: false },
    out: { trainable: false },
  });
  const learner = new OnlineLearner(network, options);
  learner.advance(batch);
  const trainer = await Trainer.create(network, { ...options, steps: STEPS });
  for (const { connections, neurons } of [learner.gradient(), (await trainer.gradient(batch)).gradient]) {
    expect(new Set(connections.in!.weights)).toEqual(new Set([0]));
    expect(new Set(connections.out!.weights)).toEqual(new Set([0]));
    expect(Math.max(...connections.rec!.weights)).toBeGreaterThan(0);
    expect([...neurons.hidden!.tauM!]).toEqual([0]);
  }
  const adaptive = { ...options, rule: eprop({ feedback: adaptiveFeedback() }) };
  expect(() => new OnlineLearner(network, adaptive)).toThrow('expected weights that learn, got projection "out"');
});

it('says what is wrong, and goes on from good data after bad', () => {
  const { network, batch, options } = setUp(lif({ vTh: 0.05 }));
  const learner = new OnlineLearner(network, options);
  const bad = {
    ...batch,
    targets: { out: { data: batch.targets.out.data.map((y, k) => (k === 300 ? Number.NaN : y)) } },
  };
  expect(() => learner.advance(bad)).toThrow('expected a finite loss, got NaN within steps 0 to 49');
  learner.reset();
  learner.advance(batch);
  learner.update();
  for (const { weights } of Object.values(learner.parameters.connections))
    expect(weights.every(Number.isFinite)).toBe(true);
  expect(() => new OnlineLearner(network, { ...options, trainable: { hidden: ['tauM'] } } as never)).toThrow(
    'expected options of an OnlineLearner, got trainable',
  );
  expect(() => new OnlineLearner(network, { ...options, rule: eprop as never })).toThrow('write rule: eprop()');
  expect(() => new OnlineLearner(network, { ...options, block: 0 })).toThrow(
    'expected blocks of 1 step or more, got 0',
  );
  const unknown = { ...options, rule: eprop({ feedback: randomFeedback({ weights: { oat: 1 } }) }) };
  expect(() => new OnlineLearner(network, unknown)).toThrow('unknown projection "oat" (known: out)');
});
