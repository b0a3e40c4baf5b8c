import { ParameterError } from '../../base/errors.ts';
import type { Network } from '../../network/network.ts';
import type { ReferenceParameters } from '../../network/reference-parameters.ts';
import type { Batch } from '../../tensor/index.ts';
import { bptt } from '../rules.ts';
import { type EpropResult, emptyGradients, OnlineSequence } from './eprop.ts';
import { evaluateReference, type ReferenceEvaluation, type ReferenceTraining } from './evaluation.ts';
import { backwardWeights } from './feedback.ts';
import { type BoundaryAdjoints, ReferenceSweep } from './sweep.ts';

/** As {@link ReferenceTraining} without a choice of rule. */
export interface ReferenceWindows extends Omit<ReferenceTraining, 'rule' | 'feedback'> {
  /** Steps of a window; the last one may be shorter. */
  readonly window: number;
  /**
   * What the steps after `end`, the last step of a window, hand back to it; undefined: nothing is handed back.
   * Default: nothing everywhere, and gradients are truncated to influences within a window.
   */
  readonly boundary?: (end: number) => BoundaryAdjoints | undefined;
}

interface Window {
  readonly first: number;
  readonly last: number;
}

function windowsOf(steps: number, length: number): Window[] {
  if (!(Number.isInteger(length) && length > 0)) {
    throw new ParameterError('e-prop in windows', `expected a window of 1, 2, 3 … steps, got ${length}`);
  }
  const count = Math.ceil(steps / length);
  return Array.from({ length: count }, (_, w) => ({ first: w * length + 1, last: Math.min((w + 1) * length, steps) }));
}

type Paths = ConstructorParameters<typeof ReferenceSweep>[3];

/** Every path counts; the reset belongs to the learning signals, not to the traces. */
function everyPath(network: Network, parameters: ReferenceParameters, options: ReferenceWindows): Paths {
  return {
    detachReset: false,
    backward: backwardWeights(network, parameters, bptt(), options),
    learningSignals: true,
  };
}

/**
 * E-prop with learning signals by backpropagation through time within windows, in float64: eligibility traces carry the
 * past across the border of a window, boundary adjoints stand for the future. With the true adjoints (see
 * {@link boundaryAdjoints}) the sum over windows is the gradient of backpropagation through time.
 *
 * @throws ParameterError for a window that is no positive integer
 * @eq bellec2020eprop (1)
 */
export function referenceEpropWindows(
  network: Network,
  parameters: ReferenceParameters,
  batch: Batch,
  options: ReferenceWindows,
): EpropResult {
  const windows = windowsOf(batch.steps, options.window);
  const evaluation = evaluateReference(network, parameters, batch, options);
  const { trace, loss, taskLoss } = evaluation;
  const setting = {
    network,
    parameters,
    trace,
    detachReset: true,
    readout: options.loss.population,
    feedback: {},
  };
  const sequences = Array.from({ length: batch.size }, (_, b) => new OnlineSequence(setting, b));
  const paths = everyPath(network, parameters, options);
  const weights = emptyGradients(parameters);
  for (const window of windows) {
    const boundary = options.boundary?.(window.last);
    const signals = signalsOf(network, parameters, evaluation, { ...paths, boundary }, window);
    for (let t = window.first; t <= window.last; t++) {
      for (const sequence of sequences) sequence.step(t, signals, weights);
    }
  }
  return { loss, taskLoss, gradients: { weights }, trace };
}

/** Learning signals of the steps of one window, [steps, batch, N] by population; others are meaningless. */
function signalsOf(
  network: Network,
  parameters: ReferenceParameters,
  evaluation: ReferenceEvaluation,
  paths: Paths,
  { first, last }: Window,
): Record<string, Float64Array> {
  const sweep = new ReferenceSweep(network, parameters, evaluation, paths);
  for (let t = last; t >= first; t--) sweep.step(t);
  return sweep.learningSignals();
}

/** The true boundary adjoints at the end of every window but the last, by one sweep over all steps. */
export function boundaryAdjoints(
  network: Network,
  parameters: ReferenceParameters,
  batch: Batch,
  options: ReferenceWindows,
): Map<number, BoundaryAdjoints> {
  const ends = new Set(windowsOf(batch.steps, options.window).map(({ last }) => last));
  const evaluation = evaluateReference(network, parameters, batch, options);
  const sweep = new ReferenceSweep(network, parameters, evaluation, everyPath(network, parameters, options));
  const found = new Map<number, BoundaryAdjoints>();
  for (let t = batch.steps; t >= 1; t--) {
    if (ends.has(t) && t < batch.steps) found.set(t, sweep.boundary());
    sweep.step(t);
  }
  return found;
}
