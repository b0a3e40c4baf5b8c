import type { Place } from '../../wasm/place.ts';
import type { SynapseDecay } from '../lazy.ts';
import type { SynapseProgram } from '../program.ts';

/** Bytes of an index of a neuron. */
export type IndexBytes = 2 | 4;

/** What the code generator needs to know about a projection's synapses besides addresses. */
export interface SynapsePlan {
  readonly program: SynapseProgram;
  /** Variables that are computed when an event or a sweep touches their synapse. */
  readonly decays: Readonly<Record<string, SynapseDecay>>;
  /** Steps in the interval of `every`; 0 without such a block. */
  readonly everySteps: number;
}

/** A spiking group: bit rows per batch row, or lists. */
export interface SpikePlace {
  readonly place: Place;
  /**
   * Present where `place` holds lists, u32 count, then u32 neurons in ascending order: how many times a spike counts, in as many
   * steps one after the other. Number k of these is a spike of element `lists`·neuron + k. For a batch of 1.
   */
  readonly lists?: number;
  /** Number of the group's first neuron, a multiple of {@link GROUP}: lists and draws count from the one before all others. Default 0. */
  readonly first?: number;
  readonly rowBytes: number;
  readonly size: number;
  /** Floats per batch row of the group's states. */
  readonly padded: number;
}

/**
 * Where a projection's synapses and what they read lie; all addresses in bytes.
 *
 * Variables of the batch rows lie `planeBytes` apart. Arrays per synapse have room for the count rounded up to a multiple
 * of 4, and 4 more.
 */
export interface SynapsePlaces {
  readonly batch: number;
  /** Synapses per batch row. */
  readonly count: number;
  readonly planeBytes: number;
  /** Of the first batch row: [synapse], [pre] or [post] f32. */
  readonly variables: Readonly<Record<string, number>>;
  /** Of the first batch row: per synapse, the number of steps that its decaying variables have gone through, i32. */
  readonly touched: number;
  /** One f32 each: parameters, base and derived, and `dt`. */
  readonly params: Readonly<Record<string, number>>;
  /** u32[pre + 1] */
  readonly rowStart: number;
  /**
   * Where the synapses are part of a larger pattern: u32[pre], what is added to the numbers of a row's synapses for their draws,
   * modulo 2^32. Absent: nothing.
   */
  readonly rowShift?: number;
  /** There, too: u32[pre], the place of a row's first synapse in the row of the larger pattern. Absent: 0. */
  readonly rowPlace?: number;
  /** u32[count + 4], or u16 */
  readonly post: number;
  readonly postBytes: IndexBytes;
  /** Every presynaptic neuron reaches all postsynaptic ones, in their order: what is theirs need not be gathered. */
  readonly fullRows: boolean;
  /** Synapses by postsynaptic neuron: u32[post + 1], and per position the synapse (u32) and its presynaptic neuron. */
  readonly columns: {
    readonly start: number;
    readonly synapse: number;
    readonly pre: number;
    readonly preBytes: IndexBytes;
    readonly count: number;
    /** What is added to a position for its draws. Default 0. */
    readonly shift?: number;
  };
  /** Its activity counts `delay` steps later. */
  readonly source: SpikePlace & { readonly delay: number };
  readonly target: SpikePlace;
  /** What the synapses deliver to: [batch, target.padded] f32. */
  readonly current: Place;
  /** Whether currents add to what is there; else they replace it. */
  readonly accumulate: boolean;
  /** States of the target, [batch, target.padded] f32. */
  readonly reads: Readonly<Record<string, Place>>;
  /** One f32 per batch row, `rowBytes` apart, at step t + delta. */
  readonly signals: Readonly<
    Record<string, { readonly place: Place; readonly delta: number; readonly rowBytes: number }>
  >;
  /** Per block and random site, where its draws go for the time of their use. */
  readonly draws: Readonly<Record<string, readonly DrawPlace[]>>;
  /** Addresses of i32 words: seed, first batch row, and steps before t = 0. */
  readonly control: {
    readonly seedLow: number;
    readonly seedHigh: number;
    readonly rowStart: number;
    readonly clock: number;
  };
  /** Address of a u64 that counts the synapses that deliver; 0 for none. */
  readonly counter: number;
  /** Index of the kernel `philoxNormal`. */
  readonly philoxNormal: number;
}

export interface DrawPlace {
  readonly buffer: number;
  readonly stream: number;
}

/** Synapses that a sweep handles at a time where rows do not matter. */
export const SWEEP = 4096;

/** Draws come in groups of this many. */
export const GROUP = 16;

/**
 * Bytes of a buffer for draws: for the longest run of synapses that is handled at a time, or for all neurons. A run may
 * begin and end within a group, and two groups are drawn at a time.
 *
 * @param longest - synapses of one row or column
 */
export const drawBufferBytes = (longest: number): number => 4 * (Math.max(longest, SWEEP) + 4 * GROUP);
