import { ShapeError, UnsupportedError } from '../base/errors.ts';
import { exp, log } from '../base/math.ts';
import { NO_LABEL } from '../tensor/index.ts';
import { checkLossBatch, decisionsOf, targetOf } from './loss-checks.ts';
import type { Loss, LossBatch } from './loss-kinds.ts';

export { type Loss, type LossBatch, softmaxCrossEntropy, squaredError } from './loss-kinds.ts';

/** How a readout y lies in memory: [steps, batch, stride], its first `classes` columns valid. */
export interface ReadoutLayout {
  readonly steps: number;
  /** Step of the batch that is the first of y; default 0. A part gives the loss and derivatives of its steps alone. */
  readonly from?: number;
  /** Rows of y, a part of the batch. */
  readonly batch: number;
  readonly classes: number;
  readonly stride: number;
  /** Row of the whole batch that is row 0 of y. */
  readonly rowOffset: number;
}

/** A loss and what it counted; losses, correct and decisions of the parts of a batch add up to those of the batch. */
export interface LossResult {
  readonly loss: number;
  /** Labelled decisions whose largest mean output is the label; the first of equals counts as the largest. */
  readonly correct: number;
  readonly decisions: number;
  /** Class with the largest mean output, [window, batch of the layout]; -1 where there is no label. */
  readonly predictions: Int32Array;
}

/** What the sum of a loss's terms over the whole batch is divided by: its labelled decisions, or its sequences. */
export function lossNormaliser(loss: Loss, batch: LossBatch): number {
  if (loss.kind === 'squaredError') return batch.size;
  const { labels } = decisionsOf(batch);
  let count = 0;
  for (let k = 0; k < labels.length; k++) if (labels[k] !== NO_LABEL) count++;
  return count;
}

/**
 * Evaluates a loss on (a part of) a batch, in float64, with the same bits on every engine.
 *
 * @param y - the readout, see {@link ReadoutLayout}
 * @param dy - overwritten by dE/dy in the layout of y, zero in columns beyond `classes`; left out: no derivative
 * @param normaliser - {@link lossNormaliser} of the whole batch, so that parts add up
 * @throws ShapeError if y, the windows or the targets do not fit; ParameterError for a label that is no class
 */
export function evaluateLoss(
  loss: Loss,
  batch: LossBatch,
  y: ArrayLike<number>,
  layout: ReadoutLayout,
  dy?: Float32Array | Float64Array,
  normaliser: number = lossNormaliser(loss, batch),
): LossResult {
  const { steps, from = 0, batch: rows, classes, stride, rowOffset } = layout;
  const count = steps * rows * stride;
  if (y.length < count || (dy && dy.length < count)) {
    throw new ShapeError(
      'evaluateLoss',
      `expected y and dy of ${count} values, got ${y.length} and ${dy?.length ?? 'none'}`,
    );
  }
  const whole = from === 0 && steps === batch.steps;
  if (!whole && loss.kind === 'softmaxCrossEntropy' && loss.over === 'mean') {
    throw new UnsupportedError('evaluateLoss', 'expected all steps for a loss of the mean over a window, got a part', {
      hint: "use softmaxCrossEntropy({ over: 'steps' })",
    });
  }
  if (from < 0 || from + steps > batch.steps || rowOffset < 0 || rowOffset + rows > batch.size || classes > stride) {
    throw new ShapeError(
      'evaluateLoss',
      `expected steps within ${batch.steps} and rows within ${batch.size}, got steps ${from} to ${from + steps - 1}, rows ${rowOffset} to ${rowOffset + rows - 1}, ${classes} classes in ${stride} columns`,
    );
  }
  // Who evaluates parts has checked the whole batch once.
  if (whole) checkLossBatch(loss, batch, classes);
  dy?.fill(0, 0, count);
  return loss.kind === 'squaredError'
    ? sumOfSquares(loss.population, batch, y, layout, dy, normaliser)
    : crossEntropy(loss.over, batch, y, layout, dy, normaliser);
}

function crossEntropy(
  over: 'mean' | 'steps',
  batch: LossBatch,
  y: ArrayLike<number>,
  { steps, from = 0, batch: rows, classes, stride, rowOffset }: ReadoutLayout,
  dy: Float32Array | Float64Array | undefined,
  normaliser: number,
): LossResult {
  const { start, length, labels } = decisionsOf(batch);
  const predictions = new Int32Array(start.length * rows).fill(NO_LABEL);
  const logits = new Float64Array(classes);
  let [loss, correct, decisions] = [0, 0, 0];
  for (let w = 0; w < start.length; w++) {
    for (let b = 0; b < rows; b++) {
      const label = labels[w * batch.size + rowOffset + b]!;
      if (label === NO_LABEL) continue;
      const begin = Math.max(start[w]!, from);
      const end = Math.min(start[w]! + length[w]!, from + steps);
      if (begin >= end) continue;
      const first = ((begin - from) * rows + b) * stride;
      if (end - begin === length[w]!) {
        windowMean(y, first, rows * stride, length[w]!, logits);
        const predicted = largest(logits);
        predictions[w * rows + b] = predicted;
        decisions++;
        if (predicted === label) correct++;
      }
      const weight = 1 / (normaliser * length[w]!);
      const window = { first, stepStride: rows * stride, length: end - begin, label, weight };
      loss += over === 'mean' ? lossOfMean(logits, window, dy) : lossOfSteps(y, logits, window, dy);
    }
  }
  return { loss, correct, decisions, predictions };
}

/** One labelled decision of one row: where its window lies in y, and what the loss of a step counts. */
interface Window {
  readonly first: number;
  readonly stepStride: number;
  readonly length: number;
  readonly label: number;
  readonly weight: number;
}

/** The loss of the mean output, which becomes its softmax. */
function lossOfMean(logits: Float64Array, window: Window, dy: Float32Array | Float64Array | undefined): number {
  const { first, stepStride, length, label, weight } = window;
  const loss = softmaxInPlace(logits, label) * weight * length;
  for (let k = 0; dy && k < logits.length; k++) {
    const derivative = weight * (logits[k]! - Number(k === label));
    for (let t = 0; t < length; t++) dy[first + t * stepStride + k]! += derivative;
  }
  return loss;
}

/** The mean loss of the steps; `logits` is overwritten. */
function lossOfSteps(
  y: ArrayLike<number>,
  logits: Float64Array,
  window: Window,
  dy: Float32Array | Float64Array | undefined,
): number {
  const { first, stepStride, length, label, weight } = window;
  let loss = 0;
  for (let t = 0; t < length; t++) {
    const at = first + t * stepStride;
    for (let k = 0; k < logits.length; k++) logits[k] = y[at + k]!;
    loss += weight * softmaxInPlace(logits, label);
    for (let k = 0; dy && k < logits.length; k++) dy[at + k]! += weight * (logits[k]! - Number(k === label));
  }
  return loss;
}

/** Mean of y over the steps of a window, into `mean`. */
function windowMean(y: ArrayLike<number>, first: number, stepStride: number, length: number, mean: Float64Array): void {
  for (let k = 0; k < mean.length; k++) {
    let sum = 0;
    for (let t = 0; t < length; t++) sum += y[first + t * stepStride + k]!;
    mean[k] = sum / length;
  }
}

function largest(values: Float64Array): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k;
  return best;
}

/** Turns logits into their softmax; returns -log softmax[label]. Subtracting the largest logit prevents overflow. */
function softmaxInPlace(logits: Float64Array, label: number): number {
  const top = logits[largest(logits)]!;
  const own = logits[label]! - top;
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    logits[k] = exp(logits[k]! - top);
    sum += logits[k]!;
  }
  for (let k = 0; k < logits.length; k++) logits[k] = logits[k]! / sum;
  return log(sum) - own;
}

function sumOfSquares(
  population: string,
  batch: LossBatch,
  y: ArrayLike<number>,
  { steps, from = 0, batch: rows, classes, stride, rowOffset }: ReadoutLayout,
  dy: Float32Array | Float64Array | undefined,
  normaliser: number,
): LossResult {
  const { data, mask } = targetOf(population, batch);
  let loss = 0;
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < rows; b++) {
      const row = (from + t) * batch.size + rowOffset + b;
      if (mask && mask[row] === 0) continue;
      const at = (t * rows + b) * stride;
      for (let k = 0; k < classes; k++) {
        const error = y[at + k]! - data[row * classes + k]!;
        loss += (0.5 * error * error) / normaliser;
        if (dy) dy[at + k] = error / normaliser;
      }
    }
  }
  return { loss, correct: 0, decisions: 0, predictions: new Int32Array(0) };
}
