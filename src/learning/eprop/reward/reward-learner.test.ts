import { expect, it } from 'vitest';
import { normal, RandomStream } from '../../../base/index.ts';
import { defineNetwork, fanInNormal, fixedNumber, glorotUniform, initialParameters } from '../../../network/index.ts';
import { alifUnscaled, leakyReadout } from '../../../neurons/index.ts';
import { SpikeTrain } from '../../../tensor/index.ts';
import { sgd } from '../../optimisers.ts';
import { eprop, randomFeedback } from '../../rules.ts';
import { decodeTrainerState, encodeTrainerState } from '../../trainer-state.ts';
import { OnlineCore } from '../online/online-core.ts';
import { type Decision, RewardLearner } from './reward-learner.ts';

const [FRAMES, STEPS, ROWS, INPUTS, HIDDEN, ACTIONS] = [12, 3, 2, 8, 12, 2];

const network = defineNetwork({
  inputs: { x: { size: INPUTS } },
  populations: {
    hidden: { size: HIDDEN, model: alifUnscaled({ tauA: 30, beta: 0.3 }) },
    out: { size: ACTIONS + 1, model: leakyReadout() },
  },
  projections: {
    in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain: 2 }) },
    // Traces of sparse synapses walk step by step, those of all-to-all synapses take a frame at once.
    rec: { from: 'hidden', to: 'hidden', topology: fixedNumber(90, { self: false }), weights: fanInNormal() },
    out: { from: 'hidden', to: 'out', weights: glorotUniform() },
  },
});

const options = {
  batch: ROWS,
  seed: 3,
  optimiser: sgd({ learningRate: 0.01 }),
  rule: eprop({ feedback: randomFeedback({ weights: normal({ sd: 1 }) }) }),
  parameters: initialParameters(network, 3),
};

function spikes(): SpikeTrain {
  const random = new RandomStream(5, 0);
  const x = new SpikeTrain(FRAMES * STEPS, ROWS, INPUTS);
  for (let t = 0; t < FRAMES * STEPS; t++) {
    for (let b = 0; b < ROWS; b++) for (let i = 0; i < INPUTS; i++) if (random.uniform() < 0.3) x.set(t, b, i);
  }
  return x;
}

/** ∂(-H)/∂(logit k) by finite differences of the softmax's logits. */
function entropySlope(policy: Float64Array, k: number): number {
  const negative = (by: number) => {
    const weights = policy.map((p, n) => (n === k ? p * Math.exp(by) : p));
    const sum = weights.reduce((a, w) => a + w, 0);
    return weights.reduce((a, w) => a + (w / sum) * Math.log(w / sum), 0);
  };
  return (negative(1e-4) - negative(-1e-4)) / 2e-4;
}

it.each([0, 0.3])(
  'credits each step with the discounted return minus the value, as the theory says; entropy cost %f',
  (entropyCost) => {
    const [discount, valueCost] = [0.9, 0.5];
    const x = spikes();
    const agent = new RewardLearner(network, { ...options, discount, valueCost, entropyCost, stepsPerFrame: STEPS });
    const decides = (frame: number) => frame % 4 === 3;
    const decisions: Decision[] = [];
    const rewards = Array.from({ length: FRAMES }, (_, k) => Float64Array.of(Math.sin(k), Math.cos(3 * k)));
    for (let frame = 0; frame < FRAMES; frame++) {
      decisions.push(agent.observe({ x }, { from: frame * STEPS, decide: decides(frame) }));
      if (frame < FRAMES - 1) agent.reward(rewards[frame]!);
    }
    agent.finish(rewards[FRAMES - 1]!);
    const byCredit = agent.gradient();

    // Σ_t δ_t c_t = Σ_t (R_t - V_t) L_t f_t: the same traces, with errors scaled by the advantage.
    const core = new OnlineCore(network, options, { readout: 'out', block: STEPS, credit: false });
    const returns = Array.from({ length: FRAMES }, () => new Float64Array(ROWS));
    for (let k = FRAMES - 1; k >= 0; k--) {
      for (let b = 0; b < ROWS; b++) returns[k]![b] = rewards[k]![b]! + discount * (returns[k + 1]?.[b] ?? 0);
    }
    for (const [frame, { actions, policy, values }] of decisions.entries()) {
      core.run({ x }, frame * STEPS, STEPS);
      const errors = core.errors(STEPS).fill(0);
      for (let b = 0; b < ROWS; b++) {
        const advantage = returns[frame]![b]! - values[b]!;
        const at = ((STEPS - 1) * ROWS + b) * 4;
        errors[at + ACTIONS] = -valueCost * advantage;
        for (let k = 0; decides(frame) && k < ACTIONS; k++) {
          errors[at + k] = advantage * (policy[b * ACTIONS + k]! - Number(k === actions[b]));
          errors[at + k]! += entropyCost * entropySlope(policy.subarray(b * ACTIONS, (b + 1) * ACTIONS), k);
        }
      }
      core.learn(STEPS);
    }
    const direct = core.gradient();
    for (const [name, { weights }] of Object.entries(direct.connections)) {
      const largest = Math.max(...weights.map(Math.abs));
      expect(largest).toBeGreaterThan(0.01);
      const others = byCredit.connections[name]!.weights;
      // float32 sums in another order
      for (const [k, value] of weights.entries()) expect(Math.abs(value - others[k]!)).toBeLessThan(1e-5 * largest);
    }
  },
);

it('draws the actions that its policy says', () => {
  const agent = new RewardLearner(network, { ...options, discount: 1, seed: 11, parameters: undefined });
  const x = new SpikeTrain(1, ROWS, INPUTS);
  const counts = [0, 0];
  for (let k = 0; k < 2000; k++) {
    for (const action of agent.observe({ x }, { decide: true }).actions) counts[action]! += 1;
    agent.finish([0, 0]);
  }
  // Zero readout: p = 1/2; five standard deviations, false alarms below 1e-6.
  expect(Math.abs(counts[0]! - 2000)).toBeLessThan(5 * Math.sqrt(1000));
  expect(counts[0]! + counts[1]!).toBe(4000);
});

it('ends the episodes of some rows alone: the gradient is that of agents of their own', () => {
  const x = spikes();
  const ends = [[11], [3, 8, 11]];
  const rewards = (frame: number, b: number) => Math.sin(frame + 5 * b);
  const alone = ends.map((last, b) => {
    const mine = new SpikeTrain(FRAMES * STEPS, 1, INPUTS);
    for (let t = 0; t < FRAMES * STEPS; t++) for (let i = 0; i < INPUTS; i++) if (x.get(t, b, i)) mine.set(t, 0, i);
    const agent = new RewardLearner(network, { ...options, batch: 1, discount: 0.9, stepsPerFrame: STEPS });
    for (let frame = 0; frame < FRAMES; frame++) {
      agent.observe({ x: mine }, { from: frame * STEPS });
      if (last.includes(frame)) agent.finish([rewards(frame, b)]);
      else agent.reward([rewards(frame, b)]);
    }
    return agent.gradient().connections;
  });
  const together = new RewardLearner(network, { ...options, discount: 0.9, stepsPerFrame: STEPS });
  for (let frame = 0; frame < FRAMES; frame++) {
    together.observe({ x }, { from: frame * STEPS });
    const rows = [0, 1].filter((b) => ends[b]!.includes(frame));
    const errors = together.finish([rewards(frame, 0), rewards(frame, 1)], rows);
    for (const b of [0, 1]) expect(errors[b] !== 0).toBe(rows.includes(b));
  }
  for (const [name, { weights }] of Object.entries(together.gradient().connections)) {
    const sums = Array.from(weights, (_, k) => alone[0]![name]!.weights[k]! + alone[1]![name]!.weights[k]!);
    const largest = Math.max(...sums.map(Math.abs));
    expect(largest).toBeGreaterThan(1e-4);
    // float32 sums in another order
    for (const [k, sum] of sums.entries()) expect(Math.abs(weights[k]! - sum)).toBeLessThan(1e-5 * largest);
  }
});

it('says what is wrong with options and rewards', () => {
  expect(() => new RewardLearner(network, { ...options, discount: 2 })).toThrow('expected discount from 0 to 1, got 2');
  expect(() => new RewardLearner(network, { ...options, discount: 1, readout: 'hidden' })).toThrow(
    'expected a graded readout',
  );
  const agent = new RewardLearner(network, { ...options, discount: 1 });
  expect(() => agent.reward([1, 0])).toThrow('expected an observation before its rewards');
  expect(() => new RewardLearner(network, { ...options, discount: 1, entropyCost: -1 })).toThrow(
    'expected entropyCost of 0 or more, got -1',
  );
  expect(() => agent.finish([0, 0], [2])).toThrow('expected rows from 0 to 1, got 2');
  expect(() => agent.observe({ x: spikes() }, { from: -1 })).toThrow('expected to start from step 0, 1, 2 …, got -1');
  expect(() => new RewardLearner(network, { ...options, discount: 1, clipNorm: -1 })).toThrow(
    'expected clipNorm above 0',
  );
  expect(() => agent.reward([1])).toThrow('expected 2 rewards, got 1');
  expect(() => agent.reward([Number.NaN, 0])).toThrow('expected finite rewards, got NaN in row 0');
});

it('goes on from a saved state, in the middle of an episode, with the same bits', () => {
  const x = spikes();
  const first = new RewardLearner(network, { ...options, discount: 0.9, stepsPerFrame: STEPS });
  const frame = (agent: RewardLearner, k: number) => {
    const { actions } = agent.observe({ x }, { from: k * STEPS, decide: true });
    agent.reward(Float64Array.from(actions));
    return [...actions];
  };
  for (let k = 0; k < 5; k++) frame(first, k);
  const state = decodeTrainerState(encodeTrainerState(first.saveState()));
  const second = new RewardLearner(network, { ...options, discount: 0.9, stepsPerFrame: STEPS });
  second.loadState(state);
  const outcomes = [first, second].map((agent) => {
    const actions = [5, 6, 7].map((k) => frame(agent, k));
    agent.finish([1, 0]);
    agent.update();
    return { actions, parameters: agent.parameters };
  });
  expect(outcomes[1]).toEqual(outcomes[0]);
  expect(() => second.loadState({ ...state, carried: [] })).toThrow('expected 56 bytes of its own, got 0');
});
