import type { Kernels } from '../kernels.ts';
import { at, type Views } from '../views.ts';

type VectorKernels = Pick<
  Kernels,
  'fill' | 'addInto' | 'scale' | 'transpose' | 'zeroDiagonal' | 'zeroPad' | 'sumSquares' | 'allFinite'
>;

/** Element by element. */
export function vectorsReference({ f32 }: Views): VectorKernels {
  return {
    fill(dst, count, value) {
      f32.fill(value, at(dst), at(dst) + count);
    },
    addInto(dst, src, count) {
      for (let i = 0; i < count; i++) f32[at(dst) + i]! += f32[at(src) + i]!;
    },
    scale(dst, count, factor) {
      for (let i = 0; i < count; i++) f32[at(dst) + i]! *= Math.fround(factor);
    },
    transpose(rows, cols, src, lds, dst, ldd) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < cols; c++) f32[at(dst, c, ldd, r)] = f32[at(src, r, lds, c)]!;
      }
    },
    zeroDiagonal(n, w, ldw) {
      for (let i = 0; i < n; i++) f32[at(w, i, ldw, i)] = 0;
    },
    zeroPad(rows, cols, w, ldw) {
      for (let r = 0; r < rows; r++) f32.fill(0, at(w, r, ldw, cols), at(w, r + 1, ldw));
    },
    sumSquares(src, count) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += f32[at(src) + i]! ** 2;
      return sum;
    },
    allFinite(src, count) {
      for (let i = 0; i < count; i++) if (!Number.isFinite(f32[at(src) + i])) return i;
      return -1;
    },
  };
}
