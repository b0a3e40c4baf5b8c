/** What all spiking stand-ins for an activation unit have: K steps with a threshold and an output weight each. */
export interface UnitParameters {
  /** K, the number of steps, 1 or more. */
  readonly steps: number;
  /** T(1) … T(K), in units of the input. */
  readonly thresholds: Float64Array;
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

/**
 * One few-spike neuron: K steps with a threshold, a reset and an output weight each.
 *
 *   v(1) = sign · clamp(u) + bias      z(t) = H(v(t) - T(t))      v(t+1) = v(t) - h(t) z(t)      ŷ = offset + Σ_t d(t) z(t)
 *
 * `h(K)` has no effect and is stored as 0. Thresholds and resets of fitted neurons may be negative and need not fall with t.
 */
export interface FewSpikeParameters extends UnitParameters {
  /** h(1) … h(K), in units of the input. */
  readonly resets: Float64Array;
}

/**
 * A unit of K memoryless neurons, each of which spikes at most once per image, in place of one activation unit:
 *
 *   x = sign · clamp(u) + bias      z_i = H(c_i x - Σ_{j<i} h_ij z_j - T_i)      ŷ = offset + Σ_i d_i z_i
 *
 * Neuron i looks at its input i steps after the unit got it: the copy of x that reaches it is delayed by i steps, the spike of
 * neuron j by i - j steps, and its own spike by K - i steps on the way out, so that all that one image causes leaves together.
 */
export interface AmosParameters extends UnitParameters {
  /** c_1 … c_K, each 1 or -1; any other size is taken up by thresholds and inhibition. */
  readonly gains: Float64Array;
  /** h_ij from neuron j to the later neuron i, [K, K] row-major, strictly lower triangular, in units of the input. */
  readonly inhibition: Float64Array;
}

/** A few-spike neuron, or a unit of neurons that spike once each. */
export type CodeUnit = FewSpikeParameters | AmosParameters;

/** What stands in for one activation unit: neurons or units that all get its input and whose outputs add up. One for most. */
export type Code = readonly CodeUnit[];

/** A code of few-spike neurons alone. */
export type FewSpikeCode = readonly FewSpikeParameters[];

/** Whether a unit is a circuit of neurons that spike once each. */
export const isCircuit = (unit: CodeUnit): unit is AmosParameters => 'inhibition' in unit;
