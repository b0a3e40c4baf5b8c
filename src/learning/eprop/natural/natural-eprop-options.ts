import { checkedOptions } from '../../../base/options.ts';
import type { Arithmetic } from '../../../kernels/index.ts';
import type { Activity, Network, NetworkParameters } from '../../../network/index.ts';
import type { Batch } from '../../../tensor/index.ts';
import type { Loss } from '../../loss.ts';
import type { Optimiser } from '../../optimisers.ts';
import type { TrainableNeurons } from '../../parameter-segments.ts';
import type { Regulariser } from '../../regularisers.ts';
import type { BatchResult } from '../../trainer-results.ts';

/** What both networks have. */
interface NetworkOptions {
  readonly network: Network;
  readonly regularisers?: readonly Regulariser[];
  /** Neuron parameters to optimise besides the weights, e.g. `{ signals: ['bias'] }`. */
  readonly trainable?: TrainableNeurons;
  /** Initial parameters; default: drawn from the seed. */
  readonly parameters?: NetworkParameters;
}

/** The network that learns a task in one update. */
export interface TraineeOptions extends NetworkOptions {
  /** The population that receives learning signals; trainable synapses onto it must be all-to-all. */
  readonly learns: string;
  /** Of the run after the update. */
  readonly loss: Loss;
}

/** The network that says what is to be learned. */
export interface GeneratorOptions extends NetworkOptions {
  /** The graded population whose outputs are the learning signals: as many neurons as the population that learns. */
  readonly signals: string;
}

/** How to build a `NaturalEprop`. */
export interface NaturalEpropOptions {
  /** Rows: tasks that are learned independently, each with weights of its own. */
  readonly batch: number;
  readonly steps: number;
  /** Time step in ms. Default 1. */
  readonly dt?: number;
  /** Seed of initial weights and of random draws in equations; draws are the same for every row of the trainee. */
  readonly seed: number;
  readonly trainee: TraineeOptions;
  readonly generator: GeneratorOptions;
  /** Learning rate of the update by learning signals. */
  readonly innerRate: number;
  /** Of both networks' initial parameters. */
  readonly optimiser: Optimiser;
  /** Largest norm of either network's gradient; a larger one is scaled down to it. Default: no clipping. */
  readonly clipNorm?: number;
  readonly arithmetic?: Arithmetic;
}

const NETWORK = ['network', 'regularisers', 'trainable', 'parameters'] as const;

/** @throws ParameterError for an unknown option, of either network too */
export function checkNaturalOptions(options: NaturalEpropOptions): void {
  checkedOptions('NaturalEprop', options, [
    ...(['batch', 'steps', 'dt', 'seed', 'trainee', 'generator'] as const),
    ...(['innerRate', 'optimiser', 'clipNorm', 'arithmetic'] as const),
  ]);
  checkedOptions('NaturalEprop, trainee', options.trainee, [...NETWORK, 'learns', 'loss']);
  checkedOptions('NaturalEprop, generator', options.generator, [...NETWORK, 'signals']);
}

/** Tasks, one per row: what the trainee sees and should do, and what the generator is told of it. */
export interface TaughtBatch extends Batch {
  /** Activity of each input of the generator, [steps, size, channels]. */
  readonly instruction: Readonly<Record<string, Activity>>;
}

/** What a batch of tasks gave after one update each. */
export interface TaughtResult extends BatchResult {
  /** Mean firing rate of each spiking population of the generator, in Hz. */
  readonly generatorRates: Readonly<Record<string, number>>;
}

/** What {@link NaturalEpropOptions} measured without learning of its own. */
export interface TaughtEvaluation extends TaughtResult {
  /** The loss without the update. */
  readonly lossBefore: number;
  /** The trainee's readout after the update, [steps, batch, neurons]. */
  readonly outputs: Float32Array;
}

/** What one step of the outer loop gave. */
export interface OuterStepResult extends TaughtResult {
  /** Number of this step, from 1. */
  readonly iteration: number;
  readonly regularisation: number;
  /** Norms of the whole gradients before clipping. */
  readonly gradientNorm: { readonly trainee: number; readonly generator: number };
  readonly learningRate: number;
}
