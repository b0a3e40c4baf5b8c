import { describe, expect, it } from 'vitest';
import { cosine, integerPower, learningRateAt, linearWarmup, stepDecay } from './schedules.ts';

describe('learning-rate schedules', () => {
  it('a number is constant', () => {
    expect([0, 7, 1e6].map((i) => learningRateAt(0.01, i))).toEqual([0.01, 0.01, 0.01]);
  });

  it('stepDecay falls by its factor every so many iterations', () => {
    const schedule = stepDecay({ initial: 1, factor: 0.25, every: 100 });
    expect([0, 99, 100, 199, 200].map((i) => learningRateAt(schedule, i))).toEqual([1, 1, 0.25, 0.25, 0.0625]);
  });

  it('cosine passes through its ends and the middle, then stays', () => {
    const schedule = cosine({ initial: 3, final: 1, iterations: 10 });
    // The middle is the cosine of a quarter turn, exactly 0 in cosTurn.
    expect([0, 5, 10, 25].map((i) => learningRateAt(schedule, i))).toEqual([3, 2, 1, 1]);
    for (let i = 0; i < 10; i++) expect(learningRateAt(schedule, i + 1)).toBeLessThan(learningRateAt(schedule, i));
  });

  it('linearWarmup rises to the schedule it wraps', () => {
    const schedule = linearWarmup({ iterations: 4, schedule: stepDecay({ initial: 8, factor: 0.5, every: 6 }) });
    expect([0, 1, 2, 3, 4, 5, 6].map((i) => learningRateAt(schedule, i))).toEqual([2, 4, 6, 8, 8, 8, 4]);
  });

  it('integerPower is exact where powers are', () => {
    expect([0, 1, 2, 13, 52].map((n) => integerPower(2, n))).toEqual([1, 2, 4, 8192, 2 ** 52]);
    expect(integerPower(0, 0)).toBe(1);
  });

  it('refuses rates and counts without meaning', () => {
    expect(() => stepDecay({ initial: -1, factor: 0.3, every: 10 })).toThrow(
      /^stepDecay: expected initial of 0 or more, got -1$/,
    );
    expect(() => stepDecay({ initial: 1, factor: 0.3, every: 0 })).toThrow(
      /expected every to be an integer of 1 or more, got 0/,
    );
    expect(() => cosine({ initial: NaN, iterations: 10 })).toThrow(/expected initial/);
    expect(() => linearWarmup({ iterations: 3, schedule: -1 })).toThrow(/expected learningRate of 0 or more/);
  });
});
