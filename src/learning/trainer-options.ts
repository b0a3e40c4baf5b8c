import type { Arithmetic } from '../kernels/index.ts';
import type { NetworkParameters } from '../network/index.ts';
import type { Rewiring } from './deep-r/options.ts';
import type { ExecutorFactory } from './executor.ts';
import type { Loss } from './loss.ts';
import type { Optimiser } from './optimisers.ts';
import type { Regulariser } from './regularisers.ts';
import type { LearningRule } from './rules.ts';

/** How to train a network on whole sequences; `P` are the names of its populations. */
export interface TrainerOptions<P extends string = string> {
  /** Rows of a batch. */
  readonly batch: number;
  /** Time steps of a sequence. */
  readonly steps: number;
  /** Time step in ms. Default 1. */
  readonly dt?: number;
  /** Seed of initial weights and of random draws in equations. */
  readonly seed: number;
  readonly loss: Loss;
  readonly optimiser: Optimiser;
  /** How gradients are computed. Default `bptt()`. */
  readonly rule?: LearningRule;
  readonly regularisers?: readonly Regulariser[];
  /** Moves the connections of sparse projections while they learn. Default: they stay. */
  readonly rewiring?: Rewiring;
  /** Largest norm of the gradient; a larger one is scaled down to it. Default: no clipping. */
  readonly clipNorm?: number;
  /** Neuron parameters to train besides the weights, e.g. `{ hidden: ['tauA'] }`; they stay within their ranges. */
  readonly trainable?: Readonly<Partial<Record<P, readonly string[]>>>;
  /** Initial parameters; default: drawn from the seed. */
  readonly parameters?: NetworkParameters;
  /** Equal parts of the batch that are computed independently. Results depend on it, but not on the number of workers. Default 1. */
  readonly shards?: number;
  /** Keep states of this many steps only and recompute the others in the backward pass. */
  readonly recomputeEvery?: number;
  /** Start each sequence from the state at the end of the one before. Default false. */
  readonly carryState?: boolean;
  readonly arithmetic?: Arithmetic;
  /** Where shards run. Default: in this thread; `workerThreads` of `volley/io` spreads them over cores. */
  readonly executor?: ExecutorFactory;
}

/** Their names. */
export const TRAINER_OPTIONS = [
  ...(['batch', 'steps', 'dt', 'seed', 'loss', 'optimiser', 'rule', 'regularisers', 'rewiring', 'clipNorm'] as const),
  ...(['trainable', 'parameters', 'shards', 'recomputeEvery', 'carryState', 'arithmetic', 'executor'] as const),
] as const;
