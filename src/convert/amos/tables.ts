import type { FittedFunction } from '../few-spike/functions.ts';
import type { AmosParameters } from '../few-spike/parameters.ts';
import type { TableWeighting } from '../few-spike/tables.ts';
import type { AmosFit } from './fit/fit.ts';
import type { UnitRow } from './shipped/row.ts';
import { UNIT_TABLES } from './shipped/tables.ts';

/** A unit that ships with the package, and how well it fits. */
export interface ShippedUnit extends AmosFit {
  readonly name: FittedFunction;
  readonly weighting: TableWeighting;
}

function shippedUnit(row: UnitRow): ShippedUnit {
  const [name, weighting, steps, range, gains, thresholds, weightedMse, mse, weightedSpikes, spikes] = row;
  const [triangle, weights, offset] = row.slice(10) as [readonly number[], readonly number[], number];
  const inhibition = new Float64Array(steps * steps);
  for (let i = 1; i < steps; i++) {
    const first = (i * (i - 1)) / 2;
    inhibition.set(triangle.slice(first, first + i), i * steps);
  }
  const parameters: AmosParameters = {
    steps,
    gains: Float64Array.from(gains),
    thresholds: Float64Array.from(thresholds),
    inhibition,
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
 * The units that ship with the package, made by `node scripts/fit-amos.mjs`: all of them, or those of one function. There is one where
 * it has a clearly smaller error than the unit of the few-spike neuron that ships.
 */
export function shippedUnits(name?: FittedFunction): ShippedUnit[] {
  return UNIT_TABLES.filter((row) => name === undefined || row[0] === name).map(shippedUnit);
}

/** The shipped unit of a function with K neurons; undefined if there is none with this weighting. */
export function findUnit(name: FittedFunction, neurons: number, weighting: TableWeighting): ShippedUnit | undefined {
  const row = UNIT_TABLES.find((entry) => entry[0] === name && entry[1] === weighting && entry[2] === neurons);
  return row && shippedUnit(row);
}
