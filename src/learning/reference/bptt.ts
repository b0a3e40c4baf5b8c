import type { Network } from '../../network/network.ts';
import type { ReferenceParameters } from '../../network/reference-parameters.ts';
import type { ReferenceTrace } from '../../network/reference-trace.ts';
import type { Batch } from '../../tensor/index.ts';
import { bptt, checkRule } from '../rules.ts';
import { evaluateReference, type ReferenceTraining } from './evaluation.ts';
import { backwardWeights } from './feedback.ts';
import { type ReferenceGradients, ReferenceSweep } from './sweep.ts';

export type { ReferenceTraining } from './evaluation.ts';
export type { ReferenceGradients } from './sweep.ts';

/** The loss of a batch with regularisation, in float64. */
export const referenceLoss = (
  network: Network,
  parameters: ReferenceParameters,
  batch: Batch,
  options: ReferenceTraining,
): number => evaluateReference(network, parameters, batch, options).loss;

/** What {@link referenceGradient} found. */
export interface ReferenceResult {
  /** Task loss plus regularisation. */
  readonly loss: number;
  readonly taskLoss: number;
  readonly gradients: ReferenceGradients;
  readonly trace: ReferenceTrace;
}

/**
 * Gradients in float64, by a sweep backwards through the adjoint of each neuron's step: the oracle for the trainer.
 *
 * Backpropagation through time is exact where the equations are smooth; spike() contributes its pseudo-derivative. With
 * the rule `eprop`, dE/d current goes back to another population only through projections into the loss's population,
 * with feedback weights in place of their own: the sums that eligibility traces give forwards, see `referenceEprop`.
 * What came before the first step counts as given.
 *
 * @throws ParameterError, ShapeError if the rule's feedback does not fit the network
 * @eq werbos1990bptt (backpropagation through time)
 * @eq bellec2020eprop (1)
 */
export function referenceGradient(
  network: Network,
  parameters: ReferenceParameters,
  batch: Batch,
  options: ReferenceTraining,
): ReferenceResult {
  const { rule = bptt(), dt = 1 } = options;
  checkRule(rule);
  const backward = backwardWeights(network, parameters, rule, options);
  const evaluation = evaluateReference(network, parameters, batch, options);
  const sweep = new ReferenceSweep(network, parameters, evaluation, { detachReset: rule.detachReset, backward });
  for (let t = batch.steps; t >= 1; t--) sweep.step(t);
  const { loss, taskLoss, trace } = evaluation;
  return { loss, taskLoss, gradients: sweep.finish(dt), trace };
}
