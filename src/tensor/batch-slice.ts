import type { Batch, TargetSequence } from './batch.ts';
import { SpikeTrain } from './bits.ts';
import { FloatSequence } from './float-sequence.ts';

/** Columns `from` … `from + rows - 1` of a [time, batch] array whose elements are `width` entries long. */
function sliceRows<A extends Uint8Array | Int32Array | Float32Array>(
  data: A,
  batch: number,
  width: number,
  from: number,
  rows: number,
): A {
  const times = data.length / (batch * width);
  const slice = new (data.constructor as new (length: number) => A)(times * rows * width);
  for (let t = 0; t < times; t++) {
    const start = (t * batch + from) * width;
    slice.set(data.subarray(start, start + rows * width), t * rows * width);
  }
  return slice;
}

/** The rows `from` … `from + rows - 1` of a batch, copied. */
export function sliceBatch(batch: Batch, from: number, rows: number): Batch {
  const { size } = batch;
  const inputs = Object.entries(batch.inputs).map(([name, activity]) => {
    if (activity instanceof FloatSequence) {
      const data = sliceRows(activity.data, size, activity.size, from, rows);
      return [name, new FloatSequence(activity.time, rows, activity.size, data)];
    }
    const data = sliceRows(activity.data, size, activity.rowBytes, from, rows);
    return [name, new SpikeTrain(activity.time, rows, activity.size, data)];
  });
  const targets = Object.entries(batch.targets ?? {}).map(([name, { data, mask }]): [string, TargetSequence] => {
    const width = data.length / (batch.steps * size);
    return [
      name,
      {
        data: sliceRows(data, size, width, from, rows),
        ...(mask ? { mask: sliceRows(mask, size, 1, from, rows) } : {}),
      },
    ];
  });
  const { decisions } = batch;
  return {
    steps: batch.steps,
    size: rows,
    inputs: Object.fromEntries(inputs),
    ...(decisions ? { decisions: { ...decisions, labels: sliceRows(decisions.labels, size, 1, from, rows) } } : {}),
    ...(targets.length > 0 ? { targets: Object.fromEntries(targets) } : {}),
  };
}

/** Gives a batch that was sent between threads its classes back. */
export function reviveBatch(batch: Batch): Batch {
  const inputs = Object.entries(batch.inputs).map(([name, { time, batch: rows, size, data }]) => {
    return [
      name,
      data instanceof Float32Array ? new FloatSequence(time, rows, size, data) : new SpikeTrain(time, rows, size, data),
    ];
  });
  return { ...batch, inputs: Object.fromEntries(inputs) };
}
