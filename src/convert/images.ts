import { NumericsError, ShapeError, UnsupportedError } from '../base/errors.ts';
import type { ValueInfo } from './graph/graph.ts';
import type { Activity } from './runtime.ts';

/** Inputs of a network, [count, …]: at once, or piece by piece. */
export type ImageSource = Activity | Iterable<Activity> | AsyncIterable<Activity>;

/** Whether all images are at hand. */
export const isActivity = (source: ImageSource): source is Activity => 'data' in source && 'shape' in source;

/** Number of floats of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Images `from` … `to` - 1 of an activity, as a view. */
export function rows({ shape, data }: Activity, from: number, to: number): Activity {
  const size = sizeOf(shape.slice(1));
  return { shape: [to - from, ...shape.slice(1)], data: data.subarray(from * size, to * size) };
}

/**
 * Checks images against what a network takes.
 *
 * @param where - who asks, for the message
 * @throws ShapeError if shape and data disagree, or the shape with the network's input
 * @throws NumericsError on NaN or infinity, naming the image
 */
export function checkImages(where: string, images: Activity, input: ValueInfo): void {
  const { shape, data } = images;
  const expected = input.shape.slice(1);
  const fits =
    shape.length === expected.length + 1 &&
    expected.every((size, k) => typeof size === 'string' || size === shape[k + 1]);
  if (!fits) {
    throw new ShapeError(where, `expected images [count, ${expected.join(', ')}], got [${shape.join(', ')}]`, {
      hint: `that is the input "${input.name}" of the network, batch first`,
      fields: { shape, input: input.shape },
    });
  }
  if (sizeOf(shape) !== data.length) {
    throw new ShapeError(where, `expected ${sizeOf(shape)} numbers for [${shape.join(', ')}], got ${data.length}`);
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const image = Math.floor(bad / sizeOf(shape.slice(1)));
    throw new NumericsError(where, `expected finite images, got ${data[bad]} in image ${image}`, {
      hint: 'mend or leave out that image',
      fields: { image, index: bad },
    });
  }
}

/** @throws UnsupportedError if the network was exported for one size of batch only */
export function checkBatch(where: string, input: ValueInfo): void {
  if (typeof input.shape[0] === 'string') return;
  throw new UnsupportedError(
    where,
    `expected a batch of any size, got the input "${input.name}" [${input.shape.join(', ')}]`,
    {
      hint: 'export the network with a dynamic first axis',
      fields: { input: input.shape },
    },
  );
}

/**
 * Cuts images into batches. The last batch of a piece may be smaller.
 *
 * @throws what {@link checkImages} throws, on reaching the piece
 */
export async function* batchesOf(
  where: string,
  source: ImageSource,
  input: ValueInfo,
  size: number,
): AsyncGenerator<Activity> {
  for await (const piece of isActivity(source) ? [source] : source) {
    checkImages(where, piece, input);
    const count = piece.shape[0]!;
    for (let from = 0; from < count; from += size) yield rows(piece, from, Math.min(count, from + size));
  }
}
