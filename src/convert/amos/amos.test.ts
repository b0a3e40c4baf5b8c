import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import { leakyReluCode, reluCode } from '../few-spike/closed-forms.ts';
import { evaluateCode } from '../few-spike/evaluate.ts';
import { shippedFits } from '../few-spike/tables.ts';
import { toAmos, toAmosCode } from './parameters.ts';
import { runAmos } from './run.ts';

const inputs = (count: number) => {
  const random = new RandomStream(11, 1);
  return Float64Array.from({ length: count }, () => 5 * random.normal());
};

const neurons = [
  ...shippedFits().filter(({ parameters }) => parameters.steps <= 12),
  { name: 'relu', weighting: 'closed', parameters: reluCode({ steps: 8, alpha: 6, round: true })[0]! },
  { name: 'leaky', weighting: 'negative side', parameters: leakyReluCode({ steps: 5, alpha: 6, slope: 0.1 })[1]! },
];

describe('a unit made of a few-spike neuron', () => {
  it.each(neurons)('$name $weighting $parameters.steps: same outputs, same spikes, one each', ({ parameters }) => {
    // All 1e4 inputs for some, fewer for the others: delays make a run slow, and the equality is exact.
    const u = inputs(parameters.steps === 8 ? 10_000 : 500);
    const expected = evaluateCode([parameters], u);
    const { y, spikes, steps } = runAmos(toAmos(parameters), u);
    expect(y).toEqual(expected.y);
    const perNeuron = new Uint32Array(parameters.steps);
    for (const [at, z] of spikes.entries()) perNeuron[at % parameters.steps]! += z;
    expect(perNeuron).toEqual(expected.spikes);
    expect(spikes.every((z) => z === 0 || z === 1)).toBe(true);
    expect(steps).toBe(u.length + parameters.steps - 1);
  });

  it('inhibits later neurons only, each by its own reset', () => {
    const unit = toAmos(reluCode({ steps: 3, alpha: 8 })[0]!);
    expect([...unit.inhibition]).toEqual([0, 0, 0, 4, 0, 0, 4, 2, 0]);
    expect(toAmosCode(leakyReluCode({ steps: 3, alpha: 8, slope: 0.5 })).map(({ sign }) => sign)).toEqual([1, -1]);
  });

  it('reads neurons of negative gain from the mirrored input', () => {
    const unit = toAmos(reluCode({ steps: 1, alpha: 2 })[0]!);
    const { y } = runAmos({ ...unit, gains: Float64Array.of(-1) }, [-3, 3]);
    expect([...y]).toEqual([1, 0]);
  });

  it('refuses arrays that do not fit', () => {
    const unit = toAmos(reluCode({ steps: 3, alpha: 8 })[0]!);
    expect(() => runAmos({ ...unit, inhibition: new Float64Array(3) }, [1])).toThrow(ShapeError);
  });
});
