import { ParameterError, ShapeError } from '../../base/errors.ts';

/**
 * Slopes of each column over neighbouring frames, by linear regression: Σ_d d (x_{t+d} - x_{t-d}) / (2 Σ_d d²), d = 1 to
 * `reach`. Frames before the first and after the last equal these.
 *
 * @param values - [frames, columns], row-major
 * @param reach - frames to either side, at least 1
 * @returns slopes per frame, [frames, columns]
 * @throws ShapeError if the values are no whole number of rows; ParameterError for a reach below 1
 */
export function deltas(values: Float64Array, columns: number, reach: number): Float64Array {
  if (!Number.isInteger(reach) || reach < 1) {
    throw new ParameterError('deltas', `expected a reach of at least 1 frame, got ${reach}`);
  }
  if (values.length % columns !== 0) {
    throw new ShapeError('deltas', `expected rows of ${columns} values, got ${values.length} values`);
  }
  const frames = values.length / columns;
  const slopes = new Float64Array(values.length);
  const norm = (reach * (reach + 1) * (2 * reach + 1)) / 3;
  for (let t = 0; t < frames; t++) {
    for (let k = 0; k < columns; k++) {
      let sum = 0;
      for (let d = 1; d <= reach; d++) {
        const later = values[Math.min(t + d, frames - 1) * columns + k]!;
        const earlier = values[Math.max(t - d, 0) * columns + k]!;
        sum += d * (later - earlier);
      }
      slopes[t * columns + k] = sum / norm;
    }
  }
  return slopes;
}
