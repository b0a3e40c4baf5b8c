import { fewSpike, offsetOf } from './evaluate.ts';
import type { Code } from './parameters.ts';

/** One factor of a product: its code and the input that it codes. */
export interface Factor {
  readonly code: Code;
  readonly x: number;
}

/** What a coincidence array put out. */
export interface Product {
  /** ŷ₁ ŷ₂. */
  readonly y: number;
  /** Pairs of spikes that met: each is one event of the array. */
  readonly coincidences: number;
}

/** The weights of the spikes that an input causes. */
function spikingWeights({ code, x }: Factor): number[] {
  return code.flatMap((neuron) => {
    const { spikes } = fewSpike(neuron, x);
    return [...neuron.weights].filter((_, t) => spikes[t]);
  });
}

/**
 * The product of two coded values, by spikes alone: a cell per pair of steps detects coincidences of z₁(t) and z₂(s) and passes on
 * d₁(t) d₂(s). Offsets multiply single spikes and need no cell.
 */
export function outerProduct(first: Factor, second: Factor): Product {
  const [a, b] = [spikingWeights(first), spikingWeights(second)];
  const [offsetA, offsetB] = [offsetOf(first.code), offsetOf(second.code)];
  let y = offsetA * offsetB;
  for (const weight of a) y += weight * offsetB;
  for (const weight of b) y += weight * offsetA;
  for (const left of a) for (const right of b) y += left * right;
  return { y, coincidences: a.length * b.length };
}
