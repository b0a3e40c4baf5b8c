import type { Kernels } from '../kernels.ts';
import { at, type Views } from '../views.ts';

/** Weights of known signs, one after the other. */
export function rewiringReference({ f32, u32, u8 }: Views): Pick<Kernels, 'pullWeights'> {
  return {
    pullWeights(count, w, signs, noise, gone, pull, deviation, floor) {
      let listed = 0;
      for (let k = 0; k < count; k++) {
        const sign = u8[signs + k]! < 128 ? 1 : -1;
        let theta = sign * f32[at(w) + k]! - pull;
        if (deviation !== 0) theta += deviation * f32[at(noise) + k]!;
        f32[at(w) + k] = sign * Math.max(theta, floor);
        if (f32[at(w) + k] === 0) u32[at(gone) + listed++] = k;
      }
      return listed;
    },
  };
}
