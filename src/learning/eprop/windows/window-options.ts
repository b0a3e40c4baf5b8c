import type { NetworkParameters } from '../../../network/index.ts';
import type { Loss } from '../../loss.ts';
import type { Optimiser } from '../../optimisers.ts';
import type { Regulariser } from '../../regularisers.ts';
import type { Bptt } from '../../rules.ts';
import type { OnlineResult } from '../online/online-learner.ts';
import type { FutureFactory } from './future.ts';

/** How to learn window by window. */
export interface WindowOptions {
  /** Rows: parallel copies of the network that share their weights. */
  readonly batch: number;
  /** Steps of a window: what is held in memory and differentiated at a time. */
  readonly window: number;
  /** Time step in ms. Default 1. */
  readonly dt?: number;
  /** Seed of initial weights and of random draws in equations. */
  readonly seed: number;
  readonly loss: Loss;
  readonly optimiser: Optimiser;
  /** Within a window. Default `bptt()`. */
  readonly rule?: Bptt;
  /** Whether eligibility traces carry what a window finds to the weights' effects before it. Default true. */
  readonly traces?: boolean;
  /** What stands for the steps after a window; default: nothing, and gradients are truncated at its end. */
  readonly future?: FutureFactory;
  readonly regularisers?: readonly Regulariser[];
  /** Largest norm of the gradient; a larger one is scaled down to it. Default: no clipping. */
  readonly clipNorm?: number;
  /** Initial parameters; default: drawn from the seed. */
  readonly parameters?: NetworkParameters;
}

/** Their names. */
export const WINDOW_OPTIONS = [
  ...(['batch', 'window', 'dt', 'seed', 'loss', 'optimiser', 'rule'] as const),
  ...(['traces', 'future', 'regularisers', 'clipNorm', 'parameters'] as const),
] as const;

/** What a stretch of time gave. */
export interface WindowResult extends OnlineResult {
  readonly regularisation: number;
  /**
   * Of the adjoints that windows handed back, the part that had not been predicted: Σ (found - predicted)² / Σ found²
   * over all borders. 1 without a future; NaN where no border was passed.
   */
  readonly unpredicted: number;
}
