import { Intervals } from './intervals.ts';
import { solveCholesky } from './least-squares.ts';
import type { FitTarget } from './target.ts';

/** Keeps the normal equations regular where a step never spikes, or always does; relative to weights that sum to 1. */
const RIDGE = 2e-7;
/** Larger output weights cancel each other, and no fixed-point number holds them. */
const MAX_WEIGHT = 60;

/** Thresholds and resets of a neuron under search; its output weights are the best for them, by least squares. */
export class Candidate {
  readonly steps: number;
  readonly thresholds: Float64Array;
  readonly resets: Float64Array;
  /** c_0, d(1) … d(K) of the last {@link evaluate}. */
  readonly solution: Float64Array;
  readonly #target: FitTarget;
  readonly #intervals: Intervals;
  readonly #matrix: Float64Array;
  readonly #factor: Float64Array;
  readonly #right: Float64Array;

  constructor(target: FitTarget, steps: number) {
    this.#target = target;
    this.steps = steps;
    this.thresholds = new Float64Array(steps);
    this.resets = new Float64Array(steps);
    this.solution = new Float64Array(steps + 1);
    this.#intervals = new Intervals(target, steps);
    this.#matrix = new Float64Array((steps + 1) ** 2);
    this.#factor = new Float64Array((steps + 1) ** 2);
    this.#right = new Float64Array(steps + 1);
  }

  /**
   * The weighted mean squared error with the best weights, plus `penalty` per mean spike.
   *
   * @param from - first step that changed since the last call
   * @returns Infinity where no bounded weights exist
   */
  evaluate(from: number, penalty: number): number {
    const size = this.steps + 1;
    this.#intervals.update(this.thresholds, this.resets, from);
    this.#intervals.normalEquations(this.#matrix, this.#right);
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
      if (row > 0) loss += penalty * this.#matrix[row * size]!;
    }
    return loss;
  }
}
