import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StorageError } from 'volley/base';
import { type Activity, type StagedNetwork, stage } from 'volley/convert';
import { dataDirectory, type ImageSet, loadCifar10, loadImageNetSamples, loadMnist } from 'volley/io';
import { readOnnx } from 'volley/onnx';

/** A trained network with the images it is calibrated and tested on. */
export interface TrainedNetwork {
  readonly staged: StagedNetwork;
  readonly calibration: Activity;
  readonly test: Activity;
  readonly labels: Int32Array;
  /** Where the images were found, and what to say beside their figures. */
  readonly source: string;
}

/** Numbers of images to load. */
export interface ImageCounts {
  readonly calibration: number;
  readonly test: number;
}

const FOLDER = join('papers', 'stoeckl2021fs', 'networks');

/** Places where a network may lie: the folder of the repository, seen from here or from the build, the data folder and the cache. */
function placesOf(file: string): string[] {
  const places: string[] = [];
  for (let at = new URL('.', import.meta.url); at.pathname !== '/'; at = new URL('..', at)) {
    places.push(join(fileURLToPath(at), FOLDER, file));
  }
  const cache = dataDirectory(undefined, { environment: { ...process.env, VOLLEY_DATA: undefined } });
  return [...places, ...[dataDirectory(), cache].map((folder) => join(folder, 'networks', file))];
}

/**
 * Reads a trained network.
 *
 * @throws StorageError if it is not there
 */
function readNetwork(file: string): StagedNetwork {
  const places = placesOf(file);
  const path = places.find((place) => existsSync(place));
  if (path) return stage(readOnnx(readFileSync(path), file));
  throw new StorageError('readNetwork', `expected ${file} in ${FOLDER} or ${places.at(-1)}, got neither`, {
    hint: `the scripts in ${FOLDER} of the repository make it`,
    fields: { file, places },
  });
}

/** The digits at equal distances, [count, …sample], grey 0 to 1. */
function digits(
  { images, labels }: { images: Uint8Array; labels: Uint8Array },
  count: number,
  sample: readonly number[],
) {
  const pixels = images.length / labels.length;
  const data = new Float32Array(count * pixels);
  const own = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    const from = Math.floor((k * labels.length) / count);
    own[k] = labels[from]!;
    for (let p = 0; p < pixels; p++) data[k * pixels + p] = images[from * pixels + p]! / 255;
  }
  return { images: { shape: [count, ...sample], data }, labels: own };
}

/** A network on MNIST. */
export function mnistNetwork(file: string, counts: ImageCounts): TrainedNetwork {
  const staged = readNetwork(file);
  const sample = staged.input.shape.slice(1).map(Number);
  const mnist = loadMnist();
  const { images: test, labels } = digits(mnist.test, counts.test, sample);
  const calibration = digits(mnist.train, counts.calibration, sample).images;
  return { staged, calibration, test, labels, source: `MNIST from ${mnist.source}` };
}

/** Test images at equal distances, since successive ones may be of one class: all of them, if there are no more than `count`. */
export function everyNth({ test, labels }: TrainedNetwork, count: number): { images: Activity; labels: Int32Array } {
  const [all, ...sample] = test.shape as [number, ...number[]];
  if (count >= all) return { images: test, labels };
  const size = test.data.length / all;
  const data = new Float32Array(count * size);
  const chosen = Array.from({ length: count }, (_, k) => Math.floor((k * all) / count));
  for (const [k, from] of chosen.entries()) data.set(test.data.subarray(from * size, (from + 1) * size), k * size);
  return { images: { shape: [count, ...sample], data }, labels: Int32Array.from(chosen, (from) => labels[from]!) };
}

const sourceOf = (name: string, { source, note }: ImageSet) => `${name} from ${source}${note ? ` (${note})` : ''}`;

/** A network on CIFAR-10. */
export async function cifarNetwork(file: string, counts: ImageCounts): Promise<TrainedNetwork> {
  const staged = readNetwork(file);
  const { images: calibration } = await loadCifar10({ split: 'train', count: counts.calibration });
  const test = await loadCifar10({ split: 'test', count: counts.test });
  return { staged, calibration, test: test.images, labels: test.labels, source: sourceOf('CIFAR-10', test) };
}

/** EfficientNet-Lite0 on the ImageNet samples; the first of them also calibrate. */
export async function imagenetNetwork(file: string, counts: ImageCounts): Promise<TrainedNetwork> {
  const staged = readNetwork(file);
  const test = await loadImageNetSamples({ count: counts.test });
  const { images: calibration } = await loadImageNetSamples({ count: counts.calibration });
  return { staged, calibration, test: test.images, labels: test.labels, source: sourceOf('ImageNet samples', test) };
}
