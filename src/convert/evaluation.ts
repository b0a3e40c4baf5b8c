import type { EnergyReport } from './energy.ts';
import type { RasterSpike } from './execute/layer-detail.ts';
import type { Schedule } from './execute/schedule.ts';
import type { Treatment } from './spiking-network.ts';

/** What one gate's neurons did. */
export interface LayerEvaluation {
  readonly name: string;
  /** Name of the activation. */
  readonly activation: string;
  /** Activation units, and neurons that stand for them. */
  readonly gates: number;
  readonly neurons: number;
  readonly steps: number;
  /** Per image. */
  readonly spikes: number;
  readonly spikesPerNeuron: number;
  readonly spikesPerGate: number;
  /** Spikes per gate in each step, [K]. */
  readonly perStep: readonly number[];
  /** Of the decoded values against the trained network's own activation. */
  readonly meanSquaredError?: number;
  /** The same by the mean square of the activation. */
  readonly relativeError?: number;
  /** Share of inputs that the code does not reach. */
  readonly saturatedShare?: number;
  /** Share of gates whose neurons spiked for no image. */
  readonly silentShare?: number;
}

/** Spikes of a few neurons of a gate on the first image; steps are those of the whole run. */
export interface RasterRow {
  readonly gate: string;
  readonly neurons: readonly number[];
  readonly start: number;
  readonly steps: number;
  readonly spikes: readonly RasterSpike[];
}

/** A trained network and its spiking one on the same images. Shares are 0 to 1. */
export interface Evaluation {
  readonly images: number;
  /** Absent without labels. */
  readonly annAccuracy?: number;
  readonly snnAccuracy?: number;
  /** Share of images to which both give the same label. */
  readonly agreement: number;
  readonly annLabels: Int32Array;
  readonly snnLabels: Int32Array;
  /** Activation units of the trained network, and neurons that stand for them. */
  readonly gates: number;
  readonly neurons: number;
  /** Of these neurons; a coded input counts by itself. */
  readonly spikesPerImage: number;
  readonly spikesPerNeuron: number;
  readonly spikesPerGate: number;
  readonly inputSpikesPerImage: number;
  /** Share of gates whose neurons never spiked; absent without detail. */
  readonly silentShare?: number;
  readonly latencySteps: number;
  readonly schedule: Schedule;
  readonly layers: readonly LayerEvaluation[];
  /** How products and max-pools are computed, and how many events they pass on per image. */
  readonly treatments: readonly (Omit<Treatment, 'code'> & { readonly name: string; readonly events: number })[];
  /** Empty without detail. */
  readonly raster: readonly RasterRow[];
  readonly energy: EnergyReport;
}
