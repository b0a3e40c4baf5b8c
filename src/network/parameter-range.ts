import { ParameterError } from '../base/errors.ts';
import type { ParameterSpec } from '../expr/index.ts';

/**
 * Checks the values of one parameter of a population.
 *
 * @param values - length 1 (uniform) or N
 * @throws ParameterError naming the first neuron whose value is not finite or out of the parameter's range
 */
export function checkRange(where: string, spec: ParameterSpec, values: ArrayLike<number>): void {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, unit } = spec;
  // Learning keeps parameters as float32, in which a bound itself may round to the other side.
  const allowed = (value: number) =>
    (value >= min && value <= max) || [min, max].some((bound) => Math.fround(bound) === value);
  for (let n = 0; n < values.length; n++) {
    const value = values[n]!;
    if (Number.isFinite(value) && allowed(value)) continue;
    const of = values.length > 1 ? ` for neuron ${n}` : '';
    const range = `${spec.min ?? '-∞'} to ${spec.max ?? '∞'}`;
    throw new ParameterError(where, `expected ${range} ${unit}, got ${value}${of}`, {
      hint: values.length > 1 ? 'a distribution must stay within the range of its parameter' : 'see the model',
      fields: { neuron: n, value },
    });
  }
}
