/** A shipped neuron as the generated file holds it. */
export type TableRow = readonly [
  name: string,
  weighting: string,
  steps: number,
  range: readonly number[],
  thresholds: readonly number[],
  weightedMse: number,
  mse: number,
  weightedSpikes: number,
  spikes: number,
  resets: readonly number[],
  weights: readonly number[],
  offset: number,
];
