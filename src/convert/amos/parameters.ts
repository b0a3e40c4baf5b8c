import { type AmosParameters, type Code, type CodeUnit, isCircuit } from '../few-spike/parameters.ts';

/** Units that stand in for one activation unit together: their outputs add up. */
export type AmosCode = readonly AmosParameters[];

/**
 * Unrolls a few-spike neuron in space: step t becomes neuron t, the reset of step j an inhibition of all later neurons. A unit stays
 * as it is.
 *
 * @eq stoeckl2020amos (unit)
 */
export function toAmos(unit: CodeUnit): AmosParameters {
  if (isCircuit(unit)) return unit;
  const { resets, ...shared } = unit;
  const { steps, thresholds, weights } = shared;
  const inhibition = new Float64Array(steps * steps);
  for (let i = 0; i < steps; i++) inhibition.set(resets.subarray(0, i), i * steps);
  const gains = new Float64Array(steps).fill(1);
  return { ...shared, thresholds: thresholds.slice(), weights: weights.slice(), gains, inhibition };
}

/** {@link toAmos} of every neuron of a code. */
export const toAmosCode = (code: Code): AmosCode => code.map(toAmos);
