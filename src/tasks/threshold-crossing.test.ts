import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { SpikeTrain } from '../tensor/bits.ts';
import { encodeThresholdCrossing, thresholdCrossing } from './threshold-crossing.ts';

/** The definition, written as plainly as possible. */
function reference(image: readonly number[], extend: number, cueSteps: number): number[][] {
  const grey = image.flatMap((g) => Array<number>(extend).fill(g));
  const rows: number[][] = [];
  for (let k = 0; k < 39; k++) {
    const theta = k / 39;
    rows.push(grey.map((g, p) => (p + 1 < grey.length && g < theta && theta <= grey[p + 1]! ? 1 : 0)));
    rows.push(grey.map((g, p) => (p + 1 < grey.length && g >= theta && theta > grey[p + 1]! ? 1 : 0)));
  }
  rows.push(grey.map((g) => (g === 1 ? 1 : 0)));
  const image79 = rows.map((row) => [...row, ...Array<number>(cueSteps).fill(0)]);
  return [...image79, [...grey.map(() => 0), ...Array<number>(cueSteps).fill(1)]];
}

const transpose = (rows: number[][]): number[] => rows[0]!.flatMap((_, t) => rows.map((row) => row[t]!));

describe('encodeThresholdCrossing', () => {
  it('gives one up spike per threshold on the ramp 0, 1/783, …, 1', () => {
    const train = encodeThresholdCrossing(Float64Array.from({ length: 784 }, (_, p) => p / 783));
    const counts = train.countByNeuron();
    expect([train.time, train.batch, train.size]).toEqual([840, 1, 80]);
    expect([counts[0], counts[1]]).toEqual([0, 0]);
    for (let k = 1; k <= 38; k++) expect([k, counts[2 * k], counts[2 * k + 1]]).toEqual([k, 1, 0]);
    expect([counts[78], counts[79]]).toEqual([1, 56]);
    expect([train.get(783, 0, 79), train.get(784, 0, 79), train.get(839, 0, 79)]).toEqual([0, 1, 1]);
  });

  it.each([1, 2, 3])('equals the definition on random images with %i steps per pixel', (extend) => {
    const random = new RandomStream(5, extend);
    const image = Uint8Array.from({ length: 300 }, () => [0, 255, 85, 170, random.integer(256)][random.integer(5)]!);
    const train = encodeThresholdCrossing(image, { extend, cueSteps: 9 });
    const expected = transpose(
      reference(
        [...image].map((grey) => grey / 255),
        extend,
        9,
      ),
    );
    expect([...train.toDense()]).toEqual(expected);
  });

  it('reads bytes and fractions alike and puts a crossing on the pixel before it', () => {
    const bytes = encodeThresholdCrossing(Uint8Array.of(0, 255, 0), { channels: 4, cueSteps: 1 });
    const fractions = encodeThresholdCrossing([0, 1, 0], { channels: 4, cueSteps: 1 });
    // Thresholds 0 and 1: 0 is never crossed, 1 has only the touch channel.
    expect([...bytes.toDense()]).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(fractions.data).toEqual(bytes.data);
    const three = encodeThresholdCrossing([0, 1, 0], { channels: 6, cueSteps: 0 }).events();
    expect([[...three.time], [...three.neuron]]).toEqual([
      [0, 1, 1],
      [2, 3, 4],
    ]);
  });

  it('reaches threshold k at k / (K - 1) exactly, and not just below, for every number of thresholds', () => {
    const wrong: string[] = [];
    for (let channels = 4; channels <= 512; channels += 2) {
      const { level } = thresholdCrossing({ channels });
      const top = channels / 2 - 1;
      for (let k = 1; k <= top; k++) {
        const theta = k / top;
        // One or two units in the last place below theta.
        const below = theta * (1 - Number.EPSILON);
        if (level(theta) !== k || level(below) !== k - 1) wrong.push(`${k}/${top}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('refuses grey values, channels, steps and trains that do not fit', () => {
    expect(() => encodeThresholdCrossing([0, 128])).toThrow(
      'expected a grey value of 0 to 1, got 128 (pass 0 to 255 as a Uint8Array)',
    );
    expect(() => encodeThresholdCrossing([Number.NaN])).toThrow(ParameterError);
    expect(() => thresholdCrossing({ channels: 81 })).toThrow(ParameterError);
    expect(() => thresholdCrossing({ extend: 0 })).toThrow(ParameterError);
    expect(() => thresholdCrossing({ cueSteps: -1 })).toThrow(ParameterError);
    expect(() => thresholdCrossing().addSpikes(new SpikeTrain(840, 1, 79), 0, new Uint8Array(784))).toThrow(ShapeError);
  });
});
