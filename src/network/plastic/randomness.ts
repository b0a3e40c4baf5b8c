import { ParameterError } from '../../base/errors.ts';
import type { SynapseBlockName } from '../../expr/index.ts';

/** Draws are made in groups of this many consecutive elements. */
export const DRAWS = 16;

/** Groups of draws that `count` elements take. */
const drawGroups = (count: number): number => Math.ceil(count / DRAWS);

/** Number of the draw for an element of a batch row, which has `count` of them. */
export const drawIndex = (row: number, count: number, element: number): number =>
  row * drawGroups(count) * DRAWS + element;

/** Purpose of a random call of a block, for its stream. */
export const randomPurpose = (projection: string, block: SynapseBlockName, site: number): string =>
  `random/${projection}/${block}/${site}`;

/**
 * The number of steps in the interval of an `every` block.
 *
 * @throws ParameterError unless the interval is a whole number of steps, 1 or more
 */
export function intervalSteps(projection: string, interval: number, dt: number): number {
  const steps = Math.round(interval / dt);
  // A quotient of decimal fractions such as 0.3 / 0.1 is whole up to rounding.
  if (steps >= 1 && Math.abs(interval / dt - steps) < 1e-6) return steps;
  throw new ParameterError(`projection "${projection}"`, `expected an interval of whole steps, got ${interval} ms`, {
    hint: `the time step is ${dt} ms`,
    fields: { interval, dt },
  });
}
