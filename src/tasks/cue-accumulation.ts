import { ParameterError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { RandomStream } from '../base/random.ts';
import type { SpikeBatch } from '../tensor/batch.ts';
import { SpikeTrain } from '../tensor/bits.ts';
import { addBernoulliSpikes, spikeProbability } from './poisson.ts';

/** Parameters of cue accumulation; the defaults are those of the published task. */
export interface CueAccumulationOptions {
  /** Number of cues, odd, so that there is a majority; default 7. */
  readonly cues?: number;
  /** Duration of a cue, ms; default 100. */
  readonly cueDuration?: number;
  /** Silence before each cue, ms; default 50. */
  readonly gap?: number;
  /** Time from the end of the last cue to the start of recall, ms; default 1050. */
  readonly delay?: number;
  /** Duration of recall at the end of the trial, ms; default 150. */
  readonly recallDuration?: number;
  /** Probability that a cue shows the side which is less likely in its trial, 0 to 0.5; default 0.3. */
  readonly minorityProbability?: number;
  /** Rate of a neuron while its cue, or recall, is on, Hz; default 40. */
  readonly rate?: number;
  /** Rate of a noise neuron, Hz; default 10. */
  readonly noiseRate?: number;
  /** Input neurons, a multiple of 4; default 40. */
  readonly inputSize?: number;
  /** ms; default 1. */
  readonly dt?: number;
  /** Name of the input population in the batches; default `input`. */
  readonly input?: string;
}

/** A batch together with the cues behind its spikes. */
export interface CueAccumulationBatch extends SpikeBatch {
  /** 0 = left, 1 = right, one array [cue] per trial. */
  readonly cues: readonly Uint8Array[];
}

/** The cue-accumulation task. */
export interface CueAccumulation {
  readonly inputSize: number;
  /** Steps of a trial. */
  readonly steps: number;
  /** Steps of recall, which is also the one decision window. */
  readonly recallSteps: number;
  readonly classes: number;
  /** A batch of new trials; a label is 0 if most cues of its trial were left, 1 if most were right. */
  trainingBatch(random: RandomStream, size: number): CueAccumulationBatch;
}

/** Groups of input neurons: left, right, recall, noise. */
const GROUPS = 4;
const RECALL_GROUP = 2;
const NOISE_GROUP = 3;

/**
 * Cue accumulation: count cues on the left and on the right, wait, then report the side with more (`bellec2020eprop`).
 *
 * Input neurons form four equal groups in the order left, right, recall, noise. Cue k fires in the group of its side
 * from (k + 1) gap + k cueDuration on, for cueDuration; the recall group fires in the decision window that ends the trial;
 * the noise group fires all the time. A trial first takes a likely side with probability 1/2; each cue then shows that
 * side, independently, with probability 1 - minorityProbability. The label is the majority of the cues shown.
 *
 * @example
 * const task = cueAccumulation();
 * task.trainingBatch(new RandomStream(1), 64).decisions; // one window: steps 2100 … 2249
 *
 * @throws ParameterError if a duration is no whole number of steps, a rate is too high, or a count does not fit
 */
export function cueAccumulation(options: CueAccumulationOptions = {}): CueAccumulation {
  checkedOptions('cueAccumulation', options, [
    'cues',
    'cueDuration',
    'gap',
    'delay',
    'recallDuration',
    'minorityProbability',
    'rate',
    'noiseRate',
    'inputSize',
    'dt',
    'input',
  ]);
  const { cues = 7, minorityProbability = 0.3, inputSize = 40, dt = 1, input = 'input' } = options;
  checkOptions(cues, minorityProbability, inputSize);
  const plan = planOf(options, cues, dt);
  const probability = spikeProbability(options.rate ?? 40, dt);
  const noiseProbability = spikeProbability(options.noiseRate ?? 10, dt);
  const { steps, recallSteps } = plan;
  const count = inputSize / GROUPS;
  const addTrial = (train: SpikeTrain, batch: number, sides: Uint8Array, random: RandomStream) => {
    const add = (group: number, start: number, duration: number, p: number) =>
      addBernoulliSpikes(train, { batch, start, steps: duration, first: group * count, count }, p, random);
    for (const [k, side] of sides.entries()) add(side, plan.cueStart(k), plan.cueSteps, probability);
    add(RECALL_GROUP, steps - recallSteps, recallSteps, probability);
    add(NOISE_GROUP, 0, steps, noiseProbability);
  };
  return {
    inputSize,
    steps,
    recallSteps,
    classes: 2,
    trainingBatch(random, size) {
      const train = new SpikeTrain(steps, size, inputSize);
      const drawn = Array.from({ length: size }, () => drawCues(random, cues, minorityProbability));
      for (const [b, sides] of drawn.entries()) addTrial(train, b, sides, random);
      const decisions = {
        start: Int32Array.of(steps - recallSteps),
        length: Int32Array.of(recallSteps),
        labels: Int32Array.from(drawn, majority),
      };
      return { steps, size, inputs: { [input]: train }, decisions, cues: drawn };
    },
  };
}

/** 1 if most cues are right, else 0. */
const majority = (sides: Uint8Array): number => Number(2 * sides.reduce((sum, side) => sum + side, 0) > sides.length);

function drawCues(random: RandomStream, cues: number, minorityProbability: number): Uint8Array {
  const likely = random.integer(2);
  return Uint8Array.from({ length: cues }, () => (random.uniform() < minorityProbability ? 1 - likely : likely));
}

function planOf(
  { cueDuration = 100, gap = 50, delay = 1050, recallDuration = 150 }: CueAccumulationOptions,
  cues: number,
  dt: number,
) {
  const stepsOf = (what: string, duration: number, least: number) =>
    wholeSteps('cueAccumulation', what, duration, dt, least);
  const cueSteps = stepsOf('cueDuration', cueDuration, 1);
  const gapSteps = stepsOf('gap', gap, 0);
  const recallSteps = stepsOf('recallDuration', recallDuration, 1);
  const steps = cues * (gapSteps + cueSteps) + stepsOf('delay', delay, 0) + recallSteps;
  return { steps, cueSteps, recallSteps, cueStart: (k: number) => k * (gapSteps + cueSteps) + gapSteps };
}

function checkOptions(cues: number, minorityProbability: number, inputSize: number): void {
  const fail = (rule: string, got: number) => {
    throw new ParameterError('cueAccumulation', `expected ${rule}, got ${got}`);
  };
  if (!Number.isInteger(cues) || cues < 1 || cues % 2 === 0) fail('an odd number of cues', cues);
  if (!(minorityProbability >= 0 && minorityProbability <= 0.5)) {
    fail('a minorityProbability of 0 to 0.5', minorityProbability);
  }
  if (!(inputSize >= GROUPS) || inputSize % GROUPS !== 0) fail('an inputSize that is a multiple of 4', inputSize);
}

/**
 * Steps of a duration.
 *
 * @param where - the task, for the error
 * @param what - name of the option, for the error
 * @param duration - ms
 * @param dt - ms
 * @param least - smallest number of steps that makes sense
 * @throws ParameterError unless dt > 0 and the duration is a whole number of steps, at least `least`
 */
export function wholeSteps(where: string, what: string, duration: number, dt: number, least: number): number {
  if (!(dt > 0)) throw new ParameterError(where, `expected dt > 0, got ${dt}`);
  const steps = Math.round(duration / dt);
  // The quotient of two decimals may miss a whole number by rounding, hence not an exact test.
  if (steps >= least && Math.abs(steps * dt - duration) <= 1e-9 * duration) return steps;
  throw new ParameterError(
    where,
    `expected a ${what} of ${least} or more whole steps of ${dt} ms, got ${duration} ms`,
    { fields: { [what]: duration, dt } },
  );
}
