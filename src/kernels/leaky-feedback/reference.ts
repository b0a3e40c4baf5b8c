import type { Kernels } from '../kernels.ts';
import { at, type Views } from '../views.ts';
import { STRIP } from './strips.ts';

/** Every product, zero or not, summed in float64. */
export function leakyFeedbackReference({ f32 }: Views): Pick<Kernels, 'leakyFeedback'> {
  return {
    leakyFeedback(batch, nPost, q, ldq, strips, nPre, h, ldh, decay, out, ldo) {
      for (let b = 0; b < batch; b++) {
        for (let i = 0; i < nPre; i++) {
          const strip = Math.floor(i / STRIP) * nPost;
          let sum = Math.fround(decay) * f32[at(h, b, ldh, i)]!;
          for (let j = 0; j < nPost; j++) sum += f32[at(q, b, ldq, j)]! * f32[at(strips, strip + j, STRIP, i % STRIP)]!;
          f32[at(h, b, ldh, i)] = sum;
          f32[at(out, b, ldo, i)]! += sum;
        }
      }
    },
  };
}
