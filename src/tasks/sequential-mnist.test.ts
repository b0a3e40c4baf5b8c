import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { NO_LABEL } from '../tensor/batch.ts';
import type { SpikeTrain } from '../tensor/bits.ts';
import { type SequentialMnistOptions, sequentialMnist } from './sequential-mnist.ts';
import { encodeThresholdCrossing } from './threshold-crossing.ts';

const COUNT = 5;
const random = new RandomStream(2);
const images = Uint8Array.from({ length: COUNT * 784 }, () => (random.integer(3) ? 0 : random.integer(256)));
const labels = Uint8Array.of(3, 1, 4, 1, 5);
const task = (options: Partial<SequentialMnistOptions> = {}) => sequentialMnist({ images, labels, ...options });

/** The spikes of one batch element, as a train of its own. */
function element(train: SpikeTrain, b: number): number[] {
  const dense = train.toDense();
  return Array.from({ length: train.time }, (_, t) => t).flatMap((t) => {
    const start = (t * train.batch + b) * train.size;
    return [...dense.subarray(start, start + train.size)];
  });
}

describe('sequentialMnist', () => {
  it('has the published number of steps', () => {
    const shape = (options: Partial<SequentialMnistOptions>) => {
      const { steps, cueSteps, lossSteps, inputSize, classes } = task(options);
      return [steps, cueSteps, lossSteps, inputSize, classes];
    };
    expect(shape({})).toEqual([840, 56, 28, 80, 10]);
    expect(shape({ extend: 2 })).toEqual([1680, 112, 28, 80, 10]);
    expect(shape({ pool: 2 })).toEqual([224, 28, 28, 80, 10]);
  });

  it('encodes each image as it would be alone', () => {
    const batch = task().batch([4, 0, 2]);
    for (const [b, index] of [4, 0, 2].entries()) {
      const alone = encodeThresholdCrossing(images.subarray(index * 784, (index + 1) * 784));
      expect(element(batch.inputs.input!, b)).toEqual([...alone.toDense()]);
    }
    expect(batch).toMatchObject({ steps: 840, size: 3 });
    expect(batch.decisions).toEqual({
      start: Int32Array.of(812),
      length: Int32Array.of(28),
      labels: Int32Array.of(5, 3, 4),
    });
  });

  it('pools 2 x 2 pixels by their mean', () => {
    const pooled = Array.from({ length: 196 }, (_, p) => {
      const at = (row: number, column: number) =>
        images[784 + (2 * Math.floor(p / 14) + row) * 28 + 2 * (p % 14) + column]!;
      return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4 / 255;
    });
    const expected = encodeThresholdCrossing(pooled, { cueSteps: 28 });
    expect(element(task({ pool: 2 }).batch([1]).inputs.input!, 0)).toEqual([...expected.toDense()]);
  });

  it('permutes the pixels of all images by one fixed permutation', () => {
    const seed = 11;
    const flat = new Uint8Array(2 * 784);
    flat[100] = 255;
    flat[784 + 100] = 255;
    const touch = (permutationSeed?: number) => {
      const permuted = sequentialMnist({ images: flat, labels: Uint8Array.of(0, 1), permutationSeed });
      const { time, neuron } = permuted.batch([0, 1]).inputs.input!.events();
      return [...time].filter((_, k) => neuron[k] === 78);
    };
    expect(touch()).toEqual([100, 100]);
    expect(touch(seed)[0]).toBe(touch(seed)[1]);
    expect(touch(seed)).not.toEqual([100, 100]);
    expect(touch(seed)).toEqual(touch(seed));
    expect(touch(seed + 1)).not.toEqual(touch(seed));
  });

  it('draws training batches with replacement, the same for the same stream', () => {
    const draw = () => task({ pool: 2 }).trainingBatch(new RandomStream(4), 300);
    const batch = draw();
    expect(draw().decisions).toEqual(batch.decisions);
    expect(Buffer.compare(draw().inputs.input!.data, batch.inputs.input!.data)).toBe(0);
    const drawn = [...batch.decisions.labels];
    // Two of five images are ones; five standard deviations of a binomial count.
    expect(Math.abs(drawn.filter((label) => label === 1).length - 120)).toBeLessThan(5 * Math.sqrt(300 * 0.4 * 0.6));
  });

  it('covers all images once in test batches of equal size', () => {
    const batches = [...task({ pool: 2 }).testBatches(2)];
    expect(batches.map(({ size }) => size)).toEqual([2, 2, 2]);
    expect(batches.map(({ decisions }) => [...decisions.labels])).toEqual([
      [3, 1],
      [4, 1],
      [5, NO_LABEL],
    ]);
    expect([...task({ pool: 2 }).testBatches(2, 2)].map(({ decisions }) => [...decisions.labels])).toEqual([[3, 1]]);
  });

  it('refuses data and options that do not fit', () => {
    expect(() => task({ labels: Uint8Array.of(1, 2) })).toThrow(ShapeError);
    expect(() => task({ labels: new Uint8Array(0) })).toThrow(
      'expected one square image per label, got 3920 pixels for 0 labels',
    );
    expect(() => task({ labels: Uint8Array.of(0, 1, 2, 10, 4) })).toThrow('expected labels 0 to 9, got 10 for image 3');
    expect(() => task({ lossSteps: 841 })).toThrow(ParameterError);
    expect(() => task().batch([5])).toThrow('expected image numbers 0 to 4, got 5');
    expect(() => [...task().testBatches(2, 6)]).toThrow(ParameterError);
    const odd = { images: new Uint8Array(9), labels: new Uint8Array(1), pool: 2 as const };
    expect(() => sequentialMnist(odd)).toThrow('expected pool 1, or 2 with an even side, got pool 2 with side 3');
  });
});
