import type { AdjointBlock } from './border-adjoints.ts';
import type { ObservedBlock } from './border-state.ts';

/**
 * Stands for the steps after the end of a window: what they will hand back, in terms of what can be seen now. All
 * arrays are [batch, width] with columns as the blocks of {@link FutureShape} say.
 */
export interface Future {
  /** The adjoints to start the backward pass of a window from, given what its end looks like. */
  predict(observed: Float32Array): Float32Array;
  /** Is told what the next window has handed back in fact, and what was seen before it. */
  learn(observed: Float32Array, adjoints: Float32Array): void;
}

/** What a {@link Future} sees and what it predicts. */
export interface FutureShape {
  /** Rows. */
  readonly batch: number;
  /** The learner's, for initial values. */
  readonly seed: number;
  readonly observed: readonly ObservedBlock[];
  readonly adjoints: readonly AdjointBlock[];
}

/** Makes the future of a learner. */
export type FutureFactory = (shape: FutureShape) => Future;
