import { describe, expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { armTrajectory } from './arm-trajectory.ts';

/** Values of one row, [steps, width]. */
const rowOf = (data: Float32Array, size: number, width: number, row: number): Float32Array =>
  data.filter((_, k) => Math.floor(k / width) % size === row);

describe('armTrajectory', () => {
  it('shows the trainee the same clock in every row, one neuron after another', () => {
    const task = armTrajectory({ steps: 12, clock: 3, clockPeriod: 2 });
    const { inputs, instruction } = task.trainingBatch(new RandomStream(1), 2);
    const { time, batch, neuron } = inputs.clock.events();
    const spikes = Array.from(time, (t, k) => [t, batch[k], neuron[k]]);
    expect(spikes).toEqual(
      [0, 2, 4, 6, 8, 10].flatMap((t) => [
        [t, 0, Math.floor(t / 4)],
        [t, 1, Math.floor(t / 4)],
      ]),
    );
    expect(instruction.clock).toBe(inputs.clock);
  });

  it('moves the links by 0.01 of the velocities', () => {
    const { targets, positions } = armTrajectory({ joints: 2 }).trainingBatch(new RandomStream(2), 3);
    const velocities = rowOf(targets.out.data, 3, 2, 1);
    const [first, second] = [0, 1].map((k) => velocities.filter((_, n) => n % 2 === k).reduce((a, b) => a + b, 0));
    const shoulder = 0.01 * first!;
    const elbow = shoulder + Math.PI / 2 + 0.01 * second!;
    const [x, y] = rowOf(positions, 3, 2, 1).slice(-2);
    // float32 velocities near 1, summed over 100 steps
    expect(x).toBeCloseTo((Math.cos(shoulder) + Math.cos(elbow)) / 2, 6);
    expect(y).toBeCloseTo((Math.sin(shoulder) + Math.sin(elbow)) / 2, 6);
  });

  it('codes a coordinate by its bits', () => {
    const size = 4;
    const { instruction, positions } = armTrajectory({ bits: 10 }).trainingBatch(new RandomStream(3), size);
    for (let t = 0; t < 100; t += 9) {
      for (let k = 0; k < 2; k++) {
        const bits = Array.from({ length: 10 }, (_, bit) => instruction.target.get(t, 2, 10 * k + bit));
        const value = bits.reduce<number>((sum, bit) => 2 * sum + bit, 0) / 2 ** 9 - 1;
        const left = positions[(t * size + 2) * 2 + k]! - value;
        expect(left).toBeGreaterThanOrEqual(0);
        // One unit of the last bit, and x = 1 has the highest code, which means 1 - 2 ** -9.
        expect(left).toBeLessThanOrEqual(2 ** -9);
      }
    }
  });

  it('walks with steps of variance 0.01 roughness², and starts near 0', () => {
    const size = 2000;
    const task = armTrajectory({ steps: 20, window: 1, clock: 1, roughness: 0.5 });
    const { data } = task.trainingBatch(new RandomStream(4), size).targets.out;
    const variance = (t: number) => data.subarray(t * size, (t + 1) * size).reduce((sum, v) => sum + v * v, 0) / size;
    // A variance of 2000 normal draws has a relative spread of √(2 / 2000) = 0.032; five of them.
    expect(Math.abs(variance(0) / 0.0025 - 1)).toBeLessThan(0.16);
    expect(Math.abs(variance(19) / 0.05 - 1)).toBeLessThan(0.16);
  });

  it('smooths: the window averages the walk', () => {
    const options = { steps: 30, clock: 1 };
    const make = (window: number) => armTrajectory({ ...options, window }).trainingBatch(new RandomStream(5), 1);
    const walk = make(1).targets.out.data;
    const smooth = make(3).targets.out.data;
    // Three values of sin² at 1/4, 2/4 and 3/4 of a half turn: 1/2, 1, 1/2.
    for (let t = 1; t < 29; t++) expect(smooth[t]).toBeCloseTo((walk[t - 1]! + 2 * walk[t]! + walk[t + 1]!) / 4, 6);
    expect(smooth[0]).toBeCloseTo((2 * walk[0]! + walk[1]!) / 4, 6);
    expect(smooth[29]).toBeCloseTo((2 * walk[28]! + 2 * walk[29]!) / 4, 6);
  });

  it('clips velocities to ±π', () => {
    const { data } = armTrajectory({ roughness: 50, window: 1 }).trainingBatch(new RandomStream(6), 4).targets.out;
    expect(Math.max(...data.map(Math.abs))).toBe(Math.fround(Math.PI));
  });

  it('is the same for the same stream', () => {
    const make = (seed: number) => armTrajectory().trainingBatch(new RandomStream(seed), 3);
    expect(make(7)).toEqual(make(7));
    expect(make(8).positions).not.toEqual(make(7).positions);
  });

  it.each([
    [{ joints: 0 }, 'expected joints of at least 1, got 0'],
    [{ steps: 99 }, 'expected clock neurons that divide the 99 steps, got 5'],
    [{ window: 2.5 }, 'expected window of at least 1, got 2.5'],
    [{ bits: 25 }, 'expected at most 24 bits, got 25'],
    [{ roughness: Number.NaN }, 'expected a roughness of 0 or more, got NaN'],
  ])('refuses %o', (options, message) => {
    expect(() => armTrajectory(options)).toThrow(ParameterError);
    expect(() => armTrajectory(options)).toThrow(message);
  });
});
