import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { SpikeTrain } from '../tensor/bits.ts';
import { addBernoulliSpikes, addPoissonGroups, spikeProbability } from './poisson.ts';

const whole = (train: SpikeTrain) => ({ batch: 0, start: 0, steps: train.time, first: 0, count: train.size });

describe('addBernoulliSpikes', () => {
  it.each([0.001, 0.05, 0.5, 0.95])('draws independent spikes of probability %f', (p) => {
    const train = new SpikeTrain(5000, 1, 40);
    addBernoulliSpikes(train, whole(train), p, new RandomStream(3));
    const n = 5000 * 40;
    // Five standard deviations of a binomial count: fails by chance once in two million seeds.
    expect(Math.abs(train.count() - n * p)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
    const dense = train.toDense();
    // A spike right after a spike, in time and across neurons, is as likely as any other pair: p^2.
    for (const lag of [1, 40]) {
      let pairs = 0;
      for (let k = lag; k < n; k++) pairs += dense[k]! & dense[k - lag]!;
      // Neighbouring pairs share a factor, hence the 3 in the variance bound.
      expect(Math.abs(pairs - n * p * p)).toBeLessThan(5 * Math.sqrt(3 * n * p * p) + 1);
    }
  });

  it('fills at probability 1, and stays in its block', () => {
    const train = new SpikeTrain(6, 3, 70);
    addBernoulliSpikes(train, { batch: 1, start: 2, steps: 3, first: 60, count: 9 }, 1, new RandomStream(1));
    const expected = new SpikeTrain(6, 3, 70);
    for (let t = 2; t < 5; t++) for (let i = 60; i < 69; i++) expected.set(t, 1, i);
    expect(train.data).toEqual(expected.data);
  });

  it('draws nothing at probability 0', () => {
    const train = new SpikeTrain(6, 1, 70);
    addBernoulliSpikes(train, whole(train), 0, new RandomStream(1));
    expect(train.count()).toBe(0);
  });

  it('refuses blocks outside, wrong probabilities and rates above one spike per step', () => {
    const train = new SpikeTrain(6, 1, 70);
    expect(() => addBernoulliSpikes(train, { ...whole(train), first: 1 }, 0.5, new RandomStream(1))).toThrow(
      ShapeError,
    );
    expect(() => addBernoulliSpikes(train, whole(train), 1.5, new RandomStream(1))).toThrow(ParameterError);
    expect(spikeProbability(50, 1)).toBe(0.05);
    expect(() => spikeProbability(600, 2)).toThrow('expected a rate of 0 to 500 Hz at dt = 2 ms, got 600 Hz');
  });
});

describe('addPoissonGroups', () => {
  it('fires the neurons of active groups only, while they are active', () => {
    const train = new SpikeTrain(20, 2, 8);
    addPoissonGroups(
      train,
      1,
      Uint8Array.of(1, 0, 0, 1),
      2,
      { symbolSteps: 10, rate: 1000, dt: 1 },
      new RandomStream(1),
    );
    const dense = Array.from({ length: 20 }, (_, t) => Array.from({ length: 8 }, (_, i) => train.get(t, 1, i)));
    expect(dense).toEqual(dense.map((_, t) => (t < 10 ? [1, 1, 1, 1, 0, 0, 0, 0] : [0, 0, 0, 0, 1, 1, 1, 1])));
    expect(train.count()).toBe(80);
  });

  it('refuses groups of unequal size', () => {
    const groups = { symbolSteps: 1, rate: 1, dt: 1 };
    expect(() =>
      addPoissonGroups(new SpikeTrain(1, 1, 9), 0, Uint8Array.of(1, 1), 2, groups, new RandomStream(1)),
    ).toThrow(ShapeError);
  });
});
