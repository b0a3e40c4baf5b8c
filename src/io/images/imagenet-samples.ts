import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FormatError, ParameterError, StorageError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { existingDataDirectory, readBytes } from '../speech/files.ts';
import { tarFiles } from '../speech/tar.ts';
import { decodeImages } from './decode-images.ts';
import { type ImageSet, imageSet, type PixelSet } from './image-set.ts';
import { cachedPixels, defaultCache } from './pixel-cache.ts';

/** Parameters of {@link loadImageNetSamples}. */
export interface ImageNetSamplesOptions {
  /** Side of the square that is cut out of the middle of each image, in pixels; 224 by default. */
  readonly size?: number;
  /** Number of images, evenly spread over the classes; all by default. */
  readonly count?: number;
  /** Data folder; see {@link dataDirectory} for what holds without it. */
  readonly directory?: string;
  /** Folder of decoded images; by default in the platform's cache. */
  readonly cache?: string;
}

const WHERE = 'loadImageNetSamples';
const ARCHIVE = 'imagenet-samples.tar';
const CLASSES = 1000;
const NOTE = 'one training-like image per class: for agreement and relative accuracy, no ImageNet validation score';

/**
 * Loads a sample of ImageNet-1k, one image per class, from `imagenet-samples.tar` in the data folder: files
 * `<WordNet id>_<label>.jpg`. The place of the id among the sorted ids is the class. Nothing is fetched from a network.
 *
 * @throws StorageError if the archive is not there, or a data folder was named that does not exist
 * @throws FormatError for an archive that is damaged, does not hold one image of each of the 1000 classes, or smaller images
 * @throws UnsupportedError if the package `sharp` is not installed
 * @throws ParameterError if the size is no positive integer or the count not from 1 to 1000
 */
export async function loadImageNetSamples(options: ImageNetSamplesOptions = {}): Promise<ImageSet> {
  checkedOptions('loadImageNetSamples', options, ['size', 'count', 'directory', 'cache']);
  const { size = 224, count, directory, cache } = options;
  if (!Number.isInteger(size) || size < 1) {
    throw new ParameterError(WHERE, `expected a size of at least 1 pixel, got ${size}`, { fields: { size } });
  }
  const source = join(existingDataDirectory(WHERE, directory), ARCHIVE);
  if (!existsSync(source)) throw absent(source);
  const archive = readBytes(WHERE, source);
  const decode = () => decodeSamples(archive, source, size);
  const set = await cachedPixels(cache ?? defaultCache(), `imagenet-samples-${size}`, archive, decode);
  return { ...imageSet(WHERE, set, source, count), note: NOTE };
}

function absent(source: string): StorageError {
  return new StorageError(WHERE, `expected ${source}, got no such file`, {
    hint: 'pack one image of each ImageNet-1k class, 256 x 256, as <WordNet id>_<label>.jpg into a tar archive of that name',
    fields: { source },
  });
}

async function decodeSamples(archive: Uint8Array, source: string, size: number): Promise<PixelSet> {
  const files = [...tarFiles(archive, source)].filter(({ path }) => /^n\d{8}_.*\.jpe?g$/i.test(basename(path)));
  files.sort((a, b) => (basename(a.path) < basename(b.path) ? -1 : 1));
  const ids = new Set(files.map(({ path }) => basename(path).slice(0, 9)));
  if (ids.size !== CLASSES || files.length !== CLASSES) {
    throw new FormatError(
      WHERE,
      `expected one image of each of ${CLASSES} classes in ${source}, got ${files.length} images of ${ids.size} classes`,
      { hint: 'without all ids a class has no number', fields: { source } },
    );
  }
  const pixels = await decodeImages(WHERE, files, size);
  return { pixels, shape: [CLASSES, 3, size, size], labels: Int32Array.from(files, (_, k) => k) };
}
