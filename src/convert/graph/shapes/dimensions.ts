import { ShapeError } from '../../../base/errors.ts';

/** Sizes of a value; a size that is not known, as that of the batch, is a name. */
export type Dimensions = readonly (number | string)[];

export const product = (sizes: readonly number[]): number => sizes.reduce((total, n) => total * n, 1);

/**
 * The axis counted from the front.
 *
 * @throws ShapeError if there is none
 */
export function axisOf(axis: number, rank: number): number {
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new ShapeError('stage', `expected an axis of ${rank}, got ${axis}`);
}

/** The shape that two values have together by the broadcasting of ONNX; undefined where they do not fit. */
export function broadcast(a: Dimensions, b: Dimensions): Dimensions | undefined {
  const rank = Math.max(a.length, b.length);
  const sizes: (number | string)[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const p = a[axis - rank + a.length] ?? 1;
    const q = b[axis - rank + b.length] ?? 1;
    if (p !== q && p !== 1 && q !== 1) return undefined;
    sizes.push(p === 1 ? q : p);
  }
  return sizes;
}
