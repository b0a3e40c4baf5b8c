/** How much of a running mean square remains after one more observation. */
const MEMORY = 0.99;

/** Columns that share a scale. */
interface Columns {
  readonly offset: number;
  readonly size: number;
}

/** Running root mean squares, one per block of columns. */
export class RunningScales {
  readonly #blocks: readonly Columns[];
  readonly #squares: Float64Array;
  /** Share of observations in the running means, which start at 0. */
  #weight = 0;

  constructor(blocks: readonly Columns[]) {
    this.#blocks = blocks;
    this.#squares = new Float64Array(blocks.length);
  }

  /** @param values - [rows, width] */
  observe(values: Float32Array, width: number): void {
    const rows = values.length / width;
    this.#weight = MEMORY * this.#weight + (1 - MEMORY);
    this.#blocks.forEach(({ offset, size }, k) => {
      let sum = 0;
      for (let b = 0; b < rows; b++) {
        for (let n = b * width + offset, end = n + size; n < end; n++) sum += values[n]! ** 2;
      }
      this.#squares[k] = MEMORY * this.#squares[k]! + ((1 - MEMORY) * sum) / (rows * size);
    });
  }

  /**
   * Copies rows of `from.width` to rows of `to.width`, every block divided or multiplied by its scale; divided by a scale
   * of 0 it is 0.
   */
  convert(from: Rows, to: Rows, direction: 'divide' | 'multiply'): void {
    const rows = to.values.length / to.width;
    this.#blocks.forEach(({ offset, size }, k) => {
      const scale = this.#weight === 0 ? 0 : Math.sqrt(this.#squares[k]! / this.#weight);
      const divided = scale > 0 ? 1 / scale : 0;
      const factor = direction === 'multiply' ? scale : divided;
      for (let b = 0; b < rows; b++) {
        const [source, target] = [b * from.width + offset, b * to.width + offset];
        for (let n = 0; n < size; n++) to.values[target + n] = factor * from.values[source + n]!;
      }
    });
  }
}

/** [rows, width] */
interface Rows {
  readonly values: Float32Array;
  readonly width: number;
}
