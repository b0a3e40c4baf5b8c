import { ParameterError } from './errors.ts';

/**
 * A unit as powers of volt, ampere and second times a power of ten: 'mV' is volt 1, tens -3.
 *
 * Units are compared, never converted: a model in ms stays in ms.
 */
export interface Unit {
  readonly volt: number;
  readonly ampere: number;
  readonly second: number;
  /** Exponent of ten relative to V^volt A^ampere s^second. */
  readonly tens: number;
}

const unit = (volt: number, ampere: number, second: number, tens: number): Unit => ({ volt, ampere, second, tens });

/** The dimensionless unit '1'. */
export const ONE: Unit = unit(0, 0, 0, 0);

const NAMED: Readonly<Record<string, Unit>> = {
  '1': ONE,
  s: unit(0, 0, 1, 0),
  ms: unit(0, 0, 1, -3),
  us: unit(0, 0, 1, -6),
  Hz: unit(0, 0, -1, 0),
  kHz: unit(0, 0, -1, 3),
  V: unit(1, 0, 0, 0),
  mV: unit(1, 0, 0, -3),
  A: unit(0, 1, 0, 0),
  nA: unit(0, 1, 0, -9),
  pA: unit(0, 1, 0, -12),
  S: unit(-1, 1, 0, 0),
  uS: unit(-1, 1, 0, -6),
  nS: unit(-1, 1, 0, -9),
  Ohm: unit(1, -1, 0, 0),
  MOhm: unit(1, -1, 0, 6),
  F: unit(-1, 1, 1, 0),
  nF: unit(-1, 1, 1, -9),
  pF: unit(-1, 1, 1, -12),
};

export function multiplyUnits(a: Unit, b: Unit): Unit {
  return unit(a.volt + b.volt, a.ampere + b.ampere, a.second + b.second, a.tens + b.tens);
}

/** The unit to an integer (or, for square roots, half-integer) power. */
export function powerUnit(a: Unit, n: number): Unit {
  const times = (x: number) => x * n + 0; // + 0 turns -0 into 0, so that units compare equal
  return unit(times(a.volt), times(a.ampere), times(a.second), times(a.tens));
}

export const sameDimension = (a: Unit, b: Unit): boolean =>
  a.volt === b.volt && a.ampere === b.ampere && a.second === b.second;

export const sameUnit = (a: Unit, b: Unit): boolean => sameDimension(a, b) && a.tens === b.tens;

/**
 * Reads a product and quotient of named units, such as 'mV/ms', 'nS*mV' or '1/ms'.
 *
 * @throws ParameterError naming the part that is unknown and the units that are known
 */
export function parseUnit(text: string): Unit {
  let result = ONE;
  let divide = false;
  for (const part of text.split(/([*/])/)) {
    const word = part.trim();
    if (word === '*' || word === '/') {
      divide = word === '/';
      continue;
    }
    const known = Object.hasOwn(NAMED, word) ? NAMED[word] : undefined;
    if (known === undefined) {
      const list = Object.keys(NAMED).join(', ');
      throw new ParameterError('parseUnit', `unknown unit "${word}"${word === text ? '' : ` in "${text}"`}`, {
        hint: `known: ${list}, and products and quotients such as mV/ms`,
        fields: { unit: text },
      });
    }
    result = multiplyUnits(result, divide ? powerUnit(known, -1) : known);
  }
  return result;
}

/** A unit in words for messages: a known name if there is one, else base units with powers. */
export function formatUnit(a: Unit): string {
  const named = Object.keys(NAMED).find((name) => sameUnit(NAMED[name]!, a));
  if (named !== undefined) return named;
  const inverse = Object.keys(NAMED).find((name) => sameUnit(powerUnit(NAMED[name]!, -1), a));
  if (inverse !== undefined) return `1/${inverse}`;
  const power = (name: string, n: number) => (n === 0 ? [] : [n === 1 ? name : `${name}^${n}`]);
  const parts = [...power('V', a.volt), ...power('A', a.ampere), ...power('s', a.second)];
  return (a.tens === 0 ? parts : [`10^${a.tens}`, ...parts]).join(' ');
}
