import { ParameterError } from '../../base/errors.ts';
import type { Activity } from '../../convert/runtime.ts';

/** Images of a data set with their classes. */
export interface ImageSet {
  /** Pixels 0 to 1, [n, 3, height, width]; channels red, green, blue. */
  readonly images: Activity;
  /** Classes from 0, [n]. */
  readonly labels: Int32Array;
  /** Where the images were found: a folder or an archive. */
  readonly source: string;
  /** What to say beside a figure measured on these images; absent for the original. */
  readonly note?: string;
}

/** The same as stored: pixels 0 to 255. */
export interface PixelSet {
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly shape: readonly number[];
  readonly labels: Int32Array<ArrayBuffer>;
}

/**
 * Takes `count` images evenly spread over a set, all of it without a count. Sets that are stored class by class keep all
 * their classes so.
 *
 * @throws ParameterError if the count is no integer from 1 to the number of images
 */
export function imageSet(where: string, { pixels, shape, labels }: PixelSet, source: string, count?: number): ImageSet {
  const total = labels.length;
  const n = count ?? total;
  if (!Number.isInteger(n) || n < 1 || n > total) {
    throw new ParameterError(where, `expected count from 1 to ${total}, got ${count}`, { fields: { count, total } });
  }
  const size = pixels.length / total;
  const data = new Float32Array(n * size);
  const picked = new Int32Array(n);
  for (let k = 0; k < n; k++) {
    const image = Math.floor((k * total) / n);
    picked[k] = labels[image]!;
    for (let i = 0; i < size; i++) data[k * size + i] = pixels[image * size + i]! / 255;
  }
  return { images: { shape: [n, ...shape.slice(1)], data }, labels: picked, source };
}
