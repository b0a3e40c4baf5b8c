import { randomExponential, randomNormal, randomUniform } from '../../base/random.ts';
import type { Kernels, PhiloxFill } from '../kernels.ts';
import { at, type Views } from '../views.ts';

/** Draw by draw, through the definitions in base/random.ts. */
export function randomReference({ f32 }: Views): Pick<Kernels, 'philoxUniform' | 'philoxNormal' | 'philoxExponential'> {
  const fillWith =
    (draw: typeof randomUniform): PhiloxFill =>
    (seedLow, seedHigh, stream, step, rowStart, batch, n, out, ldo) => {
      const seed = (seedHigh >>> 0) * 2 ** 32 + (seedLow >>> 0);
      for (let b = 0; b < batch; b++) {
        for (let i = 0; i < n; i++) f32[at(out, b, ldo, i)] = draw(seed, stream, step, (rowStart + b) * n + i);
      }
    };
  return {
    philoxUniform: fillWith(randomUniform),
    philoxNormal: fillWith(randomNormal),
    philoxExponential: fillWith(randomExponential),
  };
}
