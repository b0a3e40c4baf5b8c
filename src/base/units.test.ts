import { describe, expect, it } from 'vitest';
import { formatUnit, multiplyUnits, ONE, parseUnit, powerUnit, sameDimension, sameUnit } from './units.ts';

describe('units', () => {
  it('multiplies conductance by voltage to current', () => {
    expect(sameUnit(parseUnit('nS*mV'), parseUnit('pA'))).toBe(true);
    expect(sameUnit(parseUnit('MOhm*nA'), parseUnit('mV'))).toBe(true);
    expect(sameUnit(parseUnit('pF*MOhm'), parseUnit('us'))).toBe(true);
  });

  it('tells dimension from scale', () => {
    expect(sameDimension(parseUnit('s'), parseUnit('ms'))).toBe(true);
    expect(sameUnit(parseUnit('s'), parseUnit('ms'))).toBe(false);
    expect(sameUnit(parseUnit('1/ms'), parseUnit('kHz'))).toBe(true);
  });

  it('cancels to one', () => {
    expect(multiplyUnits(parseUnit('mV'), powerUnit(parseUnit('mV'), -1))).toEqual(ONE);
  });

  it.each(['mV', '1', 'ms', '1/ms', 'pA', 'MOhm'])('prints %s so that it reads back', (text) => {
    expect(sameUnit(parseUnit(formatUnit(parseUnit(text))), parseUnit(text))).toBe(true);
  });

  it('prints what has no name in base units', () => {
    expect(formatUnit(parseUnit('mV*mV'))).toBe('10^-6 V^2');
  });

  it('names the unknown part', () => {
    expect(() => parseUnit('mV/parsec')).toThrow(
      /^parseUnit: unknown unit "parsec" in "mV\/parsec" \(known: 1, s, ms, /,
    );
  });
});
