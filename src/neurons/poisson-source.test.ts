import { describe, expect, it } from 'vitest';
import { EventSimulation, intervalVariation, meanRate } from '../network/index.ts';
import { poissonSource } from './poisson-source.ts';

describe('poissonSource', () => {
  it('spikes at its rate, at intervals as irregular as those of a Poisson process', () => {
    const populations = { n: { size: 500, model: poissonSource({ rate: 0.02 }) } };
    const { spikes } = new EventSimulation({ populations, projections: {} }, { seed: 1 }).run(20_000);
    // 20,000 spikes are expected: four standard deviations are 2.8 % of the rate
    expect(Math.abs(meanRate(spikes.n) / 20 - 1)).toBeLessThan(0.028);
    // means over trains of 2 s leave long intervals out, which lowers the variation by some per cent
    expect(Math.abs(intervalVariation(spikes.n, 20) - 1)).toBeLessThan(0.06);
  });
});
