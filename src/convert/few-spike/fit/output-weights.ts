import { solveCholesky } from './least-squares.ts';
import type { FitTarget } from './target.ts';

/** Keeps the normal equations regular where a step never spikes, or always does; relative to weights that sum to 1. */
const RIDGE = 2e-7;
/** Larger output weights cancel each other, and no fixed-point number holds them. */
const MAX_WEIGHT = 60;

/** Intervals of a grid, in order, with the spikes on each: bit t for step t. */
export interface PatternList {
  readonly count: number;
  /** First point of every interval. */
  readonly begin: Int32Array;
  readonly pattern: Int32Array;
}

/** The output weights that fit a function best, for given spikes on the intervals of a grid: c_0 + Σ d(t) z(t) by least squares. */
export class OutputWeights {
  /** c_0, d(1) … d(K) of the last {@link solve}. */
  readonly solution: Float64Array;
  readonly #target: FitTarget;
  readonly #matrix: Float64Array;
  readonly #factor: Float64Array;
  readonly #right: Float64Array;

  constructor(target: FitTarget, steps: number) {
    this.#target = target;
    this.solution = new Float64Array(steps + 1);
    this.#matrix = new Float64Array((steps + 1) ** 2);
    this.#factor = new Float64Array((steps + 1) ** 2);
    this.#right = new Float64Array(steps + 1);
  }

  /**
   * The weighted mean squared error with the best weights, plus `penalty` per mean spike.
   *
   * @returns Infinity where no bounded weights exist
   */
  solve(list: PatternList, penalty = 0): number {
    const size = this.solution.length;
    this.#normalEquations(list);
    this.#factor.set(this.#matrix);
    for (let row = 1; row < size; row++) this.#factor[row * size + row]! += RIDGE;
    this.solution.set(this.#right);
    if (!solveCholesky(this.#factor, this.solution)) return Number.POSITIVE_INFINITY;
    let loss = this.#target.energy;
    for (let row = 0; row < size; row++) {
      const c = this.solution[row]!;
      if (row > 0 && Math.abs(c) > MAX_WEIGHT) return Number.POSITIVE_INFINITY;
      let product = 0.5 * this.#matrix[row * size + row]! * c - this.#right[row]!;
      for (let column = 0; column < row; column++) {
        product += this.#matrix[row * size + column]! * this.solution[column]!;
      }
      loss += 2 * c * product;
      if (row > 0) loss += penalty * this.meanSpikes(row - 1);
    }
    return loss;
  }

  /** Weighted mean of the spikes of a step, at the last {@link solve}. */
  meanSpikes(step: number): number {
    return this.#matrix[(step + 1) * this.solution.length]!;
  }

  /** ŷ of a pattern. */
  valueOf(pattern: number): number {
    let y = this.solution[0]!;
    for (let bits = pattern; bits !== 0; ) {
      const row = 32 - Math.clz32(bits);
      bits ^= 1 << (row - 1);
      y += this.solution[row]!;
    }
    return y;
  }

  /** Rows 0 for the offset, t + 1 for step t; of the matrix, the lower triangle. */
  #normalEquations({ count, begin, pattern }: PatternList): void {
    const { weight, moment, points } = this.#target;
    const [matrix, right] = [this.#matrix, this.#right];
    const size = this.solution.length;
    matrix.fill(0);
    right.fill(0);
    for (let i = 0; i < count; i++) {
      const first = begin[i]!;
      const end = i + 1 < count ? begin[i + 1]! : points;
      const w = weight[end]! - weight[first]!;
      const m = moment[end]! - moment[first]!;
      matrix[0]! += w;
      right[0]! += m;
      for (let bits = pattern[i]!; bits !== 0; ) {
        const row = 32 - Math.clz32(bits);
        bits ^= 1 << (row - 1);
        const at = row * size;
        matrix[at]! += w;
        matrix[at + row]! += w;
        right[row]! += m;
        for (let rest = bits; rest !== 0; ) {
          const column = 32 - Math.clz32(rest);
          rest ^= 1 << (column - 1);
          matrix[at + column]! += w;
        }
      }
    }
  }
}
