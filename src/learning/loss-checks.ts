import { ParameterError, ShapeError, unknownName } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { type Batch, type DecisionWindows, NO_LABEL, type TargetSequence } from '../tensor/index.ts';
import { type Loss, type LossBatch, softmaxCrossEntropy, squaredError } from './loss-kinds.ts';

const KINDS: readonly string[] = ['softmaxCrossEntropy', 'squaredError'] satisfies Loss['kind'][];

/** @throws ParameterError if it is no loss, or one of an unknown kind */
export function checkLoss(where: string, loss: Loss): void {
  const { kind } = (loss ?? {}) as { kind?: unknown };
  if (typeof kind !== 'string') {
    throw new ParameterError(where, `expected a loss, got ${typeof loss}`, {
      hint: 'softmaxCrossEntropy() or squaredError()',
    });
  }
  if (!KINDS.includes(kind)) throw unknownName(where, 'loss', kind, KINDS);
  if (loss.kind === 'softmaxCrossEntropy' && loss.over !== 'mean' && loss.over !== 'steps') {
    throw unknownName('softmaxCrossEntropy', 'over', String(loss.over), ['mean', 'steps']);
  }
  if (loss.kind === 'softmaxCrossEntropy') softmaxCrossEntropy(optionsOf(loss));
  else squaredError(optionsOf(loss));
}

/** @throws ShapeError if the batch has no decisions */
export function decisionsOf(batch: Pick<Batch, 'decisions'>): DecisionWindows {
  if (batch.decisions) return batch.decisions;
  throw new ShapeError('softmaxCrossEntropy', 'expected a batch with decisions, got none', {
    hint: 'give decisions: { start, length, labels }, or train on target sequences with squaredError()',
  });
}

/** @throws ParameterError if the batch has no targets for the population */
export function targetOf(population: string, { targets = {} }: Pick<Batch, 'targets'>): TargetSequence {
  if (!Object.hasOwn(targets, population)) {
    throw unknownName('evaluateLoss', 'target', population, Object.keys(targets));
  }
  return targets[population]!;
}

/**
 * Checks that a batch has what a loss reads.
 *
 * @param classes - size of the loss's population
 * @throws ShapeError if windows, labels or targets do not fit; ParameterError for a label that is no class
 */
export function checkLossBatch(loss: Loss, batch: LossBatch, classes: number): void {
  checkLoss('evaluateLoss', loss);
  if (loss.kind === 'squaredError') checkTarget(targetOf(loss.population, batch), batch, classes);
  else checkDecisions(decisionsOf(batch), batch, classes);
}

function checkDecisions(
  { start, length, labels }: DecisionWindows,
  { size, steps }: Pick<Batch, 'size' | 'steps'>,
  classes: number,
): void {
  if (length.length !== start.length) {
    throw new ShapeError('evaluateLoss', `expected ${start.length} lengths of windows, got ${length.length}`);
  }
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
  if (bad === undefined) return;
  throw new ParameterError('evaluateLoss', `expected labels below ${classes} (or -1), got ${bad}`);
}

function checkTarget(
  { data, mask }: TargetSequence,
  { size, steps }: Pick<Batch, 'size' | 'steps'>,
  classes: number,
): void {
  const expected = steps * size;
  if (data.length === expected * classes && (!mask || mask.length === expected)) return;
  throw new ShapeError(
    'evaluateLoss',
    `expected targets [${steps}, ${size}, ${classes}] and a mask [${steps}, ${size}], got ${data.length} and ${mask?.length ?? 'no'} values`,
  );
}
