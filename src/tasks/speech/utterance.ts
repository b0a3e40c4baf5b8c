import { NumericsError, ParameterError, ShapeError } from '../../base/errors.ts';
import { NO_LABEL } from '../../tensor/batch.ts';

/** Features of a recording, in float32. */
export interface FeatureFrames {
  /** [frames, size of a frame]. */
  readonly features: Float32Array;
  readonly frames: number;
}

/** A recording with a class per frame. */
export interface FrameLabelledUtterance extends FeatureFrames {
  /** [frames]; -1 = not scored. */
  readonly labels: Int32Array;
}

/** A recording that is of one class. */
export interface WholeLabelledUtterance extends FeatureFrames {
  readonly label: number;
}

/** Either kind. */
export type LabelledUtterance = FrameLabelledUtterance | WholeLabelledUtterance;

/** @throws ShapeError if features are not [frames, size]; NumericsError if one is not finite */
export function checkFeatures(where: string, { features, frames }: FeatureFrames, size: number): void {
  if (!Number.isInteger(frames) || features.length !== frames * size) {
    throw new ShapeError(where, `expected features [${frames}, ${size}], got ${features.length} values`);
  }
  const bad = features.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new NumericsError(where, `expected finite features, got ${features[bad]} in frame ${Math.floor(bad / size)}`);
}

/**
 * Whether the utterances have a label per frame, after checking them all.
 *
 * @throws ShapeError if there is none, they are of both kinds, or features or labels do not fit the frames
 * @throws NumericsError for a feature that is not finite; ParameterError for a label that is no class and not -1
 */
export function labelledPerFrame(utterances: readonly LabelledUtterance[], size: number, classes: number): boolean {
  const perFrame = utterances.filter((utterance) => 'labels' in utterance).length;
  if (utterances.length === 0 || (perFrame > 0 && perFrame < utterances.length)) {
    throw new ShapeError(
      'speechFrames',
      `expected utterances that all have labels or all a label, got ${perFrame} and ${utterances.length - perFrame}`,
    );
  }
  for (const [k, utterance] of utterances.entries()) {
    checkFeatures('speechFrames', utterance, size);
    checkLabels(utterance, k, classes);
  }
  return perFrame > 0;
}

function checkLabels(utterance: LabelledUtterance, k: number, classes: number): void {
  const labels = 'labels' in utterance ? utterance.labels : [utterance.label];
  const expected = 'labels' in utterance ? utterance.frames : 1;
  if (labels.length !== expected) {
    throw new ShapeError('speechFrames', `expected ${expected} labels for utterance ${k}, got ${labels.length}`);
  }
  for (const label of labels) {
    if (Number.isInteger(label) && label >= NO_LABEL && label < classes) continue;
    throw new ParameterError(
      'speechFrames',
      `expected labels 0 to ${classes - 1} or ${NO_LABEL}, got ${label} in utterance ${k}`,
    );
  }
}
