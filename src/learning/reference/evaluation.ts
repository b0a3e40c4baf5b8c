import type { Network } from '../../network/network.ts';
import { simulateReference } from '../../network/reference.ts';
import type { ReferenceParameters } from '../../network/reference-parameters.ts';
import type { ReferenceOptions, ReferenceTrace } from '../../network/reference-trace.ts';
import type { Batch } from '../../tensor/index.ts';
import { evaluateLoss, type Loss } from '../loss.ts';
import { type FiringRate, firingRateTerm, type Regulariser } from '../regularisers.ts';
import type { LearningRule } from '../rules.ts';

/** What is differentiated, how, and how it is simulated. */
export interface ReferenceTraining extends Pick<ReferenceOptions, 'dt' | 'seed' | 'initial'> {
  readonly loss: Loss;
  readonly regularisers?: readonly Regulariser[];
  /** Whether firing rates are taken per sequence, and the terms averaged, instead of over the batch. Default false. */
  readonly perSequence?: boolean;
  /** Default `bptt()`. */
  readonly rule?: LearningRule;
  /**
   * Feedback weights of e-prop by projection into the loss's population, in the order of its weights. Default: the
   * weights themselves, for symmetric feedback only.
   */
  readonly feedback?: Readonly<Record<string, ArrayLike<number>>>;
}

/** A forward pass with what its loss gave. */
export interface ReferenceEvaluation {
  readonly trace: ReferenceTrace;
  /** Task loss plus regularisation. */
  readonly loss: number;
  readonly taskLoss: number;
  /** Direct dE/d output of each population, [steps, batch, N]. */
  readonly dOutputs: Record<string, Float64Array>;
}

/** Simulates a batch in float64 and evaluates its loss with the derivative by every output. */
export function evaluateReference(
  network: Network,
  parameters: ReferenceParameters,
  batch: Batch,
  options: ReferenceTraining,
): ReferenceEvaluation {
  const { loss, regularisers = [], dt = 1, seed, initial } = options;
  const { steps, size: rows } = batch;
  const trace = simulateReference(network, parameters, batch.inputs, { dt, seed, initial, batch: rows, steps });
  const dOutputs = Object.fromEntries(
    Object.entries(trace.outputs).map(([name, output]) => [name, new Float64Array(output.length)]),
  );
  const classes = network.populations[loss.population]!.size;
  const layout = { steps, batch: rows, classes, stride: classes, rowOffset: 0 };
  const y = trace.outputs[loss.population]!;
  const { loss: taskLoss } = evaluateLoss(loss, batch, y, layout, dOutputs[loss.population]);
  let total = taskLoss;
  for (const regulariser of regularisers) {
    const { population } = regulariser;
    total += addRateTerm(trace.outputs[population]!, dOutputs[population]!, regulariser, batch, options);
  }
  return { trace, loss: total, taskLoss, dOutputs };
}

/** Adds a regulariser's dE/dz to `direct`; returns its loss. */
function addRateTerm(
  spikes: Float64Array,
  direct: Float64Array,
  { target, strength }: FiringRate,
  { steps, size: rows }: Batch,
  { dt = 1, perSequence = false }: ReferenceTraining,
): number {
  // The rows are one group, or each is a group of its own whose term weighs 1 / rows.
  const groups = perSequence ? rows : 1;
  const size = spikes.length / (steps * rows);
  const groupOf = (k: number) => Math.floor(k / size) % groups;
  const counts = Array.from({ length: groups }, () => new Float64Array(size));
  spikes.forEach((z, k) => {
    counts[groupOf(k)]![k % size]! += z;
  });
  const terms = counts.map((own) => firingRateTerm(own, { steps, batch: rows / groups, dt, target, strength }));
  for (let k = 0; k < direct.length; k++) direct[k]! += terms[groupOf(k)]!.gradient[k % size]! / groups;
  return terms.reduce((sum, { loss }) => sum + loss / groups, 0);
}
