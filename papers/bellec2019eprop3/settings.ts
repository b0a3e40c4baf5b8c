/** Every number of the experiment. All are our own choice: no size or result of the preprint could be checked. */
export interface CopySettings {
  /** Neurons, all ALIF. */
  readonly neurons: number;
  /** Adaptation time constant, ms. */
  readonly tauA: number;
  /** Threshold rise per unit of adaptation. */
  readonly beta: number;
  /** Symbols of a pattern, and different symbols. */
  readonly length: number;
  readonly symbols: number;
  /** Duration of a symbol, and from the pattern to the go cue, ms. */
  readonly symbolDuration: number;
  readonly delay: number;
  /** Steps of a window. */
  readonly window: number;
  /** Trials per iteration. */
  readonly batch: number;
  readonly iterations: number;
  readonly learningRate: number;
  /** Of the synthetic gradients, and their hidden units. */
  readonly futureLearningRate: number;
  readonly futureHidden: number;
  /** Strength of the firing-rate regulariser. */
  readonly rateStrength: number;
  /** Iterations over which the error is averaged. */
  readonly every: number;
}

/** Two symbols, then a delay of three windows. */
export const settings: CopySettings = {
  neurons: 80,
  tauA: 150,
  beta: 1.8,
  length: 2,
  symbols: 4,
  symbolDuration: 20,
  delay: 60,
  window: 20,
  batch: 16,
  iterations: 500,
  learningRate: 0.005,
  futureLearningRate: 1e-3,
  futureHidden: 128,
  rateStrength: 0.1,
  every: 50,
};
