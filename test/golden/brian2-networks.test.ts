import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cobaExp,
  type EventNetworkSpec,
  EventSimulation,
  fixedInDegree,
  fixedProbability,
  iafPscDelta,
  intervalVariation,
  meanRate,
  normal,
  pairCorrelation,
  uniform,
} from 'volley';

interface Statistics {
  readonly rate: number;
  readonly cv: number;
  readonly correlation: number;
}

const expected = JSON.parse(readFileSync(new URL('./brian2-networks/expected.json', import.meta.url), 'utf8')) as Record<
  'coba' | 'brunel',
  Record<'brian2' | 'nest', readonly Statistics[]>
>;

type Groups = 'exc' | 'inh';

/** The conductance-based network of 4,000 neurons of vogels2005signal. */
function coba(): EventNetworkSpec<Groups> {
  const model = cobaExp();
  const start = { v: uniform(-60, -50), gE: normal({ mean: 40, sd: 15 }), gI: normal({ mean: 200, sd: 120 }) };
  const topology = fixedProbability(0.02, { self: false });
  const excites = { from: 'exc', input: 'exc', topology, weights: 6 } as const;
  const inhibits = { from: 'inh', input: 'inh', topology, weights: 67 } as const;
  return {
    populations: { exc: { size: 3200, model, start }, inh: { size: 800, model, start } },
    projections: {
      ee: { ...excites, to: 'exc' },
      ei: { ...excites, to: 'inh' },
      ie: { ...inhibits, to: 'exc' },
      ii: { ...inhibits, to: 'inh' },
    },
  };
}

/** The network of brunel2000dynamics with g = 6, twice the external input that reaches the threshold, jumps of 0.5 mV, 100 + 25 inputs. */
function brunel(): EventNetworkSpec<Groups> {
  const model = iafPscDelta();
  const excites = { from: 'exc', topology: fixedInDegree(100), weights: 0.5, delay: 15 } as const;
  const inhibits = { from: 'inh', topology: fixedInDegree(25), weights: -3, delay: 15 } as const;
  const drive = { rate: 4000, weights: 0.5 };
  return {
    populations: { exc: { size: 1000, model }, inh: { size: 250, model } },
    projections: {
      ee: { ...excites, to: 'exc' },
      ei: { ...excites, to: 'inh' },
      ie: { ...inhibits, to: 'exc' },
      ii: { ...inhibits, to: 'inh' },
    },
    poisson: { exc: { to: 'exc', ...drive }, inh: { to: 'inh', ...drive } },
  };
}

/** A network of its own, 200 ms to settle, then 1000 ms measured. */
function measured(spec: EventNetworkSpec<Groups>, seed: number): Statistics {
  const simulation = new EventSimulation(spec, { seed, dt: 0.1 });
  simulation.run(2000);
  const { exc, inh } = simulation.run(10_000).spikes;
  const of = (value: (events: typeof exc) => number) => 0.8 * value(exc) + 0.2 * value(inh);
  return {
    rate: of(meanRate),
    cv: of(intervalVariation),
    correlation: pairCorrelation(exc, { bin: 5, neurons: 1000 }),
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Unbiased variance. */
function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

/**
 * How far two means may be apart: 4 standard errors of their difference, with the spread of single networks of both together; by Student's t
 * of 12 or more degrees of freedom fewer than 2 in 1000 are farther by chance, and seeds here do not change.
 */
function allowed(theirs: readonly number[], ours: readonly number[]): number {
  const [n, m] = [theirs.length, ours.length];
  const pooled = ((n - 1) * variance(theirs) + (m - 1) * variance(ours)) / (n + m - 2);
  return 4 * Math.sqrt(pooled * (1 / n + 1 / m));
}

// @eq vogels2005signal (conductance-based model)
// @eq brunel2000dynamics (1)
describe.each([
  ['coba', coba(), 8],
  ['brunel', brunel(), 10],
] as const)('%s', (name, spec, seeds) => {
  let ours: Statistics[] = [];
  beforeAll(() => {
    ours = Array.from({ length: seeds }, (_, k) => measured(spec, k + 1));
  }, 120_000);

  it.each(['brian2', 'nest'] as const)('has the statistics of %s', (program) => {
    // Activity that sustains itself may end; such a network has no statistics.
    const theirs = expected[name][program].filter(({ rate }) => rate > 1);
    expect(theirs.length).toBeGreaterThan(3);
    for (const key of ['rate', 'cv', 'correlation'] as const) {
      const [a, b] = [theirs, ours].map((rows) => rows.map((row) => row[key])) as [number[], number[]];
      expect(Math.abs(mean(a) - mean(b)), `${key}: ${mean(b)} beside ${mean(a)}`).toBeLessThan(allowed(a, b));
    }
  });
});
