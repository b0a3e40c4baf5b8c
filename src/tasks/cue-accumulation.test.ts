import { describe, expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { evaluateLoss, softmaxCrossEntropy } from '../learning/loss.ts';
import { cueAccumulation, wholeSteps } from './cue-accumulation.ts';

const isOn = (t: number, group: number, cues: Uint8Array): boolean => {
  if (group === 3) return true;
  if (group === 2) return t >= 2100;
  const k = Math.floor(t / 150);
  return k < 7 && t % 150 >= 50 && cues[k] === group;
};

describe('cueAccumulation', () => {
  it('has the published timing', () => {
    const task = cueAccumulation();
    const { steps, size, inputs, decisions, cues } = task.trainingBatch(new RandomStream(1), 5);
    expect(task).toMatchObject({ inputSize: 40, steps: 2250, recallSteps: 150, classes: 2 });
    expect([steps, size, inputs.input!.time, inputs.input!.batch, inputs.input!.size]).toEqual([2250, 5, 2250, 5, 40]);
    expect([[...decisions.start], [...decisions.length]]).toEqual([[2100], [150]]);
    expect(cues.map((sides) => sides.length)).toEqual([7, 7, 7, 7, 7]);
  });

  it('fires 40 Hz in the group of each cue and in recall, 10 Hz in noise, and nowhere else', () => {
    const { inputs, cues } = cueAccumulation().trainingBatch(new RandomStream(2), 40);
    const { time, batch, neuron } = inputs.input!.events();
    const group = neuron.map((i) => Math.floor(i / 10));
    expect(time.findIndex((t, k) => !isOn(t, group[k]!, cues[batch[k]!]!))).toBe(-1);
    const right = cues.reduce((sum, sides) => sum + sides.reduce((a, b) => a + b, 0), 0);
    const duration = [(40 * 7 - right) * 100, right * 100, 40 * 150, 40 * 2250];
    for (const [g, p] of [0.04, 0.04, 0.04, 0.01].entries()) {
      const expected = duration[g]! * 10 * p;
      const found = group.filter((own) => own === g).length;
      // Five standard deviations of a binomial count; false alarms: 4 x 6e-7.
      expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected * (1 - p)));
    }
  });

  it('fires in the first and the last step of what is on', () => {
    const task = cueAccumulation({ rate: 1000, noiseRate: 0 });
    const { inputs, cues } = task.trainingBatch(new RandomStream(3), 2);
    const dense = inputs.input!.toDense();
    const expected = dense.map((_, k) => {
      const [group, b, t] = [Math.floor((k % 40) / 10), Math.floor(k / 40) % 2, Math.floor(k / 80)];
      return Number(group < 3 && isOn(t, group, cues[b]!));
    });
    expect(Buffer.compare(dense, expected)).toBe(0);
  });

  it('labels the majority', () => {
    const task = cueAccumulation({ cueDuration: 1, gap: 0, delay: 0, recallDuration: 1 });
    const { cues, decisions } = task.trainingBatch(new RandomStream(4), 500);
    for (const [b, sides] of cues.entries()) {
      const left = sides.filter((side) => side === 0).length;
      expect(decisions.labels[b]).toBe(left > 7 - left ? 0 : 1);
    }
  });

  it('draws cues by the published law: a mixture of two binomials', () => {
    const task = cueAccumulation({ cueDuration: 1, gap: 0, delay: 0, recallDuration: 1 });
    const trials = 20_000;
    const { cues, decisions } = task.trainingBatch(new RandomStream(5), trials);
    const binomial = [1, 7, 21, 35, 35, 21, 7, 1];
    const near = (found: number, p: number) =>
      expect(Math.abs(found - trials * p)).toBeLessThan(5 * Math.sqrt(trials * p * (1 - p)));
    // Five standard deviations each, 16 comparisons; false alarms: 1e-5.
    for (const [right, ways] of binomial.entries()) {
      const p = (ways * (0.3 ** right * 0.7 ** (7 - right) + 0.7 ** right * 0.3 ** (7 - right))) / 2;
      near(cues.filter((sides) => sides.reduce((a, b) => a + b, 0) === right).length, p);
    }
    for (let k = 0; k < 7; k++) near(cues.filter((sides) => sides[k] === 1).length, 0.5);
    near(
      decisions.labels.reduce((a, b) => a + b, 0),
      0.5,
    );
  });

  it('shows one side only if the minority never appears', () => {
    const { cues } = cueAccumulation({ minorityProbability: 0 }).trainingBatch(new RandomStream(6), 20);
    expect(new Set(cues.map((sides) => sides.join('')))).toEqual(new Set(['0000000', '1111111']));
  });

  it('fits the loss: equal logits cost ln 2', () => {
    const batch = cueAccumulation().trainingBatch(new RandomStream(7), 4);
    const layout = { steps: 2250, batch: 4, classes: 2, stride: 4, rowOffset: 0 };
    const { loss, decisions } = evaluateLoss(softmaxCrossEntropy(), batch, new Float32Array(2250 * 16), layout);
    expect(decisions).toBe(4);
    expect(loss).toBeCloseTo(Math.LN2, 14); // four float64 terms
  });

  it('is the same for the same stream', () => {
    const make = (seed: number) => cueAccumulation().trainingBatch(new RandomStream(seed), 3);
    expect(make(8)).toEqual(make(8));
    expect(make(9).inputs).not.toEqual(make(8).inputs);
  });

  it('keeps times and rates at another dt', () => {
    const task = cueAccumulation({ dt: 0.5, input: 'cues' });
    const { inputs, decisions } = task.trainingBatch(new RandomStream(10), 20);
    expect([task.steps, task.recallSteps, decisions.start[0]]).toEqual([4500, 300, 4200]);
    // Per trial 7 x 100 + 150 ms at 40 Hz and 2250 ms at 10 Hz, ten neurons each; five standard deviations: 6e-7.
    const expected = 20 * 10 * (0.85 * 40 + 2.25 * 10);
    expect(Math.abs(inputs.cues!.count() - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  it.each([
    [{ cues: 6 }, 'expected an odd number of cues, got 6'],
    [{ cues: 2.5 }, 'expected an odd number of cues, got 2.5'],
    [{ minorityProbability: 0.7 }, 'expected a minorityProbability of 0 to 0.5, got 0.7'],
    [{ inputSize: 42 }, 'expected an inputSize that is a multiple of 4, got 42'],
    [{ inputSize: 0 }, 'expected an inputSize that is a multiple of 4, got 0'],
    [{ recallDuration: 0 }, 'expected a recallDuration of 1 or more whole steps of 1 ms, got 0 ms'],
    [{ dt: 0.3 }, 'expected a cueDuration of 1 or more whole steps of 0.3 ms, got 100 ms'],
    [{ dt: Number.NaN }, 'expected dt > 0, got NaN'],
    [{ gap: -50 }, 'expected a gap of 0 or more whole steps of 1 ms, got -50 ms'],
    [{ delay: Number.POSITIVE_INFINITY }, 'expected a delay of 0 or more whole steps of 1 ms, got Infinity ms'],
    [{ noiseRate: -1 }, 'expected a rate of 0 to 1000 Hz'],
  ])('refuses %o', (options, message) => {
    expect(() => cueAccumulation(options)).toThrow(ParameterError);
    expect(() => cueAccumulation(options)).toThrow(message);
  });
});

describe('wholeSteps', () => {
  it('forgives the rounding of decimals', () => {
    expect(wholeSteps('task', 'delay', 0.9, 0.3, 0)).toBe(3);
    expect(wholeSteps('task', 'delay', 30, 0.1, 0)).toBe(300);
    expect(wholeSteps('task', 'delay', 0, 0.1, 0)).toBe(0);
  });
});
