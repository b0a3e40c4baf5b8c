import { describe, expect, it } from 'vitest';
import { cosTurn, exp, log, sigmoid, sinTurn, tanh } from './math.ts';

/** Largest relative distance from `truth` over evenly spaced points. */
function worst(f: (x: number) => number, truth: (x: number) => number, low: number, high: number): number {
  let most = 0;
  const count = 200_000;
  for (let i = 0; i <= count; i++) {
    const x = low + ((high - low) * (i + 0.37)) / (count + 1);
    const expected = truth(x);
    most = Math.max(most, Math.abs(f(x) - expected) / Math.abs(expected));
  }
  return most;
}

// 1e-15 is 4.5 units in the last place: the stated bound, plus the engine's own error of at most one unit.
const BOUND = 1e-15;

describe('float64 elementary functions', () => {
  it.each([
    ['exp', exp, Math.exp, -700, 700],
    ['exp near 0', exp, Math.exp, -1, 1],
    ['log', log, Math.log, 1e-300, 10],
    ['log near 1', log, Math.log, 0.5, 2],
    ['tanh', tanh, Math.tanh, -25, 25],
    ['tanh near 0', tanh, Math.tanh, -0.01, 0.01],
    ['sigmoid', sigmoid, (x: number) => 1 / (1 + Math.exp(-x)), -700, 40],
  ])('%s agrees with the engine', (_, f, truth, low, high) => {
    expect(worst(f, truth, low, high)).toBeLessThan(BOUND);
  });

  it('cosTurn and sinTurn agree with the engine absolutely', () => {
    let most = 0;
    for (let i = 0; i < 100_000; i++) {
      const x = i / 100_000;
      most = Math.max(
        most,
        Math.abs(cosTurn(x) - Math.cos(2 * Math.PI * x)),
        Math.abs(sinTurn(x) - Math.sin(2 * Math.PI * x)),
      );
    }
    // 2π x is rounded before Math.cos sees it, hence an absolute bound of one ulp of 2π.
    expect(most).toBeLessThan(1e-15);
  });

  it('knows the special values', () => {
    expect([exp(0), exp(1000), exp(-1000), exp(Number.NEGATIVE_INFINITY)]).toEqual([1, Infinity, 0, 0]);
    expect([log(1), log(0), log(-1), log(Infinity)]).toEqual([0, -Infinity, NaN, Infinity]);
    expect([tanh(0), tanh(100), tanh(-Infinity)]).toEqual([0, 1, -1]);
    expect([sigmoid(0), sigmoid(1000), sigmoid(-1000)]).toEqual([0.5, 1, 0]);
    expect([cosTurn(0), cosTurn(0.25), cosTurn(0.5), cosTurn(0.75)]).toEqual([1, -0, -1, 0]);
    expect([sinTurn(0), sinTurn(0.25), sinTurn(0.5), sinTurn(0.75)]).toEqual([0, 1, -0, -1]);
    expect([exp(NaN), tanh(NaN), sigmoid(NaN)]).toEqual([NaN, NaN, NaN]);
    expect(exp(-745)).toBe(5e-324);
    expect(log(5e-324)).toBeCloseTo(-744.4400719213812, 12);
  });
});
