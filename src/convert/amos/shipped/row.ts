/** A shipped unit as the generated file holds it; `inhibition` is the lower triangle, row by row. */
export type UnitRow = readonly [
  name: string,
  weighting: string,
  neurons: number,
  range: readonly number[],
  gains: readonly number[],
  thresholds: readonly number[],
  weightedMse: number,
  mse: number,
  weightedSpikes: number,
  spikes: number,
  inhibition: readonly number[],
  weights: readonly number[],
  offset: number,
];
