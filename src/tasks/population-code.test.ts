import { describe, expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { SpikeTrain } from '../tensor/bits.ts';
import { defaultSpread, populationCode } from './population-code.ts';

describe('populationCode', () => {
  it('spaces centres from min - 2 sigma to max + 2 sigma', () => {
    const { centres, sigma } = populationCode({ min: -1, max: 1, size: 20 });
    expect(sigma).toBeCloseTo((2 / 20) * 4, 12);
    expect([centres[0], centres[19]].map((c) => c!.toFixed(12))).toEqual([
      (-1 - 2 * sigma).toFixed(12),
      (1 + 2 * sigma).toFixed(12),
    ]);
  });

  it('peaks at the preferred value and falls to exp(-1/2) one sigma away', () => {
    const code = populationCode({ min: 0, max: 1, size: 11, spread: 2 });
    const at = (x: number) => code.rates(x)[4]!;
    expect(at(code.centres[4]!)).toBe(200);
    // Rounding of centre + sigma; exp itself is exact to 1e-15.
    expect(at(code.centres[4]! + code.sigma)).toBeCloseTo(200 * Math.exp(-0.5), 9);
  });

  it('fires at its rates', () => {
    const code = populationCode({ min: 0, max: 1, size: 5 });
    const train = new SpikeTrain(20_000, 1, 7);
    code.addSpikes(train, { batch: 0, start: 0, steps: 20_000, first: 2 }, 0.3, new RandomStream(8));
    const counts = train.countByNeuron();
    expect([counts[0], counts[1]]).toEqual([0, 0]);
    for (const [i, rate] of code.rates(0.3).entries()) {
      // Five standard deviations of a Poisson count.
      expect(Math.abs(counts[2 + i]! - rate * 20)).toBeLessThan(5 * Math.sqrt(rate * 20) + 1);
    }
  });

  it('widens its curves by the number of neurons', () => {
    expect([20, 100, 160, 50].map(defaultSpread)).toEqual([4, 10, 20, 2]);
  });

  it('refuses an empty range, a single neuron and rates out of reach', () => {
    expect(() => populationCode({ min: 1, max: 1, size: 9 })).toThrow(ParameterError);
    expect(() => populationCode({ min: 0, max: 1, size: 1 })).toThrow('expected at least 2 neurons, got 1');
    expect(() => populationCode({ min: 0, max: 1, size: 9, peakRate: 2000 })).toThrow(
      'expected a rate of 0 to 1000 Hz',
    );
  });
});
