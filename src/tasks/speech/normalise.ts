import { ShapeError } from '../../base/errors.ts';
import { checkFeatures, type FeatureFrames } from './utterance.ts';

/** Mean and standard deviation of each feature over all frames of some recordings. */
export interface FeatureStatistics {
  /** [size]. */
  readonly mean: Float64Array;
  /** [size]; 1 where a feature never varies, so that dividing by it is safe. */
  readonly deviation: Float64Array;
  /** Frames counted. */
  readonly frames: number;
}

/**
 * Statistics of each feature, in float64 and two passes. Take them of the training set and normalise every set by them.
 *
 * @param size - features per frame
 * @throws ShapeError if there is no frame, or features are not [frames, size]; NumericsError if one is not finite
 */
export function featureStatistics(recordings: readonly FeatureFrames[], size: number): FeatureStatistics {
  let frames = 0;
  for (const recording of recordings) {
    checkFeatures('featureStatistics', recording, size);
    frames += recording.frames;
  }
  if (frames === 0) throw new ShapeError('featureStatistics', 'expected at least one frame, got none');
  const mean = new Float64Array(size);
  addUp(recordings, mean, (value) => value / frames);
  const variance = new Float64Array(size);
  addUp(recordings, variance, (value, k) => (value - mean[k]!) ** 2 / frames);
  return { mean, deviation: variance.map((value) => (value > 0 ? Math.sqrt(value) : 1)), frames };
}

function addUp(
  recordings: readonly FeatureFrames[],
  sums: Float64Array,
  term: (value: number, k: number) => number,
): void {
  for (const { features } of recordings) {
    for (let at = 0; at < features.length; at += sums.length) {
      for (let k = 0; k < sums.length; k++) sums[k]! += term(features[at + k]!, k);
    }
  }
}

/**
 * Subtracts the mean and divides by the deviation, in place.
 *
 * @throws ShapeError if features are not [frames, size]; NumericsError if one is not finite
 */
export function normaliseFeatures(recordings: readonly FeatureFrames[], { mean, deviation }: FeatureStatistics): void {
  for (const recording of recordings) checkFeatures('normaliseFeatures', recording, mean.length);
  for (const { features } of recordings) {
    for (let at = 0; at < features.length; at++) {
      const k = at % mean.length;
      features[at] = (features[at]! - mean[k]!) / deviation[k]!;
    }
  }
}
