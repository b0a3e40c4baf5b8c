import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.ts';
import type { SpikeList } from './spike-list.ts';
import { intervalVariation, meanRate, pairCorrelation } from './spike-statistics.ts';

/** A list of spikes from the steps at which each neuron spikes. */
function listOf(trains: readonly (readonly number[])[], steps: number): SpikeList {
  const all = trains.flatMap((train, n) => train.map((t) => ({ t, n }))).sort((a, b) => a.t - b.t || a.n - b.n);
  const [time, neuron] = [Uint32Array.from(all, ({ t }) => t), Uint32Array.from(all, ({ n }) => n)];
  return { size: trains.length, steps, dt: 0.5, time, neuron };
}

const every = (interval: number, steps: number) => Array.from({ length: steps / interval }, (_, k) => k * interval);

describe('spike statistics', () => {
  it('count spikes per neuron and second', () => {
    expect(meanRate(listOf([every(10, 400), []], 400))).toBe(100);
  });

  it('know a clock from pairs of spikes', () => {
    const clock = every(10, 400);
    const pairs = clock.filter((_, k) => k % 2 === 0).flatMap((t) => [t, t + 2]);
    const gaps = pairs.slice(1).map((t, k) => t - pairs[k]!);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const sd = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(intervalVariation(listOf([clock], 400))).toBe(0);
    expect(intervalVariation(listOf([pairs, clock, [1, 2, 9]], 400))).toBeCloseTo(sd / mean / 2, 12);
    expect(intervalVariation(listOf([[1, 2]], 400))).toBeNaN();
  });

  it('correlate counts of pairs as the loop over pairs does', () => {
    const random = new RandomStream(1, 1);
    const shared = every(20, 2000);
    const trains = Array.from({ length: 6 }, () =>
      [...shared.filter(() => random.uniform() < 0.5), ...every(50, 2000).map((t) => t + random.integer(49))].sort(
        (a, b) => a - b,
      ),
    );
    const counts = trains.map((train) => {
      const bins = new Array<number>(200).fill(0);
      for (const t of train) bins[Math.floor(t / 10)]! += 1;
      const mean = bins.reduce((sum, k) => sum + k, 0) / 200;
      const sd = Math.sqrt(bins.reduce((sum, k) => sum + (k - mean) ** 2, 0) / 200);
      return bins.map((k) => (k - mean) / sd);
    });
    let [sum, pairs] = [0, 0];
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < i; j++) {
        sum += counts[i]!.reduce((total, value, b) => total + (value * counts[j]![b]!) / 200, 0);
        pairs += 1;
      }
    }
    const found = pairCorrelation(listOf([...trains, []], 2000), { bin: 5 });
    expect(found).toBeCloseTo(sum / pairs, 10);
    expect(found).toBeGreaterThan(0.1);
  });

  it('find identical trains fully correlated', () => {
    const train = every(30, 600);
    expect(pairCorrelation(listOf([train, train, train], 600))).toBeCloseTo(1, 10);
  });

  it('know no correlation without a pair: of one neuron, of silent ones, of a single bin', () => {
    const train = every(30, 600);
    for (const trains of [[train], [train, []], [[], []]]) expect(pairCorrelation(listOf(trains, 600))).toBeNaN();
    expect(pairCorrelation(listOf([train, train], 600), { bin: 300 })).toBeNaN();
  });

  it('refuse bins of less than a step, and numbers of neurons that are none', () => {
    const train = listOf([every(30, 600)], 600);
    for (const bin of [0.2, 0, -5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => pairCorrelation(train, { bin })).toThrow(/expected bins of 0.5 ms or more/);
    }
    for (const neurons of [0, 1.5, Number.NaN]) {
      expect(() => pairCorrelation(train, { neurons })).toThrow(/expected a number of neurons of 1 or more/);
    }
  });
});
