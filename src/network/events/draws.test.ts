import { describe, expect, it } from 'vitest';
import { normal } from '../../base/distribution.ts';
import { defineNeuron } from '../../expr/index.ts';
import { allToAll, fixedInDegree, fixedProbability, oneToOne, pairs } from '../topology.ts';
import { binomialTable } from './binomial-table.ts';
import { EventSimulation } from './event-simulation.ts';
import { poissonTable } from './poisson-table.ts';
import { poissonUnits } from './poisson-units.ts';
import { PostDraws } from './post-draws.ts';
import { sourcesOf } from './sources.ts';
import { type EventTopology, randomPairs } from './topology-kinds.ts';
import { Wiring } from './wiring.ts';

/** All sources of all neurons. */
function listed(topology: EventTopology, ends: { pre: number; post: number; same: boolean }, seed = 1): number[][] {
  const sources = sourcesOf('p', topology, ends, seed);
  const into = new Uint32Array(sources.most);
  return Array.from({ length: ends.post }, (_, j) => [...into.subarray(0, sources.list(j, into))]);
}

describe('sources', () => {
  const ends = { pre: 300, post: 400, same: false };
  const own = { pre: 300, post: 300, same: true };

  it('fixedProbability connects each pair with the probability', () => {
    const all = listed(fixedProbability(0.1), ends);
    const count = all.flat().length;
    // Binomial: standard deviation √(np(1-p)) = 104; 5 of them.
    expect(Math.abs(count - 12_000)).toBeLessThan(520);
    const perSource = new Float64Array(300);
    for (const i of all.flat()) perSource[i]! += 1;
    const variance = perSource.reduce((sum, k) => sum + (k - 40) ** 2, 0) / 300;
    // 36 with a relative standard deviation of √(2/300) = 8 %; 5 of them.
    expect(Math.abs(variance - 36)).toBeLessThan(15);
    for (const row of all) expect(new Set(row).size).toBe(row.length);
  });

  it.each([3, 149, 290])('fixedInDegree gives every neuron %d different sources', (degree) => {
    for (const [j, row] of listed(fixedInDegree(degree, { self: false }), own).entries()) {
      expect(new Set(row).size).toBe(degree);
      expect(row).not.toContain(j);
    }
  });

  it('randomPairs makes exactly as many connections, none to oneself', () => {
    const all = listed(randomPairs(5000, { self: false }), own);
    expect(all.flat().length).toBe(5000);
    all.forEach((row, j) => {
      expect(row).not.toContain(j);
    });
    expect(all.some((row) => new Set(row).size < row.length)).toBe(true);
  });

  it('allToAll, oneToOne and pairs are what they say', () => {
    const three = { pre: 3, post: 3, same: true };
    expect(listed(allToAll({ self: false }), three)).toEqual([
      [1, 2],
      [0, 2],
      [0, 1],
    ]);
    expect(listed(oneToOne(), three)).toEqual([[0], [1], [2]]);
    expect(listed(pairs([2, 0, 2], [1, 1, 0]), three)).toEqual([[2], [2, 0], []]);
  });

  it('do not depend on which neurons were asked for before', () => {
    const sources = sourcesOf('p', fixedInDegree(10), ends, 7);
    const into = new Uint32Array(10);
    sources.list(123, into);
    const direct = [...into];
    expect(listed(fixedInDegree(10), ends, 7)[123]).toEqual(direct);
    expect(listed(fixedInDegree(10), ends, 8)[123]).not.toEqual(direct);
  });
});

describe('Wiring', () => {
  it('sorts synapses into rows by source and delay', () => {
    const spec = {
      from: 'a',
      to: 'a',
      topology: pairs([1, 0, 1, 1], [2, 1, 0, 1]),
      weights: [1, 2, 3, 4],
      delay: [5, 4, 4, 5],
    };
    const wiring = new Wiring('p', spec, { pre: 2, post: 3, same: false }, 1);
    const [targets, weights] = [new Uint16Array(4), new Float32Array(4)];
    wiring.write({ targets, weights });
    expect(wiring.delays).toMatchObject({ first: 4, count: 2 });
    expect([...wiring.rowStart]).toEqual([0, 1, 1, 2, 4]);
    expect([...targets]).toEqual([1, 0, 1, 2]);
    expect([...weights]).toEqual([2, 3, 4, 1]);
  });

  it('draws delays and weights from their distributions', () => {
    const spec = {
      ...{ from: 'a', to: 'b', topology: fixedInDegree(100), weights: normal({ mean: 5, sd: 2 }) },
      delay: normal({ mean: 15, sd: 7.5 }),
    };
    const wiring = new Wiring('p', spec, { pre: 500, post: 400, same: false }, 1);
    const weights = new Float32Array(40_000);
    wiring.write({ targets: new Uint16Array(40_000), weights });
    const { first, count } = wiring.delays;
    expect([first, count]).toEqual([1, 45]);
    const steps = Array.from({ length: 500 * count }, (_, row) => {
      return { delay: first + (row % count), synapses: wiring.rowStart[row + 1]! - wiring.rowStart[row]! };
    });
    const mean = steps.reduce((sum, { delay, synapses }) => sum + delay * synapses, 0) / 40_000;
    // Truncated at 0.5: 15 + 7.5 φ(1.93) / Φ(1.93) = 15.47; standard error 0.035, 5 of them.
    expect(Math.abs(mean - 15.47)).toBeLessThan(0.18);
    const sum = weights.reduce((a, b) => a + b, 0);
    // Standard error 2/√40000 = 0.01; 5 of them.
    expect(Math.abs(sum / 40_000 - 5)).toBeLessThan(0.05);
  });
});

/** How many synapses have each delay. */
function delaysOf(delay: ReturnType<typeof normal>): Record<number, number> {
  const spec = { from: 'a', to: 'b', topology: fixedInDegree(50), weights: 1, delay };
  const { delays, rowStart } = new Wiring('p', spec, { pre: 100, post: 100, same: false }, 1);
  const found: Record<number, number> = {};
  for (let row = 0; row + 1 < rowStart.length; row++) {
    const steps = delays.first + (row % delays.count);
    found[steps] = (found[steps] ?? 0) + rowStart[row + 1]! - rowStart[row]!;
  }
  return found;
}

describe('delays of a narrow normal distribution', () => {
  it('are its draws, rounded, also where no whole number lies within four standard deviations', () => {
    expect(delaysOf(normal({ mean: 3.3, sd: 0.05 }))).toEqual({ 3: 5000 });
    expect(delaysOf(normal({ mean: 3, sd: 0 }))).toEqual({ 3: 5000 });
    expect(delaysOf(normal({ mean: 2.5, sd: 0 }))).toEqual({ 3: 5000 });
    const { 1: short, 2: long } = delaysOf(normal({ mean: 1.5, sd: 0.1 }));
    expect(short! + long!).toBe(5000);
    // Half of 5000 with a standard deviation of 35; 5 of them.
    expect(Math.abs(short! - 2500)).toBeLessThan(177);
  });

  it('are not cut off one standard deviation from the mean', () => {
    const { 2: short, 3: long } = delaysOf(normal({ mean: 2.6, sd: 0.1 }));
    expect(short! + long!).toBe(5000);
    // Φ(-1) = 0.159 of 5000: 793 with a standard deviation of 26; 5 of them.
    expect(Math.abs(short! - 793)).toBeLessThan(130);
  });
});

/** What arrives, as its output. */
const listener = defineNeuron({
  name: 'listener',
  params: {},
  state: { total: 'sum of squares', last: 'what arrived' },
  inputs: { x: 'what arrives' },
  equations: `
    last' = x
    total' = total + x * x`,
  output: 'last',
});

describe('Poisson drives', () => {
  it.each([0.01, 0.15, 0.6, 2, 40])('have mean and variance %d', (mean) => {
    const size = 4000;
    const simulation = new EventSimulation(
      {
        populations: { n: { size, model: listener() } },
        projections: {},
        poisson: { drive: { to: 'n', rate: mean * 10_000, weights: 1 } },
      },
      { seed: 1 },
    );
    let sum = 0;
    for (let step = 0; step < 20; step++) {
      simulation.run(1);
      sum += simulation.state('n', 'last').reduce((a, b) => a + b, 0);
    }
    const draws = 20 * size;
    const squares = simulation.state('n', 'total').reduce((a, b) => a + b, 0) / draws;
    // Standard errors √(mean/draws) and about √((mean + 2 mean²)/draws) of mean and variance; 5 of them.
    expect(Math.abs(sum / draws - mean)).toBeLessThan(5 * Math.sqrt(mean / draws));
    expect(Math.abs(squares - (sum / draws) ** 2 - mean)).toBeLessThan(5 * Math.sqrt((mean + 2 * mean ** 2) / draws));
  });

  // Events of 64, of 16 and of 8 neurons are drawn at once; the last of 3,990 neurons are no whole unit.
  it.each([0.17, 0.6, 1])('of mean %d are as independent within units as they are alike', (mean) => {
    const size = 3990;
    const simulation = new EventSimulation(
      {
        populations: { n: { size, model: listener() } },
        projections: {},
        poisson: { drive: { to: 'n', rate: mean * 10_000, weights: 1 } },
      },
      { seed: 2 },
    );
    const steps = 400;
    const sums = new Float64Array(size);
    let squares = 0;
    for (let step = 0; step < steps; step++) {
      simulation.run(1);
      const last = simulation.state('n', 'last');
      for (let first = 0; first + 8 <= size; first += 8) {
        squares += (last.subarray(first, first + 8).reduce((a, b) => a + b, 0) - 8 * mean) ** 2;
      }
      last.forEach((count, n) => {
        sums[n]! += count;
      });
    }
    // The variance of a sum of 8 is 8 times the mean; its standard error is √((8m + 2·64m²)/sums).
    const groups = Math.floor(size / 8) * steps;
    const error = Math.sqrt((8 * mean + 128 * mean ** 2) / groups);
    expect(Math.abs(squares / groups - 8 * mean)).toBeLessThan(5 * error);
    // χ² of the neurons' sums has 3,990 degrees of freedom: its standard deviation is √(2·3990) = 89; 5 of them.
    const chi = sums.reduce((sum, count) => sum + (count - steps * mean) ** 2 / (steps * mean), 0);
    expect(Math.abs(chi - size)).toBeLessThan(450);
    // Units with more events than a block of words has room for lose none: 9 % of the units of 64 at 0.17.
    const total = sums.reduce((a, b) => a + b, 0);
    expect(Math.abs(total - size * steps * mean)).toBeLessThan(5 * Math.sqrt(size * steps * mean));
    // The very last neurons: 6 · 400 · mean events; 5 standard deviations.
    const end = sums.subarray(size - 6).reduce((a, b) => a + b, 0);
    expect(Math.abs(end - 6 * steps * mean)).toBeLessThan(5 * Math.sqrt(6 * steps * mean));
  });

  it.each([0.001, 0.01, 0.15, 0.25, 0.7, 1])('have the law of mean %d in units', (mean) => {
    const { indexBits, thresholds, guide } = poissonUnits(mean)!;
    const expected = mean * 2 ** indexBits;
    // Mean = Σ P(number > k), where 2^32 - 1 - threshold words are above a threshold.
    const sum = thresholds.reduce((total, threshold) => total + (2 ** 32 - 1 - threshold) / 2 ** 32, 0);
    expect(Math.abs(sum / expected - 1)).toBeLessThan(1e-7);
    expect(thresholds.at(-1)).toBe(2 ** 32 - 1);
    for (const word of [0, 0x7fffffff, 0x80000000, 0xfefefefe, 0xffffffff]) {
      let count = guide[word >>> 24]!;
      while (word > thresholds[count]!) count += 1;
      expect(count).toBe(thresholds.filter((threshold) => word > threshold).length);
    }
  });

  it.each([0, 0.3, 7, 550])('have the cumulative probabilities of mean %d', (mean) => {
    const { offset, thresholds } = poissonTable('p', mean);
    // Mean = Σ P(k > j): offset + Σ (1 - threshold); the table ends where 2^-24 is left on either side.
    const sum = thresholds.reduce((total, threshold) => total + 1 - threshold, offset);
    expect(sum).toBeCloseTo(mean, 4);
  });

  it('are refused beyond the table', () => {
    expect(() => poissonTable('poisson "x"', 601)).toThrow(/at most 600 spikes per step/);
  });
});

describe('binomialTable', () => {
  it('inverts the cumulative probabilities', () => {
    // 4 trials of 1/4: 81, 108, 54, 12, 1 of 256.
    const table = binomialTable(4, 0.25);
    const counts = [0, 0, 0, 0, 0];
    for (let k = 0; k < 256; k++) counts[table.of((k + 0.5) / 256)]! += 1;
    expect(counts).toEqual([81, 108, 54, 12, 1]);
  });

  it('has the ends 0 and 1, and mean and variance of large numbers', () => {
    expect([0, 1].map((p) => binomialTable(7, p).of(0.5))).toEqual([0, 7]);
    const table = binomialTable(39_999, 0.002);
    const draws = Array.from({ length: 100_000 }, (_, k) => table.of((k + 0.5) / 100_000));
    const mean = draws.reduce((sum, k) => sum + k, 0) / draws.length;
    const variance = draws.reduce((sum, k) => sum + (k - mean) ** 2, 0) / draws.length;
    // Evenly spaced draws: the error is that of the probabilities near the ends, 10^-5 each.
    expect(mean).toBeCloseTo(79.998, 2);
    expect(variance).toBeCloseTo(79.838, 1);
  });
});

describe('PostDraws', () => {
  it('are uniform to more than 23 bits', () => {
    const draws = new PostDraws(2 ** 40 + 1, 'x');
    draws.start(5);
    const first = Array.from({ length: 1000 }, () => draws.uniform());
    expect(first.every((u) => u > 0 && u < 1)).toBe(true);
    expect(first.some((u) => (u * 2 ** 24) % 1 !== 0)).toBe(true);
    // Mean 1/2 with a standard error of 0.0091; 5 of them.
    expect(Math.abs(first.reduce((a, b) => a + b, 0) / 1000 - 0.5)).toBeLessThan(0.046);
    draws.start(6);
    expect(draws.uniform()).not.toBe(first[0]);
    draws.start(5);
    expect(draws.uniform()).toBe(first[0]);
  });
});
