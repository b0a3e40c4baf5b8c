import { ParameterError } from '../../../base/errors.ts';
import type { FewSpikeParameters } from '../parameters.ts';
import { fitErrors } from './fit.ts';
import { fitTarget, type Weighting } from './target.ts';

/**
 * Parameters from a fit that resets at the start of a step, with the index of that step, in the convention used here, where the
 * reset follows the spike: h(t) is theirs of t + 1, and the last has no effect.
 */
export function fromResetFirst(parameters: FewSpikeParameters): FewSpikeParameters {
  const resets = new Float64Array(parameters.steps);
  resets.set(parameters.resets.subarray(1));
  return { ...parameters, resets };
}

/**
 * Checks that a neuron has the error that its fit reported: parameters of another convention, or of another function, do not.
 *
 * @param claim.mse - weighted mean squared error over the range
 * @param claim.tolerance - relative; default 0.01
 * @throws ParameterError if the error is another one
 */
export function verifyFit(
  parameters: FewSpikeParameters,
  f: (x: number) => number,
  claim: { readonly mse: number; readonly weighting?: Weighting; readonly tolerance?: number },
): void {
  const { mse: expected, weighting = 'uniform', tolerance = 0.01 } = claim;
  const { mse } = fitErrors(parameters, f, fitTarget(f, parameters.range, weighting));
  if (Math.abs(mse - expected) <= tolerance * expected) return;
  throw new ParameterError('verifyFit', `expected a mean squared error of ${expected}, got ${mse}`, {
    hint: 'resets of a fit that resets first are one step late: see fromResetFirst',
    fields: { expected, mse },
  });
}
