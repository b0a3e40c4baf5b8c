import { exp, log } from '../../base/math.ts';
import type { Kernels } from '../kernels.ts';
import { at, type Views } from '../views.ts';

/** Row by row in float64. */
export function softmaxReference({ f32, i32 }: Views): Pick<Kernels, 'softmaxCrossEntropy'> {
  return {
    softmaxCrossEntropy(rows, classes, logits, ldl, labels, weight, dLogits, ldd) {
      let loss = 0;
      for (let r = 0; r < rows; r++) {
        const label = i32[at(labels) + r]!;
        const x = Array.from(f32.subarray(at(logits, r, ldl), at(logits, r, ldl, classes)));
        f32.fill(0, at(dLogits, r, ldd), at(dLogits, r, ldd, (classes + 3) & ~3));
        if (label < 0) continue;
        const top = Math.max(...x);
        const sum = x.reduce((total, value) => total + exp(value - top), 0);
        for (let c = 0; c < classes; c++) {
          const softmax = exp(x[c]! - top) / sum;
          f32[at(dLogits, r, ldd, c)] = weight * (softmax - (c === label ? 1 : 0));
        }
        loss += log(sum) + top - x[label]!;
      }
      return loss;
    },
  };
}
