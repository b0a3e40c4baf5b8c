import { ParameterError, ShapeError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { RandomStream } from '../base/random.ts';
import type { SpikeBatch } from '../tensor/batch.ts';
import { SpikeTrain } from '../tensor/bits.ts';
import { wholeSteps } from './cue-accumulation.ts';
import { addBernoulliSpikes, spikeProbability } from './poisson.ts';

/** Parameters of delayed choice. */
export interface DelayedChoiceOptions {
  /** Duration of the cue, ms; default 50. */
  readonly cueDuration?: number;
  /** Time from the end of the cue to the go period, ms; default 200. */
  readonly delay?: number;
  /** Duration of the go period, at the end of which the action is taken, ms; default 50. */
  readonly goDuration?: number;
  /** Rate of a neuron while its cue, or the go signal, is on, Hz; default 100. */
  readonly rate?: number;
  /** Rate of a fixation neuron, Hz; default 10. */
  readonly fixationRate?: number;
  /** Input neurons, a multiple of 4; default 40. */
  readonly inputSize?: number;
  /** ms; default 1. */
  readonly dt?: number;
  /** Name of the input population in the episodes; default `input`. */
  readonly input?: string;
}

/**
 * Episodes of parallel agents, drawn as a whole because what is observed does not depend on the actions.
 *
 * It is also a batch: its one decision window is the go period and its labels are `correct`, which a supervised learner
 * may use for comparison and a learner from rewards must not read.
 */
export interface Episode extends SpikeBatch {
  /** Step at the end of which every agent takes its action and is rewarded, the last of the episode, counted from 0. */
  readonly decisionStep: number;
  /** The action that is rewarded, [agent]. */
  readonly correct: Int32Array;
}

/** An environment with one action per episode, for parallel agents. */
export interface Episodes {
  readonly inputSize: number;
  /** Steps of an episode. */
  readonly steps: number;
  /** Number of actions; an action is 0 … actions - 1. */
  readonly actions: number;
  /** Resets the environment: new episodes for `size` agents. */
  episode(random: RandomStream, size: number): Episode;
  /**
   * Takes the one action of every agent, which ends the episodes.
   *
   * @param actions - [agent]
   * @returns rewards, 1 where the action is the correct one, else 0, [agent]
   * @throws ShapeError unless there is one action per agent; ParameterError for an action that does not exist
   */
  reward(episode: Pick<Episode, 'correct'>, actions: ArrayLike<number>): Float32Array;
}

/** Groups of input neurons: one per action, go, fixation. */
const GROUPS = 4;
const ACTIONS = 2;
const GO_GROUP = 2;
const FIXATION_GROUP = 3;

/**
 * Delayed choice, a two-armed bandit with a memory: a cue says which of two actions will be rewarded; wait, then act.
 *
 * Input neurons form four equal groups in the order cue 0, cue 1, go, fixation. The group of the cue fires first, nothing
 * but fixation during the delay, the go group in the go period; the fixation group fires all the time. Each cue has
 * probability 1/2, so acting without memory earns a mean reward of 1/2.
 *
 * @example
 * const task = delayedChoice();
 * const episode = task.episode(new RandomStream(1), 16); // 300 steps of 16 agents
 * task.reward(episode, episode.correct); // all 1
 *
 * @throws ParameterError if a duration is no whole number of steps, a rate is too high, or the size does not fit
 */
export function delayedChoice(options: DelayedChoiceOptions = {}): Episodes {
  checkedOptions('delayedChoice', options, [
    'cueDuration',
    'delay',
    'goDuration',
    'rate',
    'fixationRate',
    'inputSize',
    'dt',
    'input',
  ]);
  const { inputSize = 40, dt = 1, input = 'input' } = options;
  if (!(inputSize >= GROUPS) || inputSize % GROUPS !== 0) {
    throw new ParameterError('delayedChoice', `expected an inputSize that is a multiple of 4, got ${inputSize}`);
  }
  const { steps, cueSteps, goSteps } = planOf(options, dt);
  const probability = spikeProbability(options.rate ?? 100, dt);
  const fixationProbability = spikeProbability(options.fixationRate ?? 10, dt);
  const count = inputSize / GROUPS;
  const addAgent = (train: SpikeTrain, batch: number, cue: number, random: RandomStream) => {
    const add = (group: number, start: number, duration: number, p: number) =>
      addBernoulliSpikes(train, { batch, start, steps: duration, first: group * count, count }, p, random);
    add(cue, 0, cueSteps, probability);
    add(GO_GROUP, steps - goSteps, goSteps, probability);
    add(FIXATION_GROUP, 0, steps, fixationProbability);
  };
  return {
    inputSize,
    steps,
    actions: ACTIONS,
    episode(random, size) {
      const train = new SpikeTrain(steps, size, inputSize);
      const correct = Int32Array.from({ length: size }, () => random.integer(ACTIONS));
      for (const [b, cue] of correct.entries()) addAgent(train, b, cue, random);
      const decisions = { start: Int32Array.of(steps - goSteps), length: Int32Array.of(goSteps), labels: correct };
      return { steps, size, inputs: { [input]: train }, decisions, decisionStep: steps - 1, correct };
    },
    reward,
  };
}

function reward({ correct }: Pick<Episode, 'correct'>, actions: ArrayLike<number>): Float32Array {
  if (actions.length !== correct.length) {
    throw new ShapeError('delayedChoice', `expected ${correct.length} actions, one per agent, got ${actions.length}`);
  }
  return Float32Array.from(correct, (right, b) => {
    const action = actions[b]!;
    if (action !== 0 && action !== 1) {
      throw new ParameterError('delayedChoice', `expected action 0 or 1, got ${action} of agent ${b}`);
    }
    return Number(action === right);
  });
}

function planOf({ cueDuration = 50, delay = 200, goDuration = 50 }: DelayedChoiceOptions, dt: number) {
  const stepsOf = (what: string, duration: number, least: number) =>
    wholeSteps('delayedChoice', what, duration, dt, least);
  const cueSteps = stepsOf('cueDuration', cueDuration, 1);
  const goSteps = stepsOf('goDuration', goDuration, 1);
  return { cueSteps, goSteps, steps: cueSteps + stepsOf('delay', delay, 0) + goSteps };
}
