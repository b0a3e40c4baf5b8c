import { Intervals } from './intervals.ts';
import { OutputWeights } from './output-weights.ts';
import type { FitTarget } from './target.ts';

/** Thresholds and resets of a neuron under search; its output weights are the best for them, by least squares. */
export class Candidate {
  readonly steps: number;
  readonly thresholds: Float64Array;
  readonly resets: Float64Array;
  readonly #intervals: Intervals;
  readonly #outputs: OutputWeights;

  constructor(target: FitTarget, steps: number) {
    this.steps = steps;
    this.thresholds = new Float64Array(steps);
    this.resets = new Float64Array(steps);
    this.#intervals = new Intervals(target, steps);
    this.#outputs = new OutputWeights(target, steps);
  }

  /** c_0, d(1) … d(K) of the last {@link evaluate}. */
  get solution(): Float64Array {
    return this.#outputs.solution;
  }

  /**
   * The weighted mean squared error with the best weights, plus `penalty` per mean spike.
   *
   * @param from - first step that changed since the last call
   * @returns Infinity where no bounded weights exist
   */
  evaluate(from: number, penalty: number): number {
    this.#intervals.update(this.thresholds, this.resets, from);
    return this.#outputs.solve(this.#intervals.last, penalty);
  }
}
