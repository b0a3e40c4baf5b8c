/** A sparse matrix by columns: those of source neuron j are k = columnStart[j] … columnStart[j + 1] - 1, rows ascending. */
export interface SparseMatrix {
  /** Target neurons. */
  readonly rows: number;
  /** Source neurons. */
  readonly columns: number;
  readonly columnStart: Uint32Array;
  readonly row: Uint32Array;
  readonly weight: Float32Array;
}

/** Every neuron of a group to itself, with weight 1. */
export const identityMatrix = (size: number): SparseMatrix => ({
  rows: size,
  columns: size,
  columnStart: Uint32Array.from({ length: size + 1 }, (_, k) => k),
  row: Uint32Array.from({ length: size }, (_, k) => k),
  weight: new Float32Array(size).fill(1),
});

/** Builds a matrix column by column; sums within a column are float64, and what is 0 is left out. */
class ColumnBuilder {
  readonly #rows: number;
  readonly #columnStart: number[] = [0];
  readonly #row: number[] = [];
  readonly #weight: number[] = [];
  readonly #sum: Float64Array;
  #touched: number[] = [];
  readonly #seen: Uint8Array;

  constructor(rows: number) {
    this.#rows = rows;
    this.#sum = new Float64Array(rows);
    this.#seen = new Uint8Array(rows);
  }

  /** Adds factor · column j of a matrix to the column that is being built. */
  add({ columnStart, row, weight }: SparseMatrix, j: number, factor = 1): void {
    for (let k = columnStart[j]!; k < columnStart[j + 1]!; k++) {
      const i = row[k]!;
      if (this.#seen[i] === 0) {
        this.#seen[i] = 1;
        this.#touched.push(i);
      }
      this.#sum[i]! += factor * weight[k]!;
    }
  }

  /** Ends the column. */
  close(): void {
    for (const i of this.#touched.sort((a, b) => a - b)) {
      if (this.#sum[i] !== 0) {
        this.#row.push(i);
        this.#weight.push(this.#sum[i]!);
      }
      this.#sum[i] = 0;
      this.#seen[i] = 0;
    }
    this.#touched = [];
    this.#columnStart.push(this.#row.length);
  }

  matrix(): SparseMatrix {
    return {
      rows: this.#rows,
      columns: this.#columnStart.length - 1,
      columnStart: Uint32Array.from(this.#columnStart),
      row: Uint32Array.from(this.#row),
      weight: Float32Array.from(this.#weight),
    };
  }
}

/** The sum of two matrices of one size. */
export function sumOf(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  const builder = new ColumnBuilder(a.rows);
  for (let j = 0; j < a.columns; j++) {
    builder.add(a, j);
    builder.add(b, j);
    builder.close();
  }
  return builder.matrix();
}

/** a · b: first b, then a. */
export function productOf(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  const builder = new ColumnBuilder(a.rows);
  for (let j = 0; j < b.columns; j++) {
    for (let k = b.columnStart[j]!; k < b.columnStart[j + 1]!; k++) builder.add(a, b.row[k]!, b.weight[k]!);
    builder.close();
  }
  return builder.matrix();
}

/** a · x + y. */
export function applyTo({ columns, columnStart, row, weight }: SparseMatrix, x: Float64Array, y: Float64Array): void {
  for (let j = 0; j < columns; j++) {
    for (let k = columnStart[j]!; k < columnStart[j + 1]!; k++) y[row[k]!]! += weight[k]! * x[j]!;
  }
}
