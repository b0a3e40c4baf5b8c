import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../../base/errors.ts';
import { RandomStream } from '../../../base/random.ts';
import { evaluateCode } from '../../few-spike/evaluate.ts';
import { fitErrors } from '../../few-spike/fit/fit.ts';
import { fitTarget } from '../../few-spike/fit/target.ts';
import { scalarFunction } from '../../few-spike/functions.ts';
import { findFit } from '../../few-spike/tables.ts';
import { toAmos } from '../parameters.ts';
import { shippedUnits } from '../tables.ts';
import { randomUnit } from '../testing/random-unit.ts';
import { withFewerSpikes } from './fewer-spikes.ts';
import { fitAmos } from './fit.ts';
import { UnitCandidate } from './unit-candidate.ts';

const NORMAL = { mean: 0, deviation: 1.7, floor: 0.02 };
const sigmoid = scalarFunction('sigmoid');
const start = findFit('sigmoid', 6, 'uniform')!;

describe('UnitCandidate', () => {
  it('has the loss of the unit that it stands for', () => {
    const target = fitTarget(sigmoid, [-10, 10], NORMAL);
    const candidate = new UnitCandidate(target, sigmoid, 5);
    const unit = randomUnit(4, 5, { gains: new Float64Array(5).fill(1), bias: 0, range: [-10, 10] });
    candidate.intervals.thresholds.set(unit.thresholds);
    candidate.intervals.inhibition.set(unit.inhibition);
    const loss = candidate.evaluate();
    const [offset, ...weights] = candidate.outputs.solution;
    const { mse, spikes } = fitErrors(
      { ...unit, offset: offset!, weights: Float64Array.from(weights) },
      sigmoid,
      target,
    );
    // The same sums in another order; the ridge of 2e-7 shifts the minimum by less.
    expect(Math.abs(loss / mse - 1)).toBeLessThan(1e-6);
    const means = [0, 1, 2, 3, 4].map((i) => candidate.outputs.meanSpikes(i));
    expect(means.reduce((a, b) => a + b)).toBeCloseTo(spikes, 12);
  });

  it('descends to where no edge can move: the function there is half way between the values beside it', () => {
    const target = fitTarget(sigmoid, [-10, 10]);
    const candidate = new UnitCandidate(target, sigmoid, 3);
    candidate.intervals.thresholds.set([0.4, -2, 2.5]);
    const loss = candidate.evaluate();
    const least = candidate.descend(loss, 60);
    expect(least).toBeLessThan(0.9 * loss);
    const { count, begin, pattern } = candidate.intervals.last;
    expect(count).toBe(4);
    for (let k = 1; k < count; k++) {
      const between = (candidate.outputs.valueOf(pattern[k - 1]!) + candidate.outputs.valueOf(pattern[k]!)) / 2;
      // Edges lie on a grid of 20 / 8192, where the slope is 1/4 at most; a descent ends at gains below 1e-4.
      expect(Math.abs(between - sigmoid(target.low + begin[k]! * target.spacing))).toBeLessThan(0.01);
    }
  });
});

describe('withFewerSpikes', () => {
  it('changes no output, and no neuron spikes for more than half of the inputs', () => {
    const unit = randomUnit(3, 7);
    const random = new RandomStream(1, 1);
    const x = Float64Array.from({ length: 2000 }, () => 5 * random.normal());
    const before = evaluateCode([unit], x);
    const turned = withFewerSpikes(
      unit,
      Array.from(before.spikes, (count) => count / x.length),
    );
    const after = evaluateCode([turned], x);
    expect(turned.gains).not.toEqual(unit.gains);
    for (const [i, count] of after.spikes.entries()) {
      expect(count).toBe(Math.min(before.spikes[i]!, x.length - before.spikes[i]!));
    }
    // Ten numbers of size 1, added in another order.
    for (const [i, y] of after.y.entries()) expect(Math.abs(y - before.y[i]!)).toBeLessThan(1e-12);
  });
});

describe('fitAmos', () => {
  const options = { start: [start.parameters], hops: 40 } as const;

  it('finds a better unit than the few-spike neuron that it starts from', () => {
    const { mse, parameters } = fitAmos(sigmoid, options);
    // Forty changes find half of what a long search does: the shipped unit has half the error.
    expect(mse).toBeLessThan(0.8 * start.mse);
    expect(parameters.inhibition.length).toBe(36);
    expect(parameters.range).toEqual([-10, 10]);
  });

  it('reports the errors of the unit that it returns', () => {
    const fit = fitAmos(sigmoid, { ...options, weighting: NORMAL });
    const weighted = fitErrors(fit.parameters, sigmoid, fitTarget(sigmoid, [-10, 10], NORMAL));
    expect(weighted).toEqual({ mse: fit.weightedMse, spikes: fit.weightedSpikes });
    expect(fitErrors(fit.parameters, sigmoid, fitTarget(sigmoid, [-10, 10]))).toEqual({
      mse: fit.mse,
      spikes: fit.spikes,
    });
  });

  it('goes on from a unit, and from one with fewer neurons', () => {
    const first = fitAmos(sigmoid, options);
    expect(fitAmos(sigmoid, { start: [first.parameters], hops: 1 }).mse).toBeLessThan(1.01 * first.mse);
    const more = findFit('sigmoid', 7, 'uniform')!.parameters;
    expect(fitAmos(sigmoid, { start: [more, first.parameters], hops: 20 }).mse).toBeLessThan(first.mse);
  });

  it('repeats itself', () => {
    expect(fitAmos(sigmoid, options)).toEqual(fitAmos(sigmoid, options));
    expect(fitAmos(sigmoid, { ...options, seed: 2 })).not.toEqual(fitAmos(sigmoid, options));
  });

  it('refuses starts that it cannot go on from', () => {
    const { parameters } = start;
    const more = findFit('sigmoid', 8, 'uniform')!.parameters;
    expect(() => fitAmos(sigmoid, { start: [parameters, more] })).toThrow(ParameterError);
    expect(() => fitAmos(sigmoid, { start: [{ ...parameters, bias: 1 }] })).toThrow(/sign 1 and no bias/);
    expect(() => fitAmos(sigmoid, { ...options, hops: 0 })).toThrow(/number of hops/);
    const endless = { ...parameters, range: [-Infinity, Infinity] as const };
    expect(() => fitAmos(sigmoid, { start: [endless] })).toThrow(/finite range/);
  });
});

describe('the units that ship', () => {
  const units = shippedUnits().map(
    (unit) => [`${unit.name} ${unit.weighting} ${unit.parameters.steps}`, unit] as const,
  );

  it.each(units)('%s: has the errors it says, no larger ones than the few-spike neuron, or fewer spikes', (_, unit) => {
    const { name, weighting, parameters, ...errors } = unit;
    const f = scalarFunction(name);
    const found = fitErrors(
      parameters,
      f,
      fitTarget(f, parameters.range, weighting === 'gaussian' ? NORMAL : 'uniform'),
    );
    // Tables print four digits.
    expect(Math.abs(found.mse / errors.weightedMse - 1)).toBeLessThan(1e-3);
    expect(Math.abs(found.spikes / errors.weightedSpikes - 1)).toBeLessThan(1e-3);
    const derived = findFit(name, parameters.steps, weighting)!;
    expect(errors.weightedMse).toBeLessThanOrEqual(derived.weightedMse);
    const gain = Math.max(derived.weightedMse / errors.weightedMse, derived.weightedSpikes / errors.weightedSpikes);
    expect(gain).toBeGreaterThanOrEqual(1.049);
  });

  it('have neurons of both gains and inhibition that differs by pair', () => {
    const all = shippedUnits().map(({ parameters }) => parameters);
    expect(all.some(({ gains }) => gains.includes(-1))).toBe(true);
    const own = toAmos(findFit('sigmoid', 8, 'uniform')!.parameters).inhibition;
    const pairs = shippedUnits('sigmoid').find(({ parameters }) => parameters.steps === 8)!.parameters.inhibition;
    expect(pairs.length).toBe(own.length);
    expect(new Set(pairs).size).toBeGreaterThan(new Set(own).size);
  });
});
