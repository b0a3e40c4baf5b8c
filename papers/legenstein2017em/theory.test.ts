import { describe, expect, it } from 'vitest';
import { RandomStream } from 'volley';
import { AbstractModel, enumerate, type Prior, sampleNeurons } from './abstract.ts';
import { inhibitionOf } from './clamped.ts';
import { paper } from './index.ts';
import { constants, type Values } from './network.ts';

const values = Object.fromEntries(
  Object.entries(paper.settings).map(([name, { value }]) => [name, value]),
) as unknown as Values;

const EVIDENCE = [2, 1, 0, -1, 1, 0.5];
const SHARP: Prior = { expectedCauses: 1, variance: 0.35 };

describe('constants', () => {
  // @eq legenstein2017em (prior on the number of causes, reconstructed)
  it('follow from the prior', () => {
    const { bias, toInhibition, fromInhibition } = constants(values);
    expect(bias).toBeCloseTo(-5.571, 3);
    expect(toInhibition).toBeCloseTo(13.565, 3);
    expect(fromInhibition).toBeCloseTo(-1.857, 3);
  });
});

// @eq legenstein2017em (noisy-OR likelihood with p(y = 1 | z = 1) = exp(w - 1), a stand-in)
describe('the posterior over hidden causes', () => {
  it.each<[string, number[], Prior, number[], number[]]>([
    [
      'sharp, one cause',
      EVIDENCE,
      SHARP,
      [0.603, 0.3079, 0.1259, 0.0481, 0.3079, 0.1996],
      [0.0063, 0.4153, 0.5583, 0.0201],
    ],
    [
      'broad, two causes',
      EVIDENCE,
      { expectedCauses: 2, variance: 1 },
      [0.7965, 0.5648, 0.2958, 0.1258, 0.5648, 0.4236],
      [0.0005, 0.0341, 0.3155, 0.5003, 0.1428, 0.0068],
    ],
    [
      'the prior of the circuit',
      EVIDENCE.map((a) => a + 6),
      { expectedCauses: -3.4, variance: 0.35 },
      [0.0396, 0.0146, 0.0054, 0.002, 0.0146, 0.0089],
      [0.9152],
    ],
  ])('has known marginals: %s', (_, evidence, prior, marginals, counts) => {
    const exact = enumerate(evidence, prior);
    // Four digits are given.
    for (const [k, p] of marginals.entries()) expect(exact.marginals[k]).toBeCloseTo(p, 4);
    for (const [k, p] of counts.entries()) expect(exact.counts[k]).toBeCloseTo(p, 4);
  });

  // @eq legenstein2017em (neural sampling with instantaneous inhibition, reconstructed)
  it('is what spiking neurons sample from', () => {
    const { marginals } = enumerate(EVIDENCE, SHARP);
    const largestError = (dt: number, steps: number) => {
      const fractions = sampleNeurons(EVIDENCE, SHARP, { tau: 10, dt, steps, random: new RandomStream(1, 2) });
      return Math.max(...fractions.map((p, k) => Math.abs(p - marginals[k]!)));
    };
    // 1.5e5 ms hold some 10,000 independent samples: 0.005 is one deviation. Steps of 1 ms have an error of their own.
    expect(largestError(0.1, 1_500_000)).toBeLessThan(0.01);
    expect(largestError(1, 150_000)).toBeLessThan(0.035);
  });
});

// @eq legenstein2017em (Δw = η z (y exp(1 - w) - 1), reconstructed)
describe('online EM without time', () => {
  it('finds all bars', () => {
    const options = { ...values, causes: 64, sweeps: 10, side: 8 };
    const model = new AbstractModel(options, 1);
    expect(model.tuning().filter((bar) => bar >= 0)).toHaveLength(0);
    const before = model.logLikelihood(500);
    model.learn(2000);
    const early = model.logLikelihood(2000);
    model.learn(16_000);
    const active = model.learn(2000);
    const tuning = model.tuning();
    expect(tuning.filter((bar) => bar >= 0)).toHaveLength(64);
    expect(new Set(tuning).size).toBe(16);
    // 2.7 bars are shown on average, and one that is hidden by others goes without a cause.
    expect(Math.abs(active - 2.55)).toBeLessThan(0.1);
    // From -265 to -61 and -59 nats, means of 2000 images with a standard error of some 0.3. EM raises it on average.
    expect(early).toBeGreaterThan(before + 190);
    const late = model.logLikelihood(2000);
    expect(late).toBeGreaterThan(early);
    expect(Math.abs(late + 59)).toBeLessThan(1.5);
  });
});

describe('feedback inhibition', () => {
  it('costs about the same for every further active neuron', () => {
    const costs = [1, 2, 3, 4, 5, 6].map((active) => inhibitionOf(active, values, 1, 20));
    const expected = [-6, -9, -12.5, -15.8, -17.9, -21.1];
    // Which neurons are wired together is drawn: 15 % in another program.
    for (const [k, cost] of costs.entries()) expect(Math.abs(cost / expected[k]! - 1)).toBeLessThan(0.15);
    const slope = (costs[5]! - costs[1]!) / 4;
    expect(Math.abs(slope + 3)).toBeLessThan(0.5);
    for (const [k, cost] of costs.slice(1).entries()) expect(cost).toBeLessThan(costs[k]!);
  });
});
