import type { ActivationName } from './activations.ts';
import type { Code, CodeUnit } from './few-spike/parameters.ts';

/** Where activations end that do not grow on: beyond it a code that ends there too loses nothing. */
const ENDS: Partial<Record<ActivationName, number>> = { relu6: 6, 'hard-sigmoid': 6 };

const isBounded = ({ range: [low, high] }: CodeUnit) => Number.isFinite(low) && Number.isFinite(high);

/**
 * The width of the inputs that a neuron tells apart, for what is stated relative to it: its range, or α, which is twice the first
 * threshold, where the form saturates by itself.
 */
export const spanOf = (parameters: CodeUnit): number =>
  isBounded(parameters) ? parameters.range[1] - parameters.range[0] : 2 * parameters.thresholds[0]!;

/** The inputs between which no neuron of a code saturates or clamps although its activation goes on. */
export function reachOf(code: Code, activation: ActivationName): readonly [low: number, high: number] {
  let [low, high] = [-Infinity, Infinity];
  const end = ENDS[activation];
  for (const parameters of code) {
    const [from, to] = parameters.range;
    const span = spanOf(parameters);
    if (end !== undefined && span >= end) continue;
    low = Math.max(low, from);
    high = Math.min(high, to);
    if (isBounded(parameters)) continue;
    // Up to α nothing is lost but what is below the least step.
    if (parameters.sign > 0) high = Math.min(high, span);
    else low = Math.max(low, -span);
  }
  return [low, high];
}
