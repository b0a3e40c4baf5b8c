import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FormatError, StorageError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { existingDataDirectory, readBytes } from '../speech/files.ts';
import { tarFiles } from '../speech/tar.ts';
import { decodeImages } from './decode-images.ts';
import { type ImageSet, imageSet, type PixelSet } from './image-set.ts';
import { cachedPixels, defaultCache } from './pixel-cache.ts';

/** Parameters of {@link loadCifar10}. */
export interface Cifar10Options {
  /** 50,000 images for training or 10,000 for test. */
  readonly split: 'train' | 'test';
  /** Number of images, evenly spread over the split; all by default. */
  readonly count?: number;
  /** Data folder; see {@link dataDirectory} for what holds without it. */
  readonly directory?: string;
  /** Folder of decoded images; by default in the platform's cache. */
  readonly cache?: string;
}

/** Classes of CIFAR-10 by label. */
export const CIFAR10_CLASSES: readonly string[] = 'airplane automobile bird cat deer dog frog horse ship truck'.split(
  ' ',
);

const WHERE = 'loadCifar10';
const SIDE = 32;
const IMAGE = 3 * SIDE * SIDE;
const BINARY = 'cifar-10-binary.tar.gz';
const JPEG = 'cifar10-jpeg.tar.gz';
const NOTE = 'CIFAR-10 recompressed as JPEG: accuracies may differ from those on the original by a fraction of a point';

/**
 * Loads CIFAR-10 from the data folder: from `cifar-10-binary.tar.gz`, the binary version as its authors publish it, else from
 * `cifar10-jpeg.tar.gz`, a copy as JPEG files `<split>/<class>/<name>.jpg`. Nothing is fetched from a network.
 *
 * @throws StorageError if neither is there, or a data folder was named that does not exist
 * @throws FormatError for an archive that is damaged or holds no images of the split
 * @throws UnsupportedError if JPEG files are to be decoded and the package `sharp` is not installed
 * @throws ParameterError if the count is no integer from 1 to the number of images
 */
export async function loadCifar10(options: Cifar10Options): Promise<ImageSet> {
  const { split, count, directory, cache } = checkedOptions('loadCifar10', options, [
    'split',
    'count',
    'directory',
    'cache',
  ]);
  const source = sourceIn(existingDataDirectory(WHERE, directory));
  const archive = readBytes(WHERE, source);
  if (basename(source) === BINARY) return imageSet(WHERE, binarySet(archive, source, split), source, count);
  const decode = () => jpegSet(archive, source, split);
  const set = await cachedPixels(cache ?? defaultCache(), `cifar10-${split}`, archive, decode);
  return { ...imageSet(WHERE, set, source, count), note: NOTE };
}

function sourceIn(folder: string): string {
  const found = [BINARY, JPEG].map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new StorageError(WHERE, `expected ${BINARY} or ${JPEG} in ${folder}, got neither`, {
    hint: 'get "CIFAR-10 binary version" from https://www.cs.toronto.edu/~kriz/cifar.html and put it there',
    fields: { folder },
  });
}

function unpacked(archive: Uint8Array, source: string): Uint8Array {
  try {
    return gunzipSync(archive);
  } catch (cause) {
    const error = new FormatError(WHERE, `expected a gzip file, got something else in ${source}`, {
      hint: 'truncated or damaged: fetch it again',
      fields: { source },
    });
    error.cause = cause;
    throw error;
  }
}

/** Records of one label byte and 3 x 32 x 32 pixels, in `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`. */
function binarySet(archive: Uint8Array, source: string, split: string): PixelSet {
  const wanted = split === 'train' ? /data_batch_\d\.bin$/ : /test_batch\.bin$/;
  const files = [...tarFiles(unpacked(archive, source), source)].filter(({ path }) => wanted.test(path)).sort(byPath);
  const odd = files.find(({ bytes }) => bytes.length % (1 + IMAGE) !== 0);
  if (odd) throw new FormatError(WHERE, `expected records of 3073 bytes in ${odd.path}, got ${odd.bytes.length} bytes`);
  const records = files.flatMap(({ path, bytes }) =>
    Array.from({ length: bytes.length / (1 + IMAGE) }, (_, k) => ({
      path,
      bytes: bytes.subarray(k * (1 + IMAGE), (k + 1) * (1 + IMAGE)),
    })),
  );
  checkSome(records.length, source, split);
  const pixels = new Uint8Array(records.length * IMAGE);
  for (const [k, { bytes }] of records.entries()) pixels.set(bytes.subarray(1), k * IMAGE);
  const labels = Int32Array.from(records, ({ path, bytes }) => checkedLabel(bytes[0]!, path));
  return { pixels, shape: [records.length, 3, SIDE, SIDE], labels };
}

function checkedLabel(label: number, path: string): number {
  if (label < CIFAR10_CLASSES.length) return label;
  throw new FormatError(WHERE, `expected labels 0 to 9 in ${path}, got ${label}`, { fields: { path, label } });
}

async function jpegSet(archive: Uint8Array, source: string, split: string): Promise<PixelSet> {
  const files = [...tarFiles(unpacked(archive, source), source)]
    .filter(({ path }) => path.split('/').at(-3) === split && /\.jpe?g$/i.test(path))
    .sort(byPath);
  checkSome(files.length, source, split);
  const labels = Int32Array.from(files, ({ path }) => labelOf(path));
  return { pixels: await decodeImages(WHERE, files, SIDE), shape: [files.length, 3, SIDE, SIDE], labels };
}

function labelOf(path: string): number {
  const name = path.split('/').at(-2)!;
  const label = CIFAR10_CLASSES.indexOf(name);
  if (label >= 0) return label;
  throw new FormatError(WHERE, `expected folders of the ten classes, got ${path}`, {
    hint: `known: ${CIFAR10_CLASSES.join(', ')}`,
    fields: { path },
  });
}

/** Archives list their files in any order. */
const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);

function checkSome(count: number, source: string, split: string): void {
  if (count > 0) return;
  throw new FormatError(WHERE, `expected images of the split ${split} in ${source}, got none`, { fields: { source } });
}
