import { ParameterError, ShapeError, UnsupportedError } from '../../../base/errors.ts';
import { exp, log } from '../../../base/math.ts';
import { checkedOptions } from '../../../base/options.ts';
import { RandomStream } from '../../../base/random.ts';
import { streamOf } from '../../../base/stream.ts';
import type { Activity, Network, NetworkParameters } from '../../../network/index.ts';
import type { TrainerState } from '../../trainer-state.ts';
import { OnlineCore, type UpdateResult } from '../online/online-core.ts';
import { checkRewardOptions, type RewardOptions, VALUE_COST } from './reward-options.ts';

/** What the agent makes of an observation. */
export interface Decision {
  /** Chosen action per row; -1 where none was asked for. */
  readonly actions: Int32Array;
  /** Probabilities, [batch, actions]. */
  readonly policy: Float64Array;
  /** Predicted value per row. */
  readonly values: Float64Array;
}

/**
 * Actor and critic that learn online by reward-based e-prop: synapses turn their filtered eligibility trace into credit,
 * c(t) = γ c(t - 1) + L(t) f(t), and the prediction error δ = r + γ V' - V, known one observation later, makes
 * a gradient of it. Policy and value are linear readouts of the same network.
 *
 * @eq bellec2020eprop (5)
 * @eq bellec2020eprop (36)-(37)
 *
 * @example One episode with an action at its end.
 * const agent = new RewardLearner(net, { batch: 1, seed: 1, discount: 0.99, optimiser: adam({ learningRate: 1e-3 }) });
 * agent.observe({ x: new SpikeTrain(1, 1, 40) });
 * const { actions } = agent.observe({ x: new SpikeTrain(1, 1, 40) }, { decide: true });
 * agent.finish(actions[0] === 1 ? [1] : [0]);
 * agent.update();
 */
export class RewardLearner {
  readonly network: Network;
  readonly options: RewardOptions;
  readonly actions: number;
  readonly #core: OnlineCore;
  #random: RandomStream;
  readonly #steps: number;
  readonly #padded: number;
  /** Value of the last observation per row, and the reward since. */
  readonly #values: Float64Array;
  readonly #rewards: Float64Array;
  /** 1 for each row of which an observation waits for its prediction error. */
  readonly #pending: Uint8Array;

  /**
   * @throws ParameterError for unknown names and values out of range; UnsupportedError as for online e-prop
   */
  constructor(network: Network, options: RewardOptions) {
    const { readout = 'out', stepsPerFrame = 1, batch, seed, entropyCost = 0 } = options;
    checkRewardOptions(network, options);
    this.network = network;
    this.options = options;
    this.actions = network.populations[readout]!.size - 1;
    this.#steps = stepsPerFrame;
    this.#core = new OnlineCore(network, options, {
      readout,
      block: stepsPerFrame,
      credit: true,
      direct: entropyCost > 0,
    });
    this.#random = new RandomStream(seed, streamOf('actions'));
    this.#padded = this.#core.errors(1).length / batch;
    this.#values = new Float64Array(batch);
    this.#rewards = new Float64Array(batch);
    this.#pending = new Uint8Array(batch);
  }

  get parameters(): NetworkParameters {
    return this.#core.parameters;
  }

  /** Number of updates. */
  get iteration(): number {
    return this.#core.optimiser.iteration;
  }

  /**
   * Takes an observation, and draws an action for every row if asked to. The rewards of the observation before, see
   * {@link reward}, are credited now that its successor's value is known.
   *
   * @param inputs - by name, [stepsPerFrame, batch, size]; a longer sequence is read from step `from`
   * @throws ShapeError if an input does not fit; NumericsError if a state is not finite
   */
  observe(
    inputs: Readonly<Record<string, Activity>>,
    options: { readonly decide?: boolean; readonly from?: number } = {},
  ): Decision {
    const { decide = false, from = 0 } = checkedOptions('RewardLearner.observe', options, ['decide', 'from']);
    if (!Number.isInteger(from) || from < 0) {
      throw new ShapeError('RewardLearner.observe', `expected to start from step 0, 1, 2 …, got ${from}`);
    }
    this.#core.run(inputs, from, this.#steps);
    const decision = this.#decide(decide);
    this.#writeErrors(decision, decide);
    if (this.#core.traces.direct) this.#writeEntropy(decision, decide);
    this.#writeCredit(decision.values);
    this.#core.learn(this.#steps);
    this.#values.set(decision.values);
    this.#rewards.fill(0);
    this.#pending.fill(1);
    return decision;
  }

  /** Rewards that follow the last observation, one per row; those of several calls add up. */
  reward(rewards: ArrayLike<number>): void {
    const where = 'RewardLearner.reward';
    if (rewards?.length !== this.options.batch) {
      throw new ShapeError(where, `expected ${this.options.batch} rewards, got ${rewards?.length ?? 'none'}`);
    }
    const bad = Array.from(rewards).findIndex((reward) => !Number.isFinite(reward));
    if (bad >= 0) throw new ParameterError(where, `expected finite rewards, got ${rewards[bad]} in row ${bad}`);
    const waits = this.#pending.includes(1);
    if (!waits || this.#pending.some((pending, b) => pending === 0 && rewards[b] !== 0)) {
      throw new UnsupportedError(where, 'expected an observation before its rewards, got none since the episode began');
    }
    for (let b = 0; b < rewards.length; b++) this.#rewards[b]! += rewards[b]!;
  }

  /**
   * Ends the episode of all rows, or of those given: what follows is worth nothing, and their state and traces start anew.
   *
   * @param rewards - as for {@link reward}
   * @param rows - rows whose episode ends; the others go on, and their rewards wait for the next observation
   * @returns the last prediction error per row; 0 for rows that go on
   * @throws ParameterError for a row that does not exist
   */
  finish(rewards: ArrayLike<number>, rows: readonly number[] = Array.from(this.#pending.keys())): Float64Array {
    const { batch } = this.options;
    const bad = rows.find((row) => !Number.isInteger(row) || row < 0 || row >= batch);
    if (bad !== undefined) {
      throw new ParameterError('RewardLearner.finish', `expected rows from 0 to ${batch - 1}, got ${bad}`);
    }
    this.reward(rewards);
    const ends = new Set(rows);
    const errors = this.#rewards.map((reward, b) => (ends.has(b) ? reward - this.#values[b]! : 0));
    this.#core.traces.credit!.settle(errors);
    if (ends.size === batch) this.#core.reset();
    else for (const row of ends) this.#core.resetRow(row);
    for (const row of ends) [this.#pending[row], this.#rewards[row]] = [0, 0];
    return errors;
  }

  /** The gradient gathered since the last update, with regularisation, in public shapes. */
  gradient(): NetworkParameters {
    return this.#core.gradient();
  }

  /**
   * Changes the weights by the gradient gathered since the last update.
   *
   * @throws NumericsError if a gradient is not finite; the parameters stay as they were
   */
  update(): UpdateResult {
    return this.#core.update();
  }

  /** Everything to go on from here, within an episode too; `encodeTrainerState` makes a file of it. */
  saveState(): TrainerState {
    const state = this.#core.saveState();
    const own = [this.#random.state.position, ...this.#pending, ...this.#values, ...this.#rewards];
    return { ...state, carried: [...state.carried, new Uint8Array(Float64Array.from(own).buffer)] };
  }

  /**
   * Goes on from a saved state. Nothing is changed unless all of it fits.
   *
   * @throws ShapeError if the state comes from another network, optimiser or other options; ParameterError for a value
   * that is not finite or out of its range
   */
  loadState(state: TrainerState): void {
    const { batch, seed } = this.options;
    const saved = state.carried.at(-1) ?? new Uint8Array(0);
    if (saved.length !== 8 * (1 + 3 * batch)) {
      throw new ShapeError(
        'RewardLearner.loadState',
        `expected ${8 * (1 + 3 * batch)} bytes of its own, got ${saved.length}`,
        {
          hint: 'the state belongs to another learner or batch size',
        },
      );
    }
    this.#core.loadState({ ...state, carried: state.carried.slice(0, -1) });
    const [position, ...rest] = new Float64Array(saved.slice().buffer);
    this.#random = new RandomStream(seed, streamOf('actions'), position);
    this.#pending.set(rest.slice(0, batch));
    this.#values.set(rest.slice(batch, 2 * batch));
    this.#rewards.set(rest.slice(2 * batch));
  }

  /** Policy and value from the readout at the end of the frame. */
  #decide(decide: boolean): Decision {
    const { batch } = this.options;
    const y = this.#core.outputs(this.#steps).subarray((this.#steps - 1) * batch * this.#padded);
    const policy = new Float64Array(batch * this.actions);
    const values = new Float64Array(batch);
    const actions = new Int32Array(batch).fill(-1);
    for (let b = 0; b < batch; b++) {
      const row = y.subarray(b * this.#padded, b * this.#padded + this.actions);
      const probabilities = policy.subarray(b * this.actions, (b + 1) * this.actions);
      softmax(row, probabilities);
      values[b] = y[b * this.#padded + this.actions]!;
      if (decide) actions[b] = draw(probabilities, this.#random.uniform());
    }
    return { actions, policy, values };
  }

  /** Learning signals of the readout: the policy's at a decision, the value's at every frame. */
  #writeErrors({ actions, policy }: Decision, decide: boolean): void {
    const { batch, valueCost = VALUE_COST } = this.options;
    const errors = this.#core.errors(this.#steps).fill(0);
    for (let b = 0; b < batch; b++) {
      const at = ((this.#steps - 1) * batch + b) * this.#padded;
      errors[at + this.actions] = -valueCost;
      for (let k = 0; decide && k < this.actions; k++) {
        errors[at + k] = policy[b * this.actions + k]! - Number(k === actions[b]);
      }
    }
  }

  /** Learning signals of the entropy at a decision: ∂(-c_H H)/∂(logit k) = c_H π_k (log π_k + H). */
  #writeEntropy({ policy }: Decision, decide: boolean): void {
    const { batch, entropyCost = 0 } = this.options;
    const errors = this.#core.directErrors(this.#steps).fill(0);
    for (let b = 0; decide && b < batch; b++) {
      const at = ((this.#steps - 1) * batch + b) * this.#padded;
      // What has rounded to probability 0 contributes nothing: p log p → 0.
      const surprise = Array.from(policy.subarray(b * this.actions, (b + 1) * this.actions), (p) => p * log(p || 1));
      const entropy = -surprise.reduce((sum, value) => sum + value, 0);
      for (const [k, value] of surprise.entries()) {
        errors[at + k] = entropyCost * (value + policy[b * this.actions + k]! * entropy);
      }
    }
  }

  /** The prediction errors of the observation before, and the discount, both at the first step of the frame. */
  #writeCredit(values: Float64Array): void {
    const { discount } = this.options;
    const errors = values.map((value, b) =>
      this.#pending[b] === 1 ? this.#rewards[b]! + discount * value - this.#values[b]! : 0,
    );
    this.#core.traces.credit!.begin(errors, discount, this.#steps);
  }
}

/** Softmax of logits; subtracting the largest prevents overflow. */
function softmax(logits: ArrayLike<number>, into: Float64Array): void {
  let [top, sum] = [-Infinity, 0];
  for (let k = 0; k < into.length; k++) top = Math.max(top, logits[k]!);
  for (let k = 0; k < into.length; k++) {
    into[k] = exp(logits[k]! - top);
    sum += into[k]!;
  }
  for (let k = 0; k < into.length; k++) into[k]! /= sum;
}

/** The index at which the cumulative probability passes a uniform draw. */
function draw(probabilities: Float64Array, uniform: number): number {
  let left = uniform;
  for (let k = 0; k < probabilities.length - 1; k++) {
    left -= probabilities[k]!;
    if (left < 0) return k;
  }
  return probabilities.length - 1;
}
