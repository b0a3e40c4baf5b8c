import type { Kernels } from '../kernels.ts';
import { at, type Views } from '../views.ts';

const f = Math.fround;

/** Float32 arithmetic, one rounding per operation: the kernels give the same bits. */
export function optimisersReference({ f32 }: Views): Pick<Kernels, 'adamStep' | 'sgdStep'> {
  const decayed = (weight: number, decay: number) => f(weight - f(f(decay) * weight));
  return {
    adamStep(count, w, g, m, v, stepSize, beta1, beta2, epsilon, weightDecay) {
      const [b1, b2, c1, c2] = [f(beta1), f(beta2), f(1 - beta1), f(1 - beta2)];
      for (let i = 0; i < count; i++) {
        const gradient = f32[at(g) + i]!;
        const mean = f(f(b1 * f32[at(m) + i]!) + f(c1 * gradient));
        const square = f(f(b2 * f32[at(v) + i]!) + f(c2 * f(gradient * gradient)));
        f32[at(m) + i] = mean;
        f32[at(v) + i] = square;
        const change = f(f(f(stepSize) * mean) / f(f(Math.sqrt(square)) + f(epsilon)));
        f32[at(w) + i] = decayed(f32[at(w) + i]!, weightDecay) - change;
      }
    },
    sgdStep(count, w, g, velocity, learningRate, momentum, weightDecay) {
      for (let i = 0; i < count; i++) {
        const speed = f(f(f(momentum) * f32[at(velocity) + i]!) + f32[at(g) + i]!);
        f32[at(velocity) + i] = speed;
        f32[at(w) + i] = decayed(f32[at(w) + i]!, weightDecay) - f(f(learningRate) * speed);
      }
    },
  };
}
