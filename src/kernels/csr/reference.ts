import type { Kernels } from '../kernels.ts';
import { at, hasSpike, type Views } from '../views.ts';

type CsrKernels = Pick<
  Kernels,
  'csrGatherSpikes' | 'csrGatherFloats' | 'csrBackward' | 'csrGradientSpikes' | 'csrGradientFloats'
>;

/** Synapse by synapse; every stored sum is rounded to float32. */
export function csrReference(views: Views): CsrKernels {
  const { f32, u32 } = views;

  const eachSynapse = (
    nPre: number,
    rowPtr: number,
    post: number,
    visit: (i: number, k: number, j: number) => void,
  ) => {
    for (let i = 0; i < nPre; i++) {
      const end = u32[at(rowPtr, 0, 0, i + 1)]!;
      for (let k = u32[at(rowPtr, 0, 0, i)]!; k < end; k++) visit(i, k, u32[at(post, 0, 0, k)]!);
    }
  };
  const clear = (batch: number, n: number, out: number, ldo: number) => {
    for (let b = 0; b < batch; b++) f32.fill(0, at(out, b, ldo), at(out, b, ldo, n));
  };

  return {
    csrGatherSpikes(batch, nPre, bits, rowBytes, rowPtr, post, w, nPost, out, ldo, accumulate) {
      if (!accumulate) clear(batch, nPost, out, ldo);
      for (let b = 0; b < batch; b++) {
        eachSynapse(nPre, rowPtr, post, (i, k, j) => {
          if (hasSpike(views, bits, rowBytes, b, i)) f32[at(out, b, ldo, j)]! += f32[at(w, 0, 0, k)]!;
        });
      }
    },
    csrGatherFloats(batch, nPre, x, ldx, rowPtr, post, w, nPost, out, ldo, accumulate) {
      if (!accumulate) clear(batch, nPost, out, ldo);
      for (let b = 0; b < batch; b++) {
        eachSynapse(nPre, rowPtr, post, (i, k, j) => {
          f32[at(out, b, ldo, j)]! += f32[at(x, b, ldx, i)]! * f32[at(w, 0, 0, k)]!;
        });
      }
    },
    csrBackward(batch, nPre, rowPtr, post, w, g, ldg, dx, ldx, accumulate) {
      if (!accumulate) clear(batch, nPre, dx, ldx);
      for (let b = 0; b < batch; b++) {
        eachSynapse(nPre, rowPtr, post, (i, k, j) => {
          f32[at(dx, b, ldx, i)]! += f32[at(w, 0, 0, k)]! * f32[at(g, b, ldg, j)]!;
        });
      }
    },
    csrGradientSpikes(steps, batch, nPre, bits, rowBytes, rowPtr, post, g, ldg, dw) {
      for (let s = steps - 1; s >= 0; s--) {
        for (let row = s * batch; row < (s + 1) * batch; row++) {
          eachSynapse(nPre, rowPtr, post, (i, k, j) => {
            if (hasSpike(views, bits, rowBytes, row, i)) f32[at(dw, 0, 0, k)]! += f32[at(g, row, ldg, j)]!;
          });
        }
      }
    },
    csrGradientFloats(batch, nPre, x, ldx, rowPtr, post, g, ldg, dw) {
      for (let b = 0; b < batch; b++) {
        eachSynapse(nPre, rowPtr, post, (i, k, j) => {
          f32[at(dw, 0, 0, k)]! += f32[at(x, b, ldx, i)]! * f32[at(g, b, ldg, j)]!;
        });
      }
    },
  };
}
