import type { ProductGate } from '../graph/stages.ts';
import { sizeOf } from '../images.ts';

/**
 * Pairs of spikes that meet in a product: for each element of it, the spikes of one factor times those of the other.
 *
 * @param shapes - of the factors, of one image
 * @param counts - spikes of each element of the factors, [images, …]
 */
export function coincidences(
  { inputs }: ProductGate,
  shapes: ReadonlyMap<string, readonly number[]>,
  counts: ReadonlyMap<string, Float32Array>,
): number {
  const [a, b] = inputs.map((name) => ({ shape: shapes.get(name)!, data: counts.get(name)! })) as [Factor, Factor];
  const images = a.data.length / sizeOf(a.shape);
  const rank = Math.max(a.shape.length, b.shape.length);
  const output = Array.from({ length: rank }, (_, k) => Math.max(sizeAt(a.shape, rank, k), sizeAt(b.shape, rank, k)));
  const [stepsA, stepsB] = [stridesIn(a.shape, output), stridesIn(b.shape, output)];
  const inner = output.at(-1) ?? 1;
  const [innerA, innerB] = [stepsA.at(-1) ?? 0, stepsB.at(-1) ?? 0];
  let total = 0;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < sizeOf(output) / inner; row++) {
      let [atA, atB] = [image * sizeOf(a.shape), image * sizeOf(b.shape)];
      for (let k = rank - 2, rest = row; k >= 0; k--) {
        const index = rest % output[k]!;
        rest = Math.floor(rest / output[k]!);
        atA += index * stepsA[k]!;
        atB += index * stepsB[k]!;
      }
      for (let i = 0; i < inner; i++) total += a.data[atA + i * innerA]! * b.data[atB + i * innerB]!;
    }
  }
  return total;
}

interface Factor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Size along an axis of the broadcast result; missing axes come first and have size 1. */
const sizeAt = (shape: readonly number[], rank: number, axis: number): number =>
  shape[axis - (rank - shape.length)] ?? 1;

/** Floats from one index to the next, by axis of the result; 0 along axes that are repeated. */
function stridesIn(shape: readonly number[], output: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let k = output.length - 1; k >= 0; k--) {
    const size = sizeAt(shape, output.length, k);
    strides[k] = size === 1 ? 0 : stride;
    stride *= size;
  }
  return strides;
}
