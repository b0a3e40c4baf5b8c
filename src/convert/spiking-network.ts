import type { Code } from './few-spike/parameters.ts';
import type { ActivationGate, StagedNetwork } from './graph/stages.ts';
import type { StatisticsSummary } from './statistics.ts';

/** Few-spike neurons fire up to K times each; AMOS units are circuits of neurons that fire at most once. Values are the same. */
export type Method = 'fs' | 'amos';

/** How a number of spikes is aimed at: the largest input seen, a percentile of the inputs, or α itself. */
export type AlphaRule = 'max' | { readonly percentile: number } | number;

/** An activation unit that has become spiking neurons. */
export interface SpikingActivation {
  readonly gate: ActivationGate;
  readonly code: Code;
  /** K, the largest of the code's neurons. */
  readonly steps: number;
  /** Of its inputs in calibration. */
  readonly statistics: StatisticsSummary;
  /** Share of the calibration inputs that the code cannot reach: there it saturates or clamps. */
  readonly shareOutside: number;
}

/** What a product or a max-pool becomes. */
export interface Treatment {
  /** Whether spiking neurons compute it, or exact numbers do, which then count as such. */
  readonly label: 'spiking' | 'exact';
  /** Why, in a few words. */
  readonly reason: string;
  /** Of a spiking max-pool: the code that passes through it. */
  readonly code?: Code;
}

/** The network's input: exact numbers into the first layer, or neurons that code them. */
export type SpikingInput = { readonly kind: 'analog' } | { readonly kind: 'coded'; readonly code: Code };

/** Normal noise on the membrane at each comparison. */
export interface MembraneNoise {
  /** Standard deviation, relative to what the neuron's code spans. */
  readonly deviation: number;
  readonly seed: number;
}

/** A trained network as spiking neurons: an immutable description that runners execute. */
export interface SpikingNetwork {
  readonly name: string;
  readonly method: Method;
  /** As trained. */
  readonly ann: StagedNetwork;
  /** The same parts as converted: with quantised weights if asked for, else `ann` itself. */
  readonly staged: StagedNetwork;
  readonly input: SpikingInput;
  /** By the name of the gate, in the order of the network. */
  readonly activations: ReadonlyMap<string, SpikingActivation>;
  /** Products and max-pools, by the name of the gate. */
  readonly treatments: ReadonlyMap<string, Treatment>;
  readonly noise: MembraneNoise | undefined;
}
