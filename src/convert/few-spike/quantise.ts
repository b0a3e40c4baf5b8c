import { ParameterError } from '../../base/errors.ts';
import { type CodeUnit, isCircuit } from './parameters.ts';

/** The least power of two above every magnitude; 1 if all are 0. */
function rangeOf(values: Float64Array): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return 1;
  let power = 1;
  while (power <= largest) power *= 2;
  while (power / 2 > largest) power /= 2;
  return power;
}

/** Rounds to the nearest of 2^bits equal steps of [-range, range). */
function quantise(values: Float64Array, bits: number): Float64Array {
  const range = rangeOf(values);
  const unit = range * 2 ** (1 - bits);
  return values.map((value) => Math.min(Math.round(value / unit) * unit, range - unit));
}

/**
 * Thresholds, resets or inhibition, and weights as signed fixed-point numbers of some bits. Each of the three has a range of its own, the least
 * power of two above its magnitudes, so that binary expansions with a power of two as α stay exact. Offset, bias and range stay: a
 * network folds them into other numbers.
 *
 * @param bits - 2 to 32
 * @throws ParameterError for another number of bits
 */
export function quantiseParameters<Unit extends CodeUnit>(unit: Unit, bits: number): Unit {
  if (!Number.isInteger(bits) || bits < 2 || bits > 32) {
    throw new ParameterError('quantiseParameters', `expected 2 to 32 bits, got ${bits}`);
  }
  const { thresholds, weights } = unit;
  const taken = isCircuit(unit)
    ? { inhibition: quantise(unit.inhibition, bits) }
    : { resets: quantise(unit.resets, bits) };
  return { ...unit, ...taken, thresholds: quantise(thresholds, bits), weights: quantise(weights, bits) };
}

/** {@link quantiseParameters} of every neuron of a code. */
export const quantiseCode = <Unit extends CodeUnit>(code: readonly Unit[], bits: number): readonly Unit[] =>
  code.map((unit) => quantiseParameters(unit, bits));
