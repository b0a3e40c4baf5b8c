import type { SpikeTrain } from './bits.ts';
import type { FloatSequence } from './float-sequence.ts';

/**
 * Runs of steps over each of which the readout is averaged before the softmax.
 *
 * Windows are ordered by start and do not overlap. Steps are counted from 0: the first step is 0.
 */
export interface DecisionWindows {
  /** First step of each window, [window]. */
  readonly start: Int32Array;
  /** Steps of each window, at least 1, [window]. */
  readonly length: Int32Array;
  /** Class to report, [window, batch]; {@link NO_LABEL} = no loss here. */
  readonly labels: Int32Array;
}

/** Label of a decision that does not count. */
export const NO_LABEL = -1;

/** The values that a population's graded output should follow, for squared-error losses. */
export interface TargetSequence {
  /** [steps, size of the batch, neurons]. */
  readonly data: Float32Array;
  /** [steps, size of the batch], 0 = no loss here; without a mask every step counts. */
  readonly mask?: Uint8Array;
}

/** One batch of a supervised task on spiking inputs. */
export interface Batch {
  /** Number of time steps. */
  readonly steps: number;
  /** Number of batch elements. */
  readonly size: number;
  /** Activity of each input by name, [steps, size, channels]. */
  readonly inputs: Readonly<Record<string, SpikeTrain | FloatSequence>>;
  /** What is classified, and when; a loss of target sequences needs none. */
  readonly decisions?: DecisionWindows;
  /** Sequences to follow, by population. */
  readonly targets?: Readonly<Record<string, TargetSequence>>;
}

/** A batch for classification whose inputs are all spikes. */
export interface SpikeBatch extends Batch {
  readonly inputs: Readonly<Record<string, SpikeTrain>>;
  readonly decisions: DecisionWindows;
}
