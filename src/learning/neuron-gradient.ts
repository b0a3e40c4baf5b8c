import { derivedAdjoint } from '../expr/index.ts';
import type { Engine, NeuronValues } from '../network/index.ts';
import type { NeuronSegment } from './parameter-segments.ts';

/** dE/d base parameter from the adjoint's sums for base and derived names, by the chain rule; summed when shared. */
export function neuronGradient(
  engine: Engine,
  segment: NeuronSegment,
  values: Readonly<Record<string, NeuronValues>>,
): Float32Array {
  const own = engine.layout.populations[segment.name]!;
  const sums = Object.entries(own.adjoint!.dParams).map(([key, at]) => [key, engine.floats(at, own.padded)] as const);
  const gradient = new Float32Array(segment.values);
  for (let n = 0; n < own.size; n++) {
    const base = Object.fromEntries(Object.entries(values).map(([key, all]) => [key, all[all.length === 1 ? 0 : n]!]));
    const seeds = Object.fromEntries(sums.map(([key, all]) => [key, all[n]!]));
    const chained = derivedAdjoint(own.plan.program, base, engine.options.dt, seeds);
    gradient[segment.values === 1 ? 0 : n]! += chained[segment.parameter]!;
  }
  return gradient;
}
