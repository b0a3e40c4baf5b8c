import { ParameterError, ShapeError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import { RandomStream } from '../base/random.ts';
import { streamOf } from '../base/stream.ts';
import { NO_LABEL, type SpikeBatch } from '../tensor/batch.ts';
import { SpikeTrain } from '../tensor/bits.ts';
import { type ThresholdCrossing, thresholdCrossing } from './threshold-crossing.ts';

/** Grey images with their classes. */
export interface LabelledImages {
  /** Grey values 0 to 255, [image, side, side]. */
  readonly images: Uint8Array;
  /** Classes 0 to 9, [image]. */
  readonly labels: Uint8Array;
}

/** Parameters of sequential MNIST. */
export interface SequentialMnistOptions extends LabelledImages {
  /** 1 = full size; 2 = mean of 2 x 2 pixels (14 x 14, the small variant); default 1. */
  readonly pool?: 1 | 2;
  /** Steps per pixel; default 1. */
  readonly extend?: number;
  /** Steps of the output cue; default 56 * extend at full size, 28 * extend for the small variant. */
  readonly cueSteps?: number;
  /** Steps at the end over which the readout is averaged; default 28. */
  readonly lossSteps?: number;
  /** Seed of one fixed permutation of the pixels; without it they come in reading order. */
  readonly permutationSeed?: number;
  /** Input neurons; default 80. */
  readonly channels?: number;
  /** Name of the input population in the batches; default `input`. */
  readonly input?: string;
}

/** Sequential MNIST over one set of images. */
export interface SequentialMnist {
  readonly inputSize: number;
  /** Steps of a trial: pixels * extend + cueSteps. */
  readonly steps: number;
  readonly cueSteps: number;
  readonly lossSteps: number;
  readonly classes: number;
  /** Number of images. */
  readonly count: number;
  /** The images of these numbers; one decision window at the end. */
  batch(indices: ArrayLike<number>): SpikeBatch;
  /** Images drawn with replacement. */
  trainingBatch(random: RandomStream, size: number): SpikeBatch;
  /**
   * All images in order, or the first `count`, in batches of exactly `size`; the spare elements of the last batch repeat
   * image 0 and carry {@link NO_LABEL}.
   */
  testBatches(size: number, count?: number): Generator<SpikeBatch>;
}

const CLASSES = 10;

/**
 * Sequential MNIST: pixels one after another, threshold-crossing code, class averaged over the last steps.
 *
 * @example
 * const task = sequentialMnist({ ...mnist.train, pool: 2 });
 * const batch = task.trainingBatch(new RandomStream(1), 128); // 224 steps of 80 channels
 *
 * @throws ShapeError if images and labels do not fit, or the image's side is not divisible by `pool`
 * @throws ParameterError for a label above 9 or a loss window longer than the trial
 */
export function sequentialMnist(options: SequentialMnistOptions): SequentialMnist {
  checkedOptions('sequentialMnist', options, [
    'images',
    'labels',
    'pool',
    'extend',
    'cueSteps',
    'lossSteps',
    'permutationSeed',
    'channels',
    'input',
  ]);
  const { images, labels, pool = 1, extend = 1, cueSteps = (pool === 1 ? 56 : 28) * extend, lossSteps = 28 } = options;
  const { channels = 80, input = 'input', permutationSeed } = options;
  const side = sideOf(images, labels, pool);
  const code = thresholdCrossing({ channels, extend, cueSteps });
  const pixels = (side / pool) ** 2;
  const steps = code.steps(pixels);
  if (!Number.isInteger(lossSteps) || lossSteps < 1 || lossSteps > steps) {
    throw new ParameterError('sequentialMnist', `expected lossSteps of 1 to ${steps}, got ${lossSteps}`);
  }
  const reader = levelReader(images, side, pool, code, pixelOrder(pixels, permutationSeed));

  const batch = (indices: ArrayLike<number>, labelled = indices.length): SpikeBatch => {
    checkIndices(indices, labels.length);
    const train = new SpikeTrain(steps, indices.length, channels);
    for (let b = 0; b < indices.length; b++) code.addSpikes(train, b, reader(indices[b]!));
    return {
      steps,
      size: indices.length,
      inputs: { [input]: train },
      decisions: {
        start: Int32Array.of(steps - lossSteps),
        length: Int32Array.of(lossSteps),
        labels: Int32Array.from(indices, (index, b) => (b < labelled ? labels[index]! : NO_LABEL)),
      },
    };
  };
  return {
    inputSize: channels,
    steps,
    cueSteps,
    lossSteps,
    classes: CLASSES,
    count: labels.length,
    batch: (indices) => batch(indices),
    trainingBatch: (random, size) => batch(Uint32Array.from({ length: size }, () => random.integer(labels.length))),
    *testBatches(size, count = labels.length) {
      if (!Number.isInteger(size) || size < 1)
        throw new ParameterError('testBatches', `expected a size >= 1, got ${size}`);
      for (let first = 0; first < count; first += size) {
        const filled = Math.min(size, count - first);
        yield batch(
          Uint32Array.from({ length: size }, (_, b) => (b < filled ? first + b : 0)),
          filled,
        );
      }
    },
  };
}

/** Checks the data and returns the side of an image. */
function sideOf(images: Uint8Array, labels: Uint8Array, pool: number): number {
  const side = Math.sqrt(images.length / labels.length);
  if (labels.length === 0 || !Number.isInteger(side)) {
    throw new ShapeError(
      'sequentialMnist',
      `expected one square image per label, got ${images.length} pixels for ${labels.length} labels`,
      { hint: 'images are [n, side, side] and labels [n], with n of 1 or more' },
    );
  }
  if ((pool !== 1 && pool !== 2) || side % pool !== 0) {
    throw new ShapeError(
      'sequentialMnist',
      `expected pool 1, or 2 with an even side, got pool ${pool} with side ${side}`,
    );
  }
  const wrong = labels.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    throw new ParameterError('sequentialMnist', `expected labels 0 to 9, got ${labels[wrong]} for image ${wrong}`);
  }
  return side;
}

function pixelOrder(pixels: number, permutationSeed: number | undefined): Uint32Array {
  if (permutationSeed === undefined) return Uint32Array.from({ length: pixels }, (_, p) => p);
  return new RandomStream(permutationSeed, streamOf('sequential-mnist/permutation')).permutation(pixels);
}

/** A function from an image's number to its levels in order of presentation; the array is reused. */
function levelReader(images: Uint8Array, side: number, pool: number, code: ThresholdCrossing, order: Uint32Array) {
  const white = 255 * pool * pool;
  const table = Uint8Array.from({ length: white + 1 }, (_, sum) => code.level(sum / white));
  const width = side / pool;
  // Offsets of the pixels behind each presented pixel, [pixels, pool * pool].
  const sources = Uint32Array.from({ length: order.length * pool * pool }, (_, k) => {
    const p = order[Math.floor(k / (pool * pool))]!;
    const part = k % (pool * pool);
    const row = Math.floor(p / width) * pool + Math.floor(part / pool);
    return row * side + (p % width) * pool + (part % pool);
  });
  const levels = new Uint8Array(order.length);
  return (index: number): Uint8Array => {
    const base = index * side * side;
    for (let p = 0, k = 0; p < levels.length; p++) {
      let sum = 0;
      for (const end = k + pool * pool; k < end; k++) sum += images[base + sources[k]!]!;
      levels[p] = table[sum]!;
    }
    return levels;
  };
}

function checkIndices(indices: ArrayLike<number>, count: number): void {
  for (let b = 0; b < indices.length; b++) {
    const index = indices[b]!;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new ParameterError('sequentialMnist', `expected image numbers 0 to ${count - 1}, got ${index}`);
    }
  }
}
