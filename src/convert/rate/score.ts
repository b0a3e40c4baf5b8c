/** Index of the largest of `classes` values from `start`; the first of equals. */
export function argmax(values: ArrayLike<number>, start: number, classes: number): number {
  let best = 0;
  for (let k = 1; k < classes; k++) if (values[start + k]! > values[start + best]!) best = k;
  return best;
}

/** Answers of a batch: the largest entry of each row of [rows, classes]. */
export const answers = (values: ArrayLike<number>, rows: number): Uint32Array =>
  Uint32Array.from({ length: rows }, (_, row) => argmax(values, (row * values.length) / rows, values.length / rows));

/** How many entries of two lists are equal. */
export const matches = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).filter((value, i) => value === b[i]).length;
