import { expect, it } from 'vitest';
import { nested } from './nested.ts';

it('makes groups of names with dots, in their order', () => {
  const values = { 'pattern.bptt': 1, speed: 2, 'pattern.random': 3, 'a.b.c': 4 };
  expect(nested(values)).toEqual({ pattern: { bptt: 1, random: 3 }, speed: 2, a: { b: { c: 4 } } });
  expect(Object.keys(nested(values))).toEqual(['pattern', 'speed', 'a']);
});

it('loses nothing: a name stays whole where its group is a value, or empty', () => {
  const values = { lsnn: 1, 'lsnn.error': 2, '.x': 3 };
  expect(nested(values)).toEqual(values);
});
