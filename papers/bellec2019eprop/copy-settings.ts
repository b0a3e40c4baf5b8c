import type { Setting } from 'volley/io';

const whole = (value: number, doc: string, min = 1, unit?: string) =>
  ({ value, origin: 'our choice', doc, min, integer: true, ...(unit ? { unit } : {}) }) satisfies Setting;
const real = (value: number, doc: string, min = 0, unit?: string) =>
  ({ value, origin: 'our choice', doc, min, ...(unit ? { unit } : {}) }) satisfies Setting;

/** Every number of delayed copy, window by window: two symbols, then a delay of three windows. */
export const copySettings = {
  copyIterations: whole(500, 'updates of each variant, a multiple of copyEvery; 0 leaves the task out', 0),
  copyBatch: whole(16, 'trials per update'),
  copyEvery: whole(50, 'updates over which errors are averaged, for the curves and for the result'),
  copyWindow: whole(20, 'steps of a window'),
  copyLength: whole(2, 'symbols of a pattern'),
  copySymbols: whole(4, 'different symbols', 2),
  copySymbolDuration: whole(20, 'duration of a symbol', 1, 'ms'),
  copyDelay: whole(60, 'time from the end of the pattern to the go cue', 0, 'ms'),
  copyNeurons: whole(80, 'neurons, all ALIF'),
  copyTauA: real(150, 'adaptation time constant', 0.001, 'ms'),
  copyBeta: real(1.8, 'threshold rise per unit of adaptation'),
  copyLearningRate: real(0.005, "Adam's learning rate"),
  copyFutureLearningRate: real(1e-3, "Adam's learning rate of the synthetic gradients"),
  copyFutureHidden: whole(128, 'hidden units of the synthetic gradients; 0 for a linear map', 0),
  copyRate: real(20, 'firing rate that the regulariser pulls to', 0, 'Hz'),
  copyRateStrength: real(0.1, 'strength of the firing-rate regulariser'),
  copyAlignmentAfter: whole(100, 'updates after which gradients are compared with that of BPTT; 0 leaves that out', 0),
  copyAlignmentBatches: whole(20, 'batches over which the compared gradients are added up'),
} as const satisfies Record<string, Setting>;
