import type { SparsePattern } from '../../network/index.ts';

/** Arrays that a checkpoint holds, by name. */
export type RewiringState = Readonly<Record<string, Float32Array | Uint32Array>>;

/** What changes connections after each of the optimiser's steps, in the optimiser's own vectors. */
export interface Rewirer {
  /**
   * @param iteration - number of the training step just done, from 1
   * @returns the number of connections that were activated
   */
  step(learningRate: number, iteration: number): number;
  /** Connections that the last step or load changed, by projection, on live arrays. */
  readonly changed: Readonly<Record<string, SparsePattern>>;
  /** All sparse connections, by projection, on live arrays. */
  readonly patterns: Readonly<Record<string, SparsePattern>>;
  saveState(): RewiringState;
  /**
   * Checks a state that is to be loaded.
   *
   * @param parameters - the whole vector that belongs to it
   * @throws ShapeError if it belongs to other options; ParameterError if what it holds cannot be
   */
  checkState(state: RewiringState, parameters: Float32Array, iteration: number): void;
  /** Takes over a checked state; the optimiser's vectors are those that belong to it. */
  loadState(state: RewiringState): void;
}
