import { describe, expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import { bars, SuperimposedPatterns, softOr, startProbability } from './superimposed-patterns.ts';

describe('superimposed patterns', () => {
  it('start with a probability that keeps a slot taken 90 % of the time', () => {
    expect(startProbability(0.9, 50)).toBeCloseTo(0.152542, 6);
  });

  it('add up to a soft OR', () => {
    const rates = [0, 1, 2].map((count) => softOr(count, 75));
    // Two digits are given.
    for (const [k, rate] of [0.5, 74.5, 75].entries()) expect(rates[k]).toBeCloseTo(rate, 2);
    expect(rates[0]).toBeCloseTo(0.502, 3);
  });

  it('overlap as three independent slots do', () => {
    const stream = new SuperimposedPatterns({ patterns: bars(8) }, 4);
    const steps = 100_000;
    const { presentations, spikes } = stream.next(steps);
    const shown = presentations.reduce((sum, { onset }) => sum + Math.min(50, steps - onset), 0);
    // A slot is free for 5.6 steps on average, ± 6, in each of 1800 rounds: 0.3 % of the time is one deviation of the mean.
    expect(Math.abs(shown / steps - 2.7)).toBeLessThan(0.03);
    let on = 0;
    for (let pattern = 0; pattern < 16; pattern++) {
      const window = new Uint8Array(steps + 60);
      for (const { pattern: own, onset } of presentations) if (own === pattern) window.fill(1, onset, onset + 60);
      on += window.subarray(0, steps).reduce((sum, inside) => sum + inside, 0);
    }
    expect(Math.abs(on / (16 * steps) - 0.2)).toBeLessThan(0.005);
    // A pixel is in 2 of 16 patterns; n different ones hold it with probability 1 - C(14, n) / C(16, n), n from B(3, 0.9).
    const taken = 0.729 * (1 - 0.65) + 0.243 * (1 - 182 / 240) + 0.027 * (1 - 14 / 16);
    const expected = 74.5 * taken + 0.5 * (1 - taken) + 0.3 * 1.5;
    expect(Math.abs((spikes.count() / (64 * steps)) * 1000 - expected)).toBeLessThan(0.5);
  });

  it('are never shown twice at once', () => {
    const { presentations } = new SuperimposedPatterns({ patterns: bars(2), slots: 3 }, 4).next(5000);
    const until = new Map<number, number>();
    for (const { pattern, onset } of presentations) {
      expect(onset).toBeGreaterThanOrEqual(until.get(pattern) ?? 0);
      until.set(pattern, onset + 50);
    }
  });

  it('go on from a saved state with the same spikes', () => {
    const whole = new SuperimposedPatterns({ patterns: bars(4) }, 2);
    whole.next(77);
    const saved = JSON.parse(JSON.stringify(whole.state));
    const rest = new SuperimposedPatterns({ patterns: bars(4) }, 2);
    rest.restore(saved);
    expect(rest.next(200)).toEqual(whole.next(200));
  });

  it('refuses patterns of different lengths', () => {
    expect(() => new SuperimposedPatterns({ patterns: [[1], [0, 1]], slots: 1 }, 1)).toThrow(ParameterError);
  });
});
