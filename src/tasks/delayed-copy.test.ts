import { describe, expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { evaluateLoss, softmaxCrossEntropy } from '../learning/loss.ts';
import { delayedCopy } from './delayed-copy.ts';

describe('delayedCopy', () => {
  it('has one window per symbol to report, behind pattern and delay', () => {
    const task = delayedCopy();
    const { steps, size, inputs, decisions } = task.trainingBatch(new RandomStream(1), 6);
    expect(task).toMatchObject({ inputSize: 50, steps: 220, symbolSteps: 20, windows: 3, classes: 4 });
    expect([steps, size, inputs.input!.time, inputs.input!.batch, inputs.input!.size]).toEqual([220, 6, 220, 6, 50]);
    expect([...decisions.start]).toEqual([160, 180, 200]);
    expect([...decisions.length]).toEqual([20, 20, 20]);
  });

  it('asks for the pattern in order, again and again', () => {
    const { decisions, patterns, steps } = delayedCopy({ length: 2, repeats: 3 }).trainingBatch(new RandomStream(2), 7);
    expect(steps).toBe(260);
    for (const [b, pattern] of patterns.entries()) {
      const asked = decisions.labels.filter((_, k) => k % 7 === b);
      expect([...asked]).toEqual([...pattern, ...pattern, ...pattern]);
    }
    expect([...delayedCopy({ length: 2, repeats: 2 }).trainingBatch(new RandomStream(1), 32).decisions.start]).toEqual([
      140, 160, 180, 200,
    ]);
  });

  it('fires in the group of each symbol, then in the go group, and nowhere else', () => {
    // Certain spikes, so that every step of every neuron is known.
    const task = delayedCopy({ rate: 1000, symbols: 3, inputSize: 8, symbolDuration: 5, delay: 7 });
    const { inputs, patterns } = task.trainingBatch(new RandomStream(3), 4);
    const dense = inputs.input!.toDense();
    const expected = dense.map((_, k) => {
      const [group, b, t] = [Math.floor((k % 8) / 2), Math.floor(k / 8) % 4, Math.floor(k / 32)];
      return Number(t < 15 ? patterns[b]![Math.floor(t / 5)] === group : t >= 22 && group === 3);
    });
    expect(dense.length).toBe(37 * 4 * 8);
    expect(Buffer.compare(dense, expected)).toBe(0);
  });

  it('fires at its rate', () => {
    const { inputs } = delayedCopy({ dt: 0.5 }).trainingBatch(new RandomStream(4), 50);
    // 60 ms of pattern and 60 ms of go, ten neurons at 100 Hz; five standard deviations, false alarms: 6e-7.
    const expected = 50 * 10 * 0.12 * 100;
    expect(Math.abs(inputs.input!.count() - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  it('draws every symbol evenly and independently at every position', () => {
    const task = delayedCopy({ symbolDuration: 1, delay: 0, length: 2 });
    const { patterns } = task.trainingBatch(new RandomStream(5), 16_000);
    const counts = new Float64Array(16);
    for (const [first, second] of patterns) counts[4 * first! + second!]!++;
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // Chi squared of 15 degrees of freedom exceeds 55 with probability 2e-6.
    expect(chi).toBeLessThan(55);
  });

  it('fits the loss: equal logits cost ln 4', () => {
    const batch = delayedCopy().trainingBatch(new RandomStream(6), 2);
    const layout = { steps: 220, batch: 2, classes: 4, stride: 4, rowOffset: 0 };
    const { loss, decisions } = evaluateLoss(softmaxCrossEntropy(), batch, new Float32Array(220 * 8), layout);
    expect(decisions).toBe(6);
    expect(loss).toBeCloseTo(Math.log(4), 14); // six float64 terms
  });

  it('is the same for the same stream', () => {
    const make = (seed: number) => delayedCopy().trainingBatch(new RandomStream(seed), 3);
    expect(make(7)).toEqual(make(7));
    expect(make(8).inputs).not.toEqual(make(7).inputs);
  });

  it.each([
    [{ length: 0 }, 'expected a length of at least 1, got 0'],
    [{ symbols: 1 }, 'expected at least 2 symbols, got 1'],
    [{ repeats: 1.5 }, 'expected at least 1 repeats, got 1.5'],
    [{ inputSize: 48 }, 'expected an inputSize that is a multiple of 5 (symbols + 1), got 48'],
    [{ inputSize: 0 }, 'expected an inputSize that is a multiple of 5 (symbols + 1), got 0'],
    [{ symbolDuration: 0 }, 'expected a symbolDuration of 1 or more whole steps of 1 ms, got 0 ms'],
    [{ delay: 0.5 }, 'expected a delay of 0 or more whole steps of 1 ms, got 0.5 ms'],
    [{ rate: Number.NaN }, 'expected a rate of 0 to 1000 Hz'],
  ])('refuses %o', (options, message) => {
    expect(() => delayedCopy(options)).toThrow(ParameterError);
    expect(() => delayedCopy(options)).toThrow(message);
  });
});
