import { ParameterError } from '../base/errors.ts';
import { cosTurn, sinTurn } from '../base/math.ts';
import { checkedOptions } from '../base/options.ts';
import type { RandomStream } from '../base/random.ts';
import type { TaughtBatch } from '../learning/eprop/natural/natural-eprop-options.ts';
import type { TargetSequence } from '../tensor/batch.ts';
import { SpikeTrain } from '../tensor/bits.ts';

/** Parameters of arm trajectories. The defaults are a small version of the published task, which has 2 joints and 250 steps. */
export interface ArmTrajectoryOptions {
  /** Joints, and so links of equal length and outputs; default 1. */
  readonly joints?: number;
  /** Steps of a trial; default 100. */
  readonly steps?: number;
  /** Spread of the random walk of an angular velocity: a step is N(0, 0.01 roughness²); default 1. */
  readonly roughness?: number;
  /** Steps of the Hann window that smooths the walk; default 48. */
  readonly window?: number;
  /** Clock neurons, a divisor of the steps: one after another fires; default 5. */
  readonly clock?: number;
  /** Steps between the spikes of a clock neuron; default 5. */
  readonly clockPeriod?: number;
  /** Bits of the code of a coordinate, 1 to 24; default 16. */
  readonly bits?: number;
}

/** A batch of trajectories: the trainee sees the clock, the generator the clock and the way of the end effector. */
export interface ArmTrajectoryBatch extends TaughtBatch {
  readonly inputs: { readonly clock: SpikeTrain };
  readonly instruction: { readonly clock: SpikeTrain; readonly target: SpikeTrain };
  /** Angular velocities to follow, by the name `out`, [steps, batch, joints]. */
  readonly targets: { readonly out: TargetSequence };
  /** Way of the end effector, x and y within ±1, [steps, batch, 2]. */
  readonly positions: Float32Array;
}

/** Family of one-shot tasks: each is a trajectory of a planar arm. */
export interface ArmTrajectory {
  readonly steps: number;
  readonly joints: number;
  /** Neurons of the trainee's input `clock`. */
  readonly clockSize: number;
  /** Neurons of the generator's further input `target`. */
  readonly targetSize: number;
  /** Draws a new trajectory for each row. */
  trainingBatch(random: RandomStream, size: number): ArmTrajectoryBatch;
}

/** Angle per step and unit of angular velocity, rad. */
const STEP_ANGLE = 0.01;

/**
 * Movements of a planar arm to be learned in one update, after the one-shot task of natural e-prop.
 *
 * An angular velocity is a random walk from 0, smoothed by a Hann window (before the trial the walk is 0, after it the
 * walk is reflected) and clipped to ±π. Angles start at 0 for the first joint and π/2 for the others, and change by 0.01
 * times the velocity per step. The trainee sees a clock alone, the same in every trial: nothing of the trajectory. The
 * generator sees the clock and, at every step, x and y of the end effector as binary numbers, one neuron per bit.
 *
 * @example
 * const task = armTrajectory({ joints: 2, steps: 250 });
 * task.trainingBatch(new RandomStream(1), 20).targets.out.data.length; // 10,000: 250 steps x 20 rows x 2 joints
 *
 * @throws ParameterError for counts below 1, a clock that does not divide the steps, or bits beyond 24
 */
export function armTrajectory(options: ArmTrajectoryOptions = {}): ArmTrajectory {
  checkedOptions('armTrajectory', options, ['joints', 'steps', 'roughness', 'window', 'clock', 'clockPeriod', 'bits']);
  const { joints = 1, steps = 100, roughness = 1, window = 48, clock = 5, clockPeriod = 5, bits = 16 } = options;
  check({ joints, steps, window, clock, clockPeriod, bits });
  if (steps % clock !== 0) fail(`clock neurons that divide the ${steps} steps`, clock);
  if (bits > 24) fail('at most 24 bits', bits);
  if (!(roughness >= 0 && roughness < Infinity)) fail('a roughness of 0 or more', roughness);
  const hann = hannWindow(window);
  return {
    steps,
    joints,
    clockSize: clock,
    targetSize: 2 * bits,
    trainingBatch(random, size) {
      check({ size });
      const data = new Float32Array(steps * size * joints);
      const positions = new Float32Array(steps * size * 2);
      for (let b = 0; b < size; b++) {
        const velocities = Array.from({ length: joints }, () => smooth(walk(steps, roughness, random), hann));
        for (let t = 0; t < steps; t++)
          data.set(
            velocities.map((own) => own[t]!),
            (t * size + b) * joints,
          );
        followArm(velocities, steps, (t, x, y) => positions.set([x, y], (t * size + b) * 2));
      }
      const ticks = clockSpikes(steps, size, clock, clockPeriod);
      const target = binaryCode(positions, [steps, size], bits);
      return {
        steps,
        size,
        inputs: { clock: ticks },
        instruction: { clock: ticks, target },
        targets: { out: { data } },
        positions,
      };
    },
  };
}

function fail(rule: string, got: number): never {
  throw new ParameterError('armTrajectory', `expected ${rule}, got ${got}`);
}

function check(counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isInteger(value) || value < 1) fail(`${name} of at least 1`, value);
  }
}

/** Positions after each of `steps` steps of N(0, 0.01 roughness²). */
function walk(steps: number, roughness: number, random: RandomStream): Float64Array {
  let at = 0;
  return Float64Array.from({ length: steps }, () => {
    at += 0.1 * roughness * random.normal();
    return at;
  });
}

/** sin² over the window, with a sum of 1; no end of it is 0. */
function hannWindow(length: number): Float64Array {
  const values = Float64Array.from({ length }, (_, k) => sinTurn((k + 1) / (2 * (length + 1))) ** 2);
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}

/** The centred mean over a window, clipped to ±π; 0 before the values, their reflection after them. */
function smooth(values: Float64Array, window: Float64Array): Float64Array {
  const last = values.length - 1;
  const at = (k: number): number => {
    if (k < 0) return 0;
    return values[k <= last ? k : Math.max(0, 2 * last - k)]!;
  };
  const half = Math.floor(window.length / 2);
  return values.map((_, t) => {
    const mean = window.reduce((sum, weight, k) => sum + weight * at(t + k - half), 0);
    return Math.min(Math.PI, Math.max(-Math.PI, mean));
  });
}

/** Visits the end effector's place after each step. */
function followArm(
  velocities: readonly Float64Array[],
  steps: number,
  visit: (t: number, x: number, y: number) => void,
): void {
  const angles = velocities.map((_, k) => (k === 0 ? 0 : Math.PI / 2));
  for (let t = 0; t < steps; t++) {
    let [x, y, direction] = [0, 0, 0];
    velocities.forEach((velocity, k) => {
      angles[k]! += STEP_ANGLE * velocity[t]!;
      direction += angles[k]! / (2 * Math.PI);
      x += cosTurn(direction - Math.floor(direction)) / velocities.length;
      y += sinTurn(direction - Math.floor(direction)) / velocities.length;
    });
    visit(t, x, y);
  }
}

/** Neuron c fires every `period` steps during part c of the trial. */
function clockSpikes(steps: number, size: number, neurons: number, period: number): SpikeTrain {
  const train = new SpikeTrain(steps, size, neurons);
  const part = steps / neurons;
  for (let t = 0; t < steps; t++) {
    if ((t % part) % period !== 0) continue;
    for (let b = 0; b < size; b++) train.set(t, b, Math.floor(t / part));
  }
  return train;
}

/** Coordinates within ±1 as binary numbers: a neuron per bit, the highest first, fires at every step where its bit is set. */
function binaryCode(positions: Float32Array, [steps, size]: readonly [number, number], bits: number): SpikeTrain {
  const train = new SpikeTrain(steps, size, 2 * bits);
  const top = 2 ** bits - 1;
  positions.forEach((value, k) => {
    const code = Math.min(top, Math.floor((value + 1) * 2 ** (bits - 1)));
    const [t, b] = [Math.floor(k / (2 * size)), Math.floor(k / 2) % size];
    for (let bit = 0; bit < bits; bit++) {
      if ((code >> (bits - 1 - bit)) & 1) train.set(t, b, (k % 2) * bits + bit);
    }
  });
  return train;
}
