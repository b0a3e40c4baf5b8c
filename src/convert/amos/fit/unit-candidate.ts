import { solveCholesky } from '../../few-spike/fit/least-squares.ts';
import { OutputWeights } from '../../few-spike/fit/output-weights.ts';
import type { FitTarget } from '../../few-spike/fit/target.ts';
import { UnitIntervals } from './unit-intervals.ts';

/** The parts of an edge's curvature that its jump alone gives; keeps edges from running away where the function is flat. */
const JUMP_SHARE = 0.02;
/** Damping of entries that no edge depends on, relative to those with the largest curvature. */
const FLOOR = 1e-4;
/** A step that lowers the loss by less than this, relatively, is the last. */
const LEAST_GAIN = 1e-4;
/** Steps in a row that may fail, each with five times the damping of the one before. */
const MOST_FAILURES = 5;

/**
 * Thresholds and inhibition of a unit under search; its output weights are the best for them. The loss depends on where the output
 * jumps, and those edges depend linearly on thresholds and inhibition, so that its gradient is known exactly.
 */
export class UnitCandidate {
  readonly neurons: number;
  readonly intervals: UnitIntervals;
  readonly outputs: OutputWeights;
  /** At every point's lower edge: the function, its slope, and the density of the weights. */
  readonly #values: Float64Array;
  readonly #slopes: Float64Array;
  readonly #densities: Float64Array;
  /** By neuron, T_i last: gradient and curvature of the loss. */
  readonly #gradients: readonly Float64Array[];
  readonly #curvatures: readonly Float64Array[];
  readonly #kept: { readonly thresholds: Float64Array; readonly inhibition: Float64Array };

  constructor(target: FitTarget, f: (x: number) => number, neurons: number) {
    const { low, spacing, points, weight } = target;
    this.neurons = neurons;
    this.intervals = new UnitIntervals(target, neurons);
    this.outputs = new OutputWeights(target, neurons);
    const at = (of: (x: number, i: number) => number) =>
      Float64Array.from({ length: points }, (_, i) => of(low + i * spacing, i));
    this.#values = at(f);
    this.#slopes = at((x) => (f(x + spacing / 2) - f(x - spacing / 2)) / spacing);
    this.#densities = at((_, i) => (weight[i + 1]! - weight[i]!) / spacing);
    const rows = Array.from({ length: neurons }, (_, i) => i + 1);
    this.#gradients = rows.map((size) => new Float64Array(size));
    this.#curvatures = rows.map((size) => new Float64Array(size ** 2));
    this.#kept = { thresholds: new Float64Array(neurons), inhibition: new Float64Array(neurons ** 2) };
  }

  /**
   * The weighted mean squared error with the best output weights.
   *
   * @param from - first neuron that changed since the last call
   * @returns Infinity where no bounded weights exist
   */
  evaluate(from = 0): number {
    this.intervals.update(from);
    return this.outputs.solve(this.intervals.last);
  }

  /**
   * Moves edges downhill from where {@link evaluate} gave `loss`: damped Newton steps, one system of equations per neuron.
   *
   * @param steps - at most
   * @returns the loss reached
   */
  descend(loss: number, steps: number): number {
    let [least, damping, failures] = [loss, 0.1, 0];
    for (let step = 0; step < steps && failures < MOST_FAILURES; step++) {
      if (failures === 0) this.#linearise();
      this.#keep();
      this.#move(damping);
      const next = this.evaluate();
      if (next < least) {
        const isLast = next > (1 - LEAST_GAIN) * least;
        least = next;
        damping = Math.max(0.3 * damping, 1e-4);
        failures = 0;
        if (isLast) break;
      } else {
        this.#restore();
        damping *= 5;
        failures += 1;
      }
    }
    if (failures > 0) this.evaluate();
    return least;
  }

  /** Gradient and curvature from all edges. */
  #linearise(): void {
    for (const rows of [this.#gradients, this.#curvatures]) for (const row of rows) row.fill(0);
    const { count, begin, pattern } = this.intervals.last;
    let below = this.outputs.valueOf(pattern[0]!);
    for (let k = 1; k < count; k++) {
      const above = this.outputs.valueOf(pattern[k]!);
      this.#addEdge(begin[k]!, pattern[k - 1]!, pattern[k]!, below, above);
      below = above;
    }
  }

  /** The neuron of an edge is the first that differs; the edge lies at T_i plus the h_ij of those that spiked before it. */
  #addEdge(point: number, left: number, right: number, below: number, above: number): void {
    const bit = (left ^ right) & -(left ^ right);
    const neuron = 31 - Math.clz32(bit);
    const jump = above - below;
    const density = this.#densities[point]!;
    const slope = density * jump * (2 * this.#values[point]! - below - above);
    const curvature = Math.max(2 * density * this.#slopes[point]! * jump, 0) + JUMP_SHARE * density * jump * jump;
    const size = neuron + 1;
    const [gradient, matrix] = [this.#gradients[neuron]!, this.#curvatures[neuron]!];
    // T_i stands where neuron i itself would, behind those before it.
    for (let bits = (right & (bit - 1)) | bit; bits !== 0; ) {
      const row = 31 - Math.clz32(bits);
      gradient[row]! += slope;
      for (let rest = bits; rest !== 0; ) {
        const column = 31 - Math.clz32(rest);
        rest ^= 1 << column;
        matrix[row * size + column]! += curvature;
      }
      bits ^= 1 << row;
    }
  }

  #move(damping: number): void {
    const { thresholds, inhibition } = this.intervals;
    this.#gradients.forEach((gradient, neuron) => {
      const size = neuron + 1;
      const matrix = this.#curvatures[neuron]!.slice();
      let most = 0;
      for (let row = 0; row < size; row++) most = Math.max(most, matrix[row * size + row]!);
      if (most === 0) return;
      for (let row = 0; row < size; row++) {
        matrix[row * size + row]! += damping * matrix[row * size + row]! + FLOOR * most * Math.max(damping, 1e-3);
      }
      const change = gradient.map((value) => -value);
      if (!solveCholesky(matrix, change)) return;
      thresholds[neuron]! += change[neuron]!;
      for (let j = 0; j < neuron; j++) inhibition[neuron * this.neurons + j]! += change[j]!;
    });
  }

  #keep(): void {
    this.#kept.thresholds.set(this.intervals.thresholds);
    this.#kept.inhibition.set(this.intervals.inhibition);
  }

  #restore(): void {
    this.intervals.thresholds.set(this.#kept.thresholds);
    this.intervals.inhibition.set(this.#kept.inhibition);
  }
}
