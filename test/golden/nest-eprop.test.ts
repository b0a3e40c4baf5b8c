import { describe, expect, it } from 'vitest';
import { type ReferenceTrace, simulateReference } from 'volley/network';
import {
  classificationRun,
  type GoldenForm,
  type GoldenRun,
  goldenRun,
  initialWeights,
  type Outcome,
  online,
  recorded,
  recordedArray,
  regressionRun,
  reverse,
} from './nest-eprop.ts';
import { cueFixture, regressionFixture } from './nest-fixtures.ts';

const count = (spikes: ArrayLike<number>) => Array.from(spikes).reduce((sum, z) => sum + z, 0);

/** Steps of the first iteration, simulated; times count from 0, as in the fixtures. */
function simulated({ network, ...run }: GoldenRun, steps: number): ReferenceTrace {
  const batch = run.batches[0]!;
  return simulateReference(network, initialWeights({ network, ...run }), batch.inputs, { batch: batch.size, steps });
}

/** The hidden population's spikes up to and with time t, and Σ v, Σ a and y of that time. */
function checkpoint(trace: ReferenceTrace, t: number) {
  const row = (values: Float64Array, time: number) => values.subarray(100 * time, 100 * (time + 1));
  const { v, a } = trace.states.hidden!;
  return {
    spikes: count(trace.outputs.hidden!.subarray(0, 100 * (t + 1))),
    v: count(row(v!, t + 1)),
    a: count(row(a!, t + 1)),
    y: trace.outputs.out![t]!,
  };
}

describe('the fixtures', () => {
  const [regression, cues] = [regressionFixture(1), cueFixture(1, { iterations: 5, batch: 1 })];

  it('start from the recorded weights, to the last bit', () => {
    for (const [name, { weights }] of [['regression', regression] as const, ['classification', cues] as const]) {
      expect(weights.in).toEqual(recordedArray(`${name}.W_in.npy`));
      expect(weights.rec).toEqual(recordedArray(`${name}.W_rec.npy`));
      expect(weights.out).toEqual(recordedArray(`${name}.W_out.npy`));
      expect(weights.feedback).toEqual(recordedArray(`${name}.B.npy`));
    }
  });

  it('follow the recorded targets', () => {
    const wanted = recordedArray('regression.target.npy');
    // Sines of another mathematics library: a few units in the last place of values up to 1.
    regression.target.forEach((value, t) => {
      expect(Math.abs(value - Number(wanted[t]))).toBeLessThan(1e-14);
    });
    expect(cues.batches.flatMap(({ labels }) => labels)).toEqual([...recordedArray('classification.target.npy')]);
    expect(0.5 * count(regression.target.map((y) => y * y))).toBeCloseTo(126.9161185, 7);
  });

  it('draw the inputs', () => {
    const { spikes } = regression.batch;
    expect(count(spikes)).toBe(5053);
    expect([...spikes.subarray(100, 200)].flatMap((z, i) => (z ? [i] : []))).toEqual([20, 64, 93]);
    expect(count(cues.batches[0]!.spikes)).toBe(597);
  });
});

describe('the first iteration', () => {
  it('passes the checkpoints of pattern generation', () => {
    const trace = simulated(regressionRun(), 100);
    const first = trace.outputs.hidden!.indexOf(1);
    expect([Math.floor(first / 100), first % 100]).toEqual([3, 30]);
    const [early, late] = [checkpoint(trace, 9), checkpoint(trace, 99)];
    expect([early.spikes, late.spikes]).toEqual([30, 383]);
    // The digits that were recorded.
    expect(early.v).toBeCloseTo(-0.3257900407, 10);
    expect(early.y).toBeCloseTo(0.0410777849, 10);
    expect(late.v).toBeCloseTo(-2.865361075, 10);
    expect(late.y).toBeCloseTo(0.112247566, 10);
  });

  it('passes the checkpoints of evidence accumulation', () => {
    const trace = simulated(classificationRun(1), 1000);
    const [early, late] = [checkpoint(trace, 99), checkpoint(trace, 999)];
    expect([early.spikes, late.spikes]).toEqual([243, 2577]);
    // The digits that were recorded.
    expect(early.v).toBeCloseTo(-50.9284701255, 10);
    expect(early.a).toBeCloseTo(235.5539767472, 10);
    expect(late.v).toBeCloseTo(-31.1743987902, 10);
    expect(late.a).toBeCloseTo(1914.5476534283, 10);
  });
});

/** Float64 in another order of sums, over up to 2250 steps and five updates. */
const LOSS = 1e-11;
const SUMS = 1e-9;

/** Milliseconds; half a minute on a core of its own. */
const SLOW = 180_000;

function expectRelative(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((value, k) => {
    expect(Math.abs(found[k]! / value - 1)).toBeLessThan(tolerance);
  });
}

function expectRecorded(found: Outcome, wanted: Outcome): void {
  const iterations = wanted.iterations.slice(0, found.iterations.length);
  expect(found.iterations.map(({ spikes }) => spikes)).toEqual(iterations.map(({ spikes }) => spikes));
  const losses = (of: Outcome['iterations']) => of.map(({ loss }) => loss);
  const norms = (of: Outcome['iterations']) => of.flatMap(({ gradNorm }) => gradNorm);
  expectRelative(losses(found.iterations), losses(iterations), LOSS);
  expectRelative(norms(found.iterations), norms(iterations), SUMS);
  if (found.iterations.length < wanted.iterations.length) return;
  expectRelative(found.final.finalSum, wanted.final.finalSum, SUMS);
  expectRelative(found.final.finalSumSq, wanted.final.finalSumSq, SUMS);
}

const learns = (form: GoldenForm, iterations: number) => async () => {
  expectRecorded(await goldenRun(regressionRun(), form, iterations), recorded().regression);
};
const classifies = (form: GoldenForm, iterations: number) => async () => {
  expectRecorded(await goldenRun(classificationRun(1), form, iterations), recorded().classification);
};

// Online takes twice as long, and equals the reverse sweep anyway, so it runs for fewer iterations.
// @eq bellec2020eprop (1)
// @eq bellec2020eprop (6)-(8)
describe('pattern generation goes as recorded', () => {
  it('by the reverse sweep, five iterations', learns(reverse, 5), SLOW);
  it('online, one iteration', learns(online, 1), SLOW);
});

describe('evidence accumulation goes as recorded', () => {
  it('by the reverse sweep, five iterations', classifies(reverse, 5), SLOW);
  it('online, one iteration', classifies(online, 1), SLOW);
});
