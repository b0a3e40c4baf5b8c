import type { FittedFunction } from './functions.ts';
import type { FewSpikeParameters } from './parameters.ts';
import type { TableRow } from './shipped/row.ts';
import { TABLES } from './shipped/tables.ts';

/** How the errors of a shipped fit count: equally, or by a normal density of mean 0 and deviation 1.7 with a floor of 2 %. */
export type TableWeighting = 'uniform' | 'gaussian';

/** A neuron that ships with the package, and how well it fits. */
export interface ShippedFit {
  readonly name: FittedFunction;
  readonly weighting: TableWeighting;
  readonly parameters: FewSpikeParameters;
  /** Mean squared error over the range: with the weights of the fit, and with equal ones. */
  readonly weightedMse: number;
  readonly mse: number;
  /** Mean spikes over the range, in the same two ways. */
  readonly weightedSpikes: number;
  readonly spikes: number;
}

function shippedFit(row: TableRow): ShippedFit {
  const [name, weighting, steps, range, thresholds, weightedMse, mse, weightedSpikes, spikes, resets, weights, offset] =
    row;
  const parameters: FewSpikeParameters = {
    steps,
    thresholds: Float64Array.from(thresholds),
    resets: Float64Array.from(resets),
    weights: Float64Array.from(weights),
    offset,
    bias: 0,
    sign: 1,
    range: [range[0]!, range[1]!],
    strict: false,
  };
  const errors = { weightedMse, mse, weightedSpikes, spikes };
  return { name: name as FittedFunction, weighting: weighting as TableWeighting, parameters, ...errors };
}

/**
 * The fits that ship with the package, made by `node scripts/fit-few-spike.mjs`: all of them, or those of one function.
 */
export function shippedFits(name?: FittedFunction): ShippedFit[] {
  return TABLES.filter((row) => name === undefined || row[0] === name).map(shippedFit);
}

/** The shipped fit of a function with K steps; undefined if there is none with this weighting. */
export function findFit(name: FittedFunction, steps: number, weighting: TableWeighting): ShippedFit | undefined {
  const row = TABLES.find((entry) => entry[0] === name && entry[1] === weighting && entry[2] === steps);
  return row && shippedFit(row);
}
