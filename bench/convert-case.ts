import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RandomStream, StorageError } from 'volley';
import { type Activity, calibrate, convert, type GraphRuntime, type SpikingNetwork, stage } from 'volley/convert';
import { loadCifar10, loadMnist } from 'volley/io';
import { readOnnx } from 'volley/onnx';

/** A trained network of the repository and how it is converted. */
export interface ConvertCase {
  readonly name: string;
  readonly data: 'cifar10' | 'mnist';
  readonly imageShape: readonly number[];
  /** K by activation. */
  readonly steps: Readonly<Record<string, number>>;
}

export const CASES: readonly ConvertCase[] = [
  { name: 'cifar-relu', data: 'cifar10', imageShape: [3, 32, 32], steps: { default: 10 } },
  { name: 'cifar-silu', data: 'cifar10', imageShape: [3, 32, 32], steps: { silu: 16, sigmoid: 12 } },
  { name: 'mnist-cnn', data: 'mnist', imageShape: [1, 28, 28], steps: { default: 10 } },
];

/** Images to calibrate and to test with. Without labels they are random, good for timings only. */
export interface CaseImages {
  readonly calibration: Activity;
  readonly test: Activity;
  readonly labels: Int32Array | undefined;
}

/** Compiled benches lie in dist/bench, the networks in papers of the repository. */
const folder = fileURLToPath(new URL('../../papers/stoeckl2021fs/networks/', import.meta.url));

/** Path of the network's file. */
export const networkPath = ({ name }: ConvertCase): string => `${folder}${name}.onnx`;

export const CALIBRATION_IMAGES = 500;
export const TEST_IMAGES = 500;

/** The data set's images, evenly spread; random ones where it is not there, with a line of progress. */
export async function caseImages(test: ConvertCase, progress: (text: string) => void): Promise<CaseImages> {
  try {
    return await (test.data === 'mnist' ? mnistImages(test) : cifarImages());
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    progress(`${test.name}: random images, no accuracies: ${error.message}`);
    const images = randomImages(CALIBRATION_IMAGES, test.imageShape);
    return { calibration: images, test: images, labels: undefined };
  }
}

async function cifarImages(): Promise<CaseImages> {
  const calibration = await loadCifar10({ split: 'train', count: CALIBRATION_IMAGES });
  const test = await loadCifar10({ split: 'test', count: TEST_IMAGES });
  return { calibration: calibration.images, test: test.images, labels: test.labels };
}

function mnistImages({ imageShape }: ConvertCase): CaseImages {
  const { train, test } = loadMnist();
  const size = imageShape.reduce((total, n) => total * n, 1);
  const first = (pixels: Uint8Array, count: number): Activity => ({
    shape: [count, ...imageShape],
    data: Float32Array.from(pixels.subarray(0, count * size), (grey) => grey / 255),
  });
  return {
    calibration: first(train.images, CALIBRATION_IMAGES),
    test: first(test.images, TEST_IMAGES),
    labels: Int32Array.from(test.labels.subarray(0, TEST_IMAGES)),
  };
}

function randomImages(count: number, imageShape: readonly number[]): Activity {
  const random = new RandomStream(1, 1);
  const shape = [count, ...imageShape];
  const size = shape.reduce((total, n) => total * n, 1);
  return { shape, data: new Float32Array(size).map(() => random.uniform()) };
}

/** Images `from` to `from + count`, as a view. */
export function imagesAt({ shape, data }: Activity, from: number, count: number): Activity {
  const size = data.length / shape[0]!;
  return { shape: [count, ...shape.slice(1)], data: data.subarray(from * size, (from + count) * size) };
}

/** The network as read, converted after calibration. */
export async function convertCase(
  test: ConvertCase,
  images: CaseImages,
  runtime: GraphRuntime,
): Promise<SpikingNetwork> {
  const staged = stage(readOnnx(readFileSync(networkPath(test)), test.name));
  return convert(staged, await calibrate(staged, runtime, images.calibration), { steps: test.steps });
}
