import { describe, expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { evaluateLoss, squaredError } from '../learning/loss.ts';
import { sliceBatch } from '../tensor/batch-slice.ts';
import { patternGeneration, type Sine, sumOfSines } from './pattern-generation.ts';

const draw = (seed: number, size?: number) => patternGeneration({ outputs: 3 }).trial(new RandomStream(seed), size);

describe('sumOfSines', () => {
  it('gives the target of the published set-up', () => {
    // Amplitudes and phases (here in cycles) as the released code draws them from its seed 1.
    const sines: Sine[] = [
      { cycles: 1, amplitude: 0.9265425331289192, phase: 0.8157336885732608 },
      { cycles: 2, amplitude: 0.6448293827956626, phase: 0.20192011923778042 },
      { cycles: 3, amplitude: 1.8457375292541578, phase: 0.051693816041692986 },
      { cycles: 5, amplitude: 1.8557974141181244, phase: 0.793330432815647 },
    ];
    const target = sumOfSines(1000, sines);
    // The reference values have ten decimals (seven for the sum), so half a unit of the last is the precision.
    expect(target[1]).toBeCloseTo(0.0110499277, 10);
    expect(target[250]).toBeCloseTo(-0.0091627659, 10);
    expect(target.reduce((sum, y) => sum + 0.5 * y * y, 0)).toBeCloseTo(126.9161185, 7);
  });

  it('samples both ends: a cosine of one cycle over five samples', () => {
    // cos = 1, 0, -1, 0, 1; minus the first, over 2.
    const expected = [0, -0.5, -1, -0.5, 0];
    for (const [t, y] of sumOfSines(5, [{ cycles: 1, amplitude: 3, phase: 0.25 }]).entries()) {
      expect(y).toBeCloseTo(expected[t]!, 14); // a few roundings of numbers of size 3
    }
  });

  it('refuses a constant', () => {
    expect(() => sumOfSines(10, [])).toThrow('expected sines that vary within 10 samples, got a constant');
    expect(() => sumOfSines(2, [{ cycles: 1, amplitude: 1, phase: 0.25 }])).toThrow(ParameterError);
  });
});

describe('patternGeneration', () => {
  it('draws targets that start at 0, reach 1 in magnitude and return to 0', () => {
    const { targets, sines, steps, size } = draw(1);
    expect([steps, size, sines.length]).toEqual([1000, 1, 3]);
    const data = targets.out!.data;
    expect(data.length).toBe(3000);
    for (const [k, own] of sines.entries()) {
      const target = data.filter((_, at) => at % 3 === k);
      expect(target).toEqual(Float32Array.from(sumOfSines(1000, own)));
      expect(target[0]).toBe(0);
      expect(Math.max(...target.map(Math.abs))).toBe(1);
      expect(target[999]).toBeCloseTo(0, 12); // whole cycles: last = first up to float64 rounding of the turn
      expect(own.map(({ cycles }) => cycles)).toEqual([1, 2, 3, 5]);
    }
    expect(sines[0]).not.toEqual(sines[1]);
  });

  it('draws amplitudes evenly from 0.5 to 2 and phases evenly from 0 to 1', () => {
    const task = patternGeneration({ inputSize: 1, duration: 10, periods: Array(1000).fill(5), outputs: 10 });
    const all = task.trial(new RandomStream(2)).sines.flat();
    for (const [values, low, high] of [
      [all.map(({ amplitude }) => amplitude), 0.5, 2],
      [all.map(({ phase }) => phase), 0, 1],
    ] as const) {
      const scaled = values.map((value) => (value - low) / (high - low));
      expect(scaled.every((value) => value > 0 && value < 1)).toBe(true);
      // Five standard deviations of the mean of 10,000 uniform draws (false alarms: 6e-7), and of their squares.
      expect(Math.abs(scaled.reduce((a, b) => a + b, 0) / 1e4 - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / 1e4));
      expect(Math.abs(scaled.reduce((a, b) => a + b * b, 0) / 1e4 - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / 1e4));
    }
  });

  it('fires 50 Hz, and not in the first step', () => {
    const { inputs } = draw(3);
    const { input } = inputs;
    expect([input!.time, input!.batch, input!.size]).toEqual([1000, 1, 100]);
    expect(Math.max(...input!.row(0, 0))).toBe(0);
    expect(Math.max(...input!.row(1, 0))).toBeGreaterThan(0); // 100 neurons silent by chance: 0.95^100 = 0.6 %
    const expected = 999 * 100 * 0.05;
    // Five standard deviations of a binomial count; false alarms: 6e-7.
    expect(Math.abs(input!.count() - expected)).toBeLessThan(5 * Math.sqrt(expected * 0.95));
    expect(Math.min(...input!.countByNeuron())).toBeGreaterThan(0);
  });

  it('repeats the trial in every row, and in every draw from the same stream', () => {
    const batch = draw(4, 3);
    const single = draw(4);
    expect(batch.sines).toEqual(single.sines);
    for (let b = 0; b < 3; b++) {
      const { inputs, targets } = sliceBatch(batch, b, 1);
      expect(inputs.input).toEqual(single.inputs.input);
      expect(targets).toEqual(single.targets);
    }
    expect(draw(5).sines).not.toEqual(single.sines);
    expect(draw(5).inputs).not.toEqual(single.inputs);
  });

  it('fits the loss: an output of 0 costs half the sum of squares', () => {
    const trial = draw(6, 2);
    const layout = { steps: 1000, batch: 2, classes: 3, stride: 4, rowOffset: 0 };
    const { loss } = evaluateLoss(squaredError(), trial, new Float32Array(8000), layout);
    const squares = draw(6).targets.out!.data.reduce((sum, y) => sum + 0.5 * y * y, 0);
    expect(loss / squares).toBeCloseTo(1, 12); // the same float64 terms, summed in another order
  });

  it('keeps duration and rate at another dt', () => {
    const task = patternGeneration({ dt: 0.1, duration: 200, periods: [200, 66.6], rate: 100 });
    const { inputs, sines } = task.trial(new RandomStream(7));
    expect(task.steps).toBe(2000);
    expect(sines[0]!.map(({ cycles }) => cycles)).toEqual([1, 3]);
    // 100 neurons, 199.9 ms at 100 Hz; five standard deviations, false alarms: 6e-7.
    expect(Math.abs(inputs.input!.count() - 1999)).toBeLessThan(5 * Math.sqrt(1999));
    // 0.3 / 0.1 is 3 - 4e-16 in floating point and must count as 3.
    const decimal = patternGeneration({ dt: 0.01, duration: 0.3, periods: [0.1] });
    expect(decimal.trial(new RandomStream(8)).sines[0]![0]!.cycles).toBe(3);
  });

  it.each([
    [{ dt: 0 }, 'expected dt > 0, got 0'],
    [{ duration: 100.5, periods: [50] }, 'expected a duration of 4 or more whole steps of 1 ms, got 100.5 ms'],
    [{ periods: [] }, 'expected at least one period, got none'],
    [{ periods: [1001] }, 'expected periods of at most 1000 ms and more than two steps, got 1001 ms'],
    [{ periods: [2] }, 'expected periods of at most 1000 ms and more than two steps, got 2 ms'],
    [{ periods: [Number.NaN] }, 'got NaN ms'],
    [{ outputs: 0 }, 'expected outputs of at least 1, got 0'],
    [{ inputSize: 1.5 }, 'expected inputSize of at least 1, got 1.5'],
    [{ rate: 1001 }, 'expected a rate of 0 to 1000 Hz'],
  ])('refuses %o', (options, message) => {
    expect(() => patternGeneration(options)).toThrow(ParameterError);
    expect(() => patternGeneration(options)).toThrow(message);
  });

  it('refuses an empty batch', () => {
    expect(() => patternGeneration().trial(new RandomStream(1), 0)).toThrow('expected size of at least 1, got 0');
  });
});
