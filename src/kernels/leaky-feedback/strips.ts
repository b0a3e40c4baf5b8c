import type { Kernels } from '../kernels.ts';

/** Columns of a strip: what `leakyFeedback` sums at a time. */
export const STRIP = 28;

/** Bytes of scratch memory for `leakyFeedback`: the non-zeros of 256 columns, and where the lists end. */
export const leakyScratchBytes = (batch: number, post: number): number => 4 * batch * (1 + 2 * Math.min(256, post));

/** Floats of a [pre, post] matrix in strips; its address must hold 0 in the columns past `pre`. */
export const stripFloats = (pre: number, post: number): number => Math.ceil(pre / STRIP) * post * STRIP;

/** Writes w [pre, ldw] as the strips of `leakyFeedback`: element (s, j, c) is w[28 s + c, j]. Columns past `pre` stay. */
export function writeStrips(
  kernels: Pick<Kernels, 'transpose'>,
  { pre, post, w, ldw, strips }: { pre: number; post: number; w: number; ldw: number; strips: number },
): void {
  for (let i = 0; i < pre; i += STRIP) {
    kernels.transpose(Math.min(STRIP, pre - i), post, w + 4 * i * ldw, ldw, strips + 4 * i * post, STRIP);
  }
}
