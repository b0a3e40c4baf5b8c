import { isDistribution } from '../base/distribution.ts';
import { ParameterError, unknownName } from '../base/errors.ts';
import type { ParameterSpec, ParameterValue } from './definition.ts';

type Specs = Readonly<Record<string, ParameterSpec>>;

const at = (value: number | ArrayLike<number>, n: number): number =>
  typeof value === 'number' ? value : value[value.length === 1 ? 0 : n]!;

/** @throws ParameterError for a `below` that names no parameter of the model, or the parameter itself */
export function checkOrderNames(where: string, params: Specs): void {
  for (const [name, { below }] of Object.entries(params)) {
    if (below === undefined) continue;
    const others = Object.keys(params).filter((key) => key !== name);
    if (!others.includes(below)) throw unknownName(where, `parameter above ${name}`, below, others);
  }
}

/**
 * Checks that values are in the order that their specifications ask for; what is yet to be drawn is checked when it is.
 *
 * @param values - a number, or numbers per neuron, for every parameter
 * @throws ParameterError for the first that is not below the other
 */
export function checkOrder(where: string, params: Specs, values: Readonly<Record<string, ParameterValue>>): void {
  for (const [name, { below, unit }] of Object.entries(params)) {
    const [low, high] = [values[name], below === undefined ? undefined : values[below]];
    if (low === undefined || high === undefined || isDistribution(low) || isDistribution(high)) continue;
    const length = (value: number | ArrayLike<number>) => (typeof value === 'number' ? 1 : value.length);
    for (let n = 0; n < Math.max(length(low), length(high)); n++) {
      if (at(low, n) < at(high, n)) continue;
      const got = `${at(low, n)} and ${at(high, n)} ${unit}`;
      throw new ParameterError(where, `expected ${name} below ${below}, got ${got}`, {
        fields: { [name]: at(low, n), [below!]: at(high, n) },
      });
    }
  }
}
