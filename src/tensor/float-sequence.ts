import { ShapeError } from '../base/errors.ts';
import { checkShape } from './bits.ts';

/**
 * Graded activity of a batch, `data` is [time, batch, size], float32. Row 0 belongs to the first step.
 *
 * @example
 * const current = new FloatSequence(100, 1, 2); // all zero
 */
export class FloatSequence {
  readonly time: number;
  readonly batch: number;
  readonly size: number;
  readonly data: Float32Array;

  /**
   * @throws ShapeError if a dimension is no integer of at least 0, `data` is given and has another length than
   * time x batch x size, or a value is not finite
   */
  constructor(time: number, batch: number, size: number, data?: ArrayLike<number>) {
    checkShape('FloatSequence', time, batch, size);
    const count = time * batch * size;
    if (data && data.length !== count) {
      throw new ShapeError(
        'FloatSequence',
        `expected ${count} values for [${time}, ${batch}, ${size}], got ${data.length}`,
      );
    }
    this.time = time;
    this.batch = batch;
    this.size = size;
    this.data = data ? Float32Array.from(data) : new Float32Array(count);
    const bad = this.data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new ShapeError('FloatSequence', `expected finite values, got ${this.data[bad]} at index ${bad}`, {
        hint: 'check the source of these values',
        fields: { index: bad },
      });
    }
  }
}
