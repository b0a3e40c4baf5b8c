import type { NodeId } from '../graph.ts';
import type { Place } from './place.ts';

/** The order of a dense projection's synapses: [preRows, postPadded]. */
export interface DenseOrder {
  readonly kind: 'dense';
  /** Presynaptic neurons, rounded up to a multiple of {@link TILE}. */
  readonly preRows: number;
}

/** The order of a sparse projection's synapses: by presynaptic neuron, every row filled up to whole vectors. */
export interface SparseOrder {
  readonly kind: 'sparse';
  readonly preSize: number;
  /** u32 per presynaptic neuron: vectors in its row. */
  readonly rowVectors: number;
  /** u32 per synapse: 4 times the postsynaptic neuron; any neuron where a row is filled up. */
  readonly postOffsets: number;
}

/** Where the traces of one projection lie. Arrays per synapse are [batch, synapses] f32. */
export interface TracePlaces {
  readonly batch: number;
  readonly order: DenseOrder | SparseOrder;
  /** Floats of one row of the batch. */
  readonly synapses: number;
  readonly prePadded: number;
  readonly postPadded: number;
  /** [batch, prePadded] per filter, a slot per step. */
  readonly filters: readonly Place[];
  /** [batch, postPadded] per node that the traces read, a slot per step. */
  readonly nodes: ReadonlyMap<NodeId, Place>;
  /** [batch, postPadded], a slot per step: what the filtered trace is multiplied by. */
  readonly signal: Place;
  readonly components: readonly number[];
  /** e of the step before, if an update reads it. */
  readonly trace?: number;
  /** The filtered trace f(t) = decay · f(t - 1) + e(t); without it, f is e. */
  readonly filtered?: { readonly address: number; readonly decay: number };
  /** A second filter behind the first, for credit that is only known later. */
  readonly credit?: CreditPlaces;
  /** [synapses]: Σ over steps and rows of signal · f, added to. */
  readonly gradient: number;
  /** [synapses]: Σ over steps and rows of e, added to, if wanted. */
  readonly traceSum?: number;
}

/**
 * Where reward-based learning keeps its credit c(t) = discount(t) · c(t - 1) + signal · f; the gradient is
 * Σ error(t) · c(t - 1) + direct · f.
 */
export interface CreditPlaces {
  readonly address: number;
  /** f32 per step: how much of the credit is left. */
  readonly discount: Place;
  /** [batch] f32 per step: the prediction error that the credit before this step gets. */
  readonly error: Place;
  /** [batch, postPadded], a slot per step: learning signals that wait for no reward, if there are any. */
  readonly direct?: Place;
}

/** Presynaptic neurons that share the loads of postsynaptic values. */
export const TILE = 4;

/** Space for the coefficients by which one row of the batch goes through a block, for all synapses onto one input. */
export interface TraceCoefficients {
  /** Per quantity [steps, postPadded] f32: what a spike that arrives at a step adds to it by the block's end. */
  readonly responses: readonly number[];
  /** Per quantity, per thing that a synapse starts with, [postPadded] f32: what a unit of it adds. */
  readonly starts: readonly (readonly number[])[];
}

/** Space for the spikes of one row of the batch in a block, by presynaptic neuron. */
export interface SpikeLists {
  /** u32 per neuron: its spikes. */
  readonly counts: number;
  /** [neuron, slots] u32: byte offset within responses of each spike's step. */
  readonly offsets: number;
  readonly slots: number;
}
