import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FormatError, ParameterError, StorageError } from '../../base/errors.ts';
import { tarArchive } from '../speech/testing/make-files.ts';
import { CIFAR10_CLASSES, loadCifar10 } from './cifar10.ts';
import { loadImageNetSamples } from './imagenet-samples.ts';

let directory: string;
let cache: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'volley-images-'));
  cache = join(directory, 'cache');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const put = (name: string, bytes: Uint8Array) => writeFileSync(join(directory, name), bytes);

/** Pixel of channel c at row y, column x of an image with this seed. */
const pixel = (seed: number, c: number, y: number, x: number) => (37 * seed + 91 * c + 5 * y + 3 * x) % 256;

/** A lossless image, so that every pixel can be told; sharp looks at the content, not at the name. */
function image(seed: number, width = 32, height = width): Promise<Uint8Array> {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[3 * (y * width + x) + c] = pixel(seed, c, y, x);
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** Two images of every class in the test split, one of the first class for training; files in reverse order. */
async function putJpegs(): Promise<void> {
  const entries = await Promise.all(
    CIFAR10_CLASSES.flatMap((name, k) =>
      [0, 1].map(async (i) => ({ path: `test/${name}/000${i}.jpg`, bytes: await image(2 * k + i) })),
    ),
  );
  const train = { path: 'train/airplane/0000.jpg', bytes: await image(50) };
  put('cifar10-jpeg.tar.gz', gzipSync(tarArchive([...entries, train].reverse())));
}

describe('loadCifar10', () => {
  it('decodes the copy as JPEG files, in order of the names, to planes of 0 to 1', async () => {
    await putJpegs();
    const { images, labels, note } = await loadCifar10({ split: 'test', directory, cache });
    expect(images.shape).toEqual([20, 3, 32, 32]);
    expect([...labels]).toEqual(CIFAR10_CLASSES.flatMap((_, k) => [k, k]));
    for (const [seed, c, y, x] of [
      [0, 0, 0, 0],
      [7, 1, 3, 30],
      [19, 2, 31, 31],
    ] as const) {
      expect(images.data[((seed * 3 + c) * 32 + y) * 32 + x]).toBe(Math.fround(pixel(seed, c, y, x) / 255));
    }
    expect(note).toContain('JPEG');
    expect((await loadCifar10({ split: 'train', directory, cache })).images.data[0]).toBe(
      Math.fround(pixel(50, 0, 0, 0) / 255),
    );
  });

  it('spreads a smaller count over all classes', async () => {
    await putJpegs();
    const { images, labels } = await loadCifar10({ split: 'test', directory, cache, count: 10 });
    expect([...labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(images.data[9 * 3072]).toBe(Math.fround(pixel(18, 0, 0, 0) / 255));
    for (const count of [0, 21, 1.5]) {
      await expect(loadCifar10({ split: 'test', directory, cache, count })).rejects.toThrow(ParameterError);
    }
  });

  it('reads the second time from the cache, which belongs to the content of the archive', async () => {
    await putJpegs();
    const first = await loadCifar10({ split: 'test', directory, cache });
    const files = readdirSync(cache);
    expect(files.map((name) => name.slice(-10)).sort()).toEqual(['images.npy', 'labels.npy']);
    expect(await loadCifar10({ split: 'test', directory, cache })).toEqual(first);
    // A damaged cache is not trusted.
    for (const name of files) writeFileSync(join(cache, name), 'damaged');
    expect(await loadCifar10({ split: 'test', directory, cache })).toEqual(first);
    const other = tarArchive([{ path: 'test/cat/1.jpg', bytes: await image(3) }]);
    put('cifar10-jpeg.tar.gz', gzipSync(other));
    expect([...(await loadCifar10({ split: 'test', directory, cache })).labels]).toEqual([3]);
  });

  it('does without a cache that cannot be written', async () => {
    await putJpegs();
    put('file', new Uint8Array(0));
    const { labels } = await loadCifar10({ split: 'test', directory, cache: join(directory, 'file', 'below') });
    expect(labels.length).toBe(20);
  });

  it('prefers the binary version, which needs no decoding', async () => {
    const batch = (seed: number) => new Uint8Array(2 * 3073).map((_, k) => (k % 3073 === 0 ? seed : (k + seed) % 256));
    put(
      'cifar-10-binary.tar.gz',
      gzipSync(
        tarArchive([
          { path: 'cifar-10-batches-bin/test_batch.bin', bytes: batch(7) },
          { path: 'cifar-10-batches-bin/data_batch_2.bin', bytes: batch(2) },
          { path: 'cifar-10-batches-bin/data_batch_1.bin', bytes: batch(1) },
        ]),
      ),
    );
    await putJpegs();
    const train = await loadCifar10({ split: 'train', directory, cache });
    expect([...train.labels]).toEqual([1, 1, 2, 2]);
    expect(train.images.data[2 * 3072]).toBe(Math.fround(3 / 255));
    expect([...(await loadCifar10({ split: 'test', directory, cache })).labels]).toEqual([7, 7]);
    expect(train.note).toBeUndefined();
    expect(existsSync(cache)).toBe(false);
    put(
      'cifar-10-binary.tar.gz',
      gzipSync(tarArchive([{ path: 'test_batch.bin', bytes: new Uint8Array(3073).fill(10) }])),
    );
    await expect(loadCifar10({ split: 'test', directory })).rejects.toThrow('expected labels 0 to 9');
  });

  it('says what is missing and where to get it', async () => {
    const load = loadCifar10({ split: 'test', directory, cache });
    await expect(load).rejects.toThrow(StorageError);
    await expect(load).rejects.toThrow(
      /expected cifar-10-binary.tar.gz or cifar10-jpeg.tar.gz in .*cs\.toronto\.edu\/~kriz/,
    );
    const misspelt = join(directory, 'dta');
    await expect(loadCifar10({ split: 'test', directory: misspelt })).rejects.toThrow(`the data folder ${misspelt}`);
  });

  it.each([
    ['no gzip file', () => new Uint8Array(100), 'expected a gzip file'],
    ['no images of the split', () => gzipSync(tarArchive([])), 'expected images of the split test'],
    [
      'an unknown class',
      () => gzipSync(tarArchive([{ path: 'test/lion/1.jpg', bytes: new Uint8Array(9) }])),
      'got test/lion/1.jpg',
    ],
    [
      'a damaged image',
      () => gzipSync(tarArchive([{ path: 'test/cat/1.jpg', bytes: new Uint8Array(9) }])),
      'expected an image in test/cat/1.jpg',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    put('cifar10-jpeg.tar.gz', bytes());
    const load = loadCifar10({ split: 'test', directory, cache });
    await expect(load).rejects.toThrow(FormatError);
    await expect(load).rejects.toThrow(message);
  });

  it('takes the stored numbers, whatever colour profile comes with them', async () => {
    const red = sharp({ create: { width: 32, height: 32, channels: 3, background: { r: 255, g: 0, b: 0 } } });
    const bytes = await red.withIccProfile('p3').png().toBuffer();
    put('cifar10-jpeg.tar.gz', gzipSync(tarArchive([{ path: 'test/cat/1.jpg', bytes }])));
    const { images } = await loadCifar10({ split: 'test', directory, cache });
    // The red of sRGB in the primaries of Display P3; 2 of 255 for the rounding of the profile's tables.
    for (const [c, stored] of [234, 51, 35].entries()) {
      expect(Math.abs(255 * images.data[c * 1024]! - stored)).toBeLessThanOrEqual(2);
    }
  });

  it('refuses an image that is too small', async () => {
    put('cifar10-jpeg.tar.gz', gzipSync(tarArchive([{ path: 'test/cat/1.jpg', bytes: await image(1, 32, 31) }])));
    await expect(loadCifar10({ split: 'test', directory, cache })).rejects.toThrow('got 32 x 31');
  });
});

describe('loadImageNetSamples', () => {
  const id = (k: number) => `n${String(1440764 + 7 * k).padStart(8, '0')}`;

  async function putSamples(classes: number): Promise<void> {
    const content = [await image(1, 12, 10), await image(2, 12, 10)];
    const entries = Array.from({ length: classes }, (_, k) => ({
      path: `./${id(k)}_label.jpg`,
      bytes: content[k % 2]!,
    }));
    put(
      'imagenet-samples.tar',
      tarArchive([{ path: './', bytes: new Uint8Array(0), type: '5' }, ...entries.reverse()]),
    );
  }

  it('numbers the classes by their ids and cuts out the centre', async () => {
    await putSamples(1000);
    const { images, labels } = await loadImageNetSamples({ directory, cache, size: 8 });
    expect(images.shape).toEqual([1000, 3, 8, 8]);
    expect([...labels]).toEqual(Array.from({ length: 1000 }, (_, k) => k));
    const at = (k: number, c: number, y: number, x: number) => images.data[((k * 3 + c) * 8 + y) * 8 + x];
    expect(at(0, 0, 0, 0)).toBe(Math.fround(pixel(1, 0, 1, 2) / 255));
    expect(at(999, 2, 7, 6)).toBe(Math.fround(pixel(2, 2, 8, 8) / 255));
    const some = await loadImageNetSamples({ directory, cache, size: 8, count: 4 });
    expect([...some.labels]).toEqual([0, 250, 500, 750]);
  });

  it('refuses an incomplete archive, in which classes have no numbers', async () => {
    await putSamples(999);
    await expect(loadImageNetSamples({ directory, cache, size: 8 })).rejects.toThrow('got 999 images of 999 classes');
  });

  it('says what is missing, and refuses odd sizes', async () => {
    await expect(loadImageNetSamples({ directory })).rejects.toThrow(
      /expected .*imagenet-samples.tar, got no such file/,
    );
    await expect(loadImageNetSamples({ directory, size: 0 })).rejects.toThrow(ParameterError);
  });
});
