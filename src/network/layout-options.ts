import type { Place } from '../expr/index.ts';
import type { Arena } from './arena.ts';

/** What a simulation must keep, and so how its memory is laid out. */
export interface LayoutOptions {
  readonly batch: number;
  /** Time step in ms; for plastic synapses, whose decays depend on it. */
  readonly dt?: number;
  /** Time steps of one block: a training sequence, or what a simulation runs per call into WebAssembly. */
  readonly steps: number;
  /** Present when gradients are wanted: base parameters to train, per population. */
  readonly training?: {
    readonly parameters: Readonly<Record<string, readonly string[]>>;
    /** Populations that a loss reads; their dE/d output is given per step. */
    readonly readouts: readonly string[];
    /** Keep states of this many steps only and recompute the rest from checkpoints. */
    readonly recomputeEvery?: number;
    /** Whether derivatives leave the reset out. */
    readonly detachReset?: boolean;
    /**
     * The projections through which gradients go back to the source: by their weights, or by feedback weights of their
     * own. Default: all of them, by their weights.
     */
    readonly feedback?: Readonly<Record<string, 'weights' | 'own'>>;
    /** Room for this many synapses of a sparse projection, by projection, where learning moves them; default: as many as there are. */
    readonly capacity?: Readonly<Record<string, number>>;
    /** Whether steps after a block hand back adjoints; then nothing sums adjoints over time from 0. Default false. */
    readonly openEnd?: boolean;
  };
  /** Present when eligibility traces are wanted, in place of `training`. */
  readonly traces?: {
    /** ms. */
    readonly dt: number;
    readonly detachReset: boolean;
    /** Population whose response is wanted even if no synapse onto it learns. */
    readonly readout?: string;
  };
  /** State variables to keep for every step of a block, per population. */
  readonly record?: Readonly<Record<string, readonly string[]>>;
}

/** Where the activity of an input or a population lies. */
export interface SourceLayout {
  readonly spiking: boolean;
  readonly size: number;
  readonly padded: number;
  readonly rowBytes: number;
  /** Bytes of one time step. */
  readonly output: Place;
}

/** `slots` time steps of `slotBytes` each. */
export function place(arena: Arena, slotBytes: number, slots: number): Place {
  return { base: arena.span(slotBytes * slots), slotBytes, slots };
}
