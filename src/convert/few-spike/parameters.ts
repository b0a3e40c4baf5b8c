/**
 * One few-spike neuron: K steps with a threshold, a reset and an output weight each.
 *
 *   v(1) = sign · clamp(u) + bias      z(t) = H(v(t) - T(t))      v(t+1) = v(t) - h(t) z(t)      ŷ = offset + Σ_t d(t) z(t)
 *
 * `h(K)` has no effect and is stored as 0. Thresholds and resets of fitted neurons may be negative and need not fall with t.
 */
export interface FewSpikeParameters {
  /** K, the number of steps, 1 or more. */
  readonly steps: number;
  /** T(1) … T(K), in units of the input. */
  readonly thresholds: Float64Array;
  /** h(1) … h(K), in units of the input. */
  readonly resets: Float64Array;
  /** d(1) … d(K), in units of the output. */
  readonly weights: Float64Array;
  /** What the output starts from; a network folds it into the bias of the next layer. */
  readonly offset: number;
  /** Added to the clamped input once, as part of the bias: half a least step rounds instead of truncating. */
  readonly bias: number;
  /** 1, or -1 for a neuron that codes the negative side of its input. */
  readonly sign: 1 | -1;
  /** The input is clamped to it before anything else; infinite where the form saturates by itself. */
  readonly range: readonly [number, number];
  /** Whether a spike needs v > T instead of v ≥ T. */
  readonly strict: boolean;
}

/** What stands in for one activation unit: neurons that all get its input and whose outputs add up. One neuron for most. */
export type Code = readonly FewSpikeParameters[];
