import { ParameterError, ShapeError, unknownName } from '../base/errors.ts';
import { exp, log } from '../base/math.ts';
import { type Batch, NO_LABEL } from '../tensor/index.ts';

/** What training makes small, as plain data. It reads the graded output y of one population. */
export type Loss =
  | { readonly kind: 'softmaxCrossEntropy'; readonly population: string }
  | { readonly kind: 'squaredError'; readonly population: string };

/**
 * -log softmax(mean of y over a decision window)[label], averaged over the labelled decisions of the batch. The batch's
 * windows decide what is read: the last step, the mean over time, or many decisions.
 */
export const softmaxCrossEntropy = ({ population = 'out' }: { population?: string } = {}): Loss => ({
  kind: 'softmaxCrossEntropy',
  population,
});

/** ½ Σ (y - target)² over steps (where the mask is set) and neurons, averaged over the sequences of the batch. */
export const squaredError = ({ population = 'out' }: { population?: string } = {}): Loss => ({
  kind: 'squaredError',
  population,
});

/** The parts of a batch that a loss reads. */
export type LossBatch = Pick<Batch, 'steps' | 'size' | 'decisions' | 'targets'>;

/** How a readout y lies in memory: [steps, batch, stride], its first `classes` columns valid. */
export interface ReadoutLayout {
  readonly steps: number;
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
  const { labels } = batch.decisions;
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
  const { steps, batch: rows, classes, stride, rowOffset } = layout;
  const count = steps * rows * stride;
  if (y.length < count || (dy && dy.length < count)) {
    throw new ShapeError(
      'evaluateLoss',
      `expected y and dy of ${count} values, got ${y.length} and ${dy?.length ?? 'none'}`,
    );
  }
  if (steps !== batch.steps || rowOffset < 0 || rowOffset + rows > batch.size || classes > stride) {
    throw new ShapeError(
      'evaluateLoss',
      `expected ${batch.steps} steps and rows within ${batch.size}, got ${steps} steps, rows ${rowOffset} to ${rowOffset + rows - 1}, ${classes} classes in ${stride} columns`,
    );
  }
  dy?.fill(0, 0, count);
  return loss.kind === 'squaredError'
    ? sumOfSquares(loss.population, batch, y, layout, dy, normaliser)
    : crossEntropy(batch, y, layout, dy, normaliser);
}

function crossEntropy(
  batch: LossBatch,
  y: ArrayLike<number>,
  { steps, batch: rows, classes, stride, rowOffset }: ReadoutLayout,
  dy: Float32Array | Float64Array | undefined,
  normaliser: number,
): LossResult {
  const { start, length, labels } = batch.decisions;
  checkDecisions(batch, steps, classes);
  const predictions = new Int32Array(start.length * rows).fill(NO_LABEL);
  const logits = new Float64Array(classes);
  let [loss, correct, decisions] = [0, 0, 0];
  for (let w = 0; w < start.length; w++) {
    for (let b = 0; b < rows; b++) {
      const label = labels[w * batch.size + rowOffset + b]!;
      if (label === NO_LABEL) continue;
      const first = (start[w]! * rows + b) * stride;
      windowMean(y, first, rows * stride, length[w]!, logits);
      const predicted = largest(logits);
      predictions[w * rows + b] = predicted;
      decisions++;
      if (predicted === label) correct++;
      loss += softmaxInPlace(logits, label) / normaliser;
      if (!dy) continue;
      const weight = 1 / (normaliser * length[w]!);
      for (let k = 0; k < classes; k++) {
        const derivative = weight * (logits[k]! - Number(k === label));
        for (let t = 0; t < length[w]!; t++) dy[first + t * rows * stride + k]! += derivative;
      }
    }
  }
  return { loss, correct, decisions, predictions };
}

function checkDecisions(
  { size, decisions: { start, length, labels } }: LossBatch,
  steps: number,
  classes: number,
): void {
  for (let w = 0; w < start.length; w++) {
    if (start[w]! >= 0 && length[w]! >= 1 && start[w]! + length[w]! <= steps) continue;
    throw new ShapeError(
      'evaluateLoss',
      `expected decision windows within ${steps} steps, got ${length[w]} from ${start[w]}`,
    );
  }
  if (labels.length !== start.length * size) {
    throw new ShapeError(
      'evaluateLoss',
      `expected ${start.length * size} labels [window, batch], got ${labels.length}`,
    );
  }
  const bad = labels.find((label) => label < NO_LABEL || label >= classes);
  if (bad !== undefined)
    throw new ParameterError('evaluateLoss', `expected labels below ${classes} (or -1), got ${bad}`);
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
  { steps, batch: rows, classes, stride, rowOffset }: ReadoutLayout,
  dy: Float32Array | Float64Array | undefined,
  normaliser: number,
): LossResult {
  const target = batch.targets?.[population];
  if (!target) throw unknownName('evaluateLoss', 'target', population, Object.keys(batch.targets ?? {}));
  const { data, mask } = target;
  const expected = steps * batch.size;
  if (data.length !== expected * classes || (mask && mask.length !== expected)) {
    throw new ShapeError(
      'evaluateLoss',
      `expected targets [${steps}, ${batch.size}, ${classes}] and a mask [${steps}, ${batch.size}], got ${data.length} and ${mask?.length ?? 'no'} values`,
    );
  }
  let loss = 0;
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < rows; b++) {
      const row = t * batch.size + rowOffset + b;
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
