import type { Gemm, Kernels } from '../kernels.ts';
import { at, type Views } from '../views.ts';

/** Products summed in float64. */
export function gemmReference({ f32 }: Views): Pick<Kernels, 'gemmNN' | 'gemmTN' | 'gemmNT'> {
  const gemm =
    (transposeA: boolean, transposeB: boolean): Gemm =>
    (m, n, k, a, lda, b, ldb, c, ldc, accumulate) => {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          const target = at(c, i, ldc, j);
          let sum = accumulate ? f32[target]! : 0;
          for (let l = 0; l < k; l++) {
            const left = transposeA ? at(a, l, lda, i) : at(a, i, lda, l);
            const right = transposeB ? at(b, j, ldb, l) : at(b, l, ldb, j);
            sum += f32[left]! * f32[right]!;
          }
          f32[target] = sum;
        }
      }
    };
  return { gemmNN: gemm(false, false), gemmTN: gemm(true, false), gemmNT: gemm(false, true) };
}
