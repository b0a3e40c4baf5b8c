import { describe, expect, it } from 'vitest';
import { optimisersReference } from '../kernels/optimisers/reference.ts';
import { adam, adamStepSize, clipScale, type Optimiser, sgd } from './optimisers.ts';

/** One value after updates with the given gradients, one after another, by the kernels' definition in float32. */
function run(optimiser: Optimiser, start: number, gradients: readonly number[], rate: number): number {
  const f32 = Float32Array.of(start, 0, 0, 0);
  const bytes = { i32: new Int32Array(f32.buffer), u32: new Uint32Array(f32.buffer), u8: new Uint8Array(f32.buffer) };
  const kernels = optimisersReference({ f32, ...bytes });
  const decay = rate * optimiser.weightDecay;
  gradients.forEach((g, k) => {
    f32[1] = g;
    if (optimiser.kind === 'sgd') kernels.sgdStep(1, 0, 4, 8, rate, optimiser.momentum, decay);
    else {
      const { beta1, beta2, epsilon } = optimiser;
      kernels.adamStep(1, 0, 4, 8, 12, adamStepSize(optimiser, rate, k + 1), beta1, beta2, epsilon, decay);
    }
  });
  return f32[0]!;
}

describe('optimisers', () => {
  it('adam moves by the learning rate under a constant gradient of any size', () => {
    // m = (1 - β1^t) g and v = (1 - β2^t) g², so every update is η sign(g); float32 knows 1 - β2 to 2e-5 only.
    for (const g of [3, -0.5]) {
      expect(run(adam({ learningRate: 0.01 }), 1, Array(50).fill(g), 0.01)).toBeCloseTo(1 - 0.5 * Math.sign(g), 4);
    }
  });

  it('adam keeps epsilon outside the bias correction', () => {
    // First update with g = ε / √(1 - β2): √v = ε, so half of the full step is taken whatever β2 is.
    const optimiser = adam({ learningRate: 1, epsilon: 1e-3 });
    const g = 1e-3 / Math.sqrt(1 - optimiser.beta2);
    expect(run(optimiser, 0, [g], 1)).toBeCloseTo(-0.5, 4); // float32, in which 1 - β2 has lost three digits
  });

  it('adam forgets its bias correction with time', () => {
    expect(adamStepSize(adam({ learningRate: 0.3 }), 0.3, 100_000)).toBeCloseTo(0.3, 12);
    const first = adamStepSize(adam({ learningRate: 0.3 }), 0.3, 1);
    expect(first).toBeCloseTo((0.3 * Math.sqrt(0.001)) / 0.1, 12);
  });

  it('sgd with momentum sums a geometric series', () => {
    expect(run(sgd({ learningRate: 1, momentum: 0.5 }), 0, [1, 0, 0, 0], 1)).toBe(-(1 + 0.5 + 0.25 + 0.125));
    expect(run(sgd({ learningRate: 1 }), 0, [1, 2, 3], 0.5)).toBe(-3);
  });

  it('weight decay is decoupled from the gradient', () => {
    expect(run(sgd({ learningRate: 1, weightDecay: 0.5 }), 8, [0, 0], 0.5)).toBe(8 * 0.75 * 0.75);
    expect(run(adam({ learningRate: 1, weightDecay: 0.5 }), 8, [0, 0], 0.5)).toBe(8 * 0.75 * 0.75);
  });

  it('clipScale brings the norm to its maximum and no lower', () => {
    expect(clipScale(25, 10)).toBe(1);
    expect(clipScale(400, 5)).toBe(0.25);
    expect(clipScale(0, 0)).toBe(1);
    expect(() => clipScale(NaN, 1)).toThrow(/^clipScale: expected a finite gradient/);
  });

  it('refuses options out of range', () => {
    expect(() => adam({ learningRate: 0.1, beta1: 1 })).toThrow(/^adam: expected beta1 from 0 to below 1, got 1$/);
    expect(() => adam({ learningRate: -0.1 })).toThrow(/learningRate/);
    expect(() => adam({ learningRate: 0.1, epsilon: 0 })).toThrow(/epsilon/);
    expect(() => sgd({ learningRate: 0.1, weightDecay: -1 })).toThrow(/weightDecay/);
  });
});
