import { describe, expect, it } from 'vitest';
import { randomExponential, randomFraction, randomUniform } from './random.ts';

const N = 100_000;

/** Σ (n - expected)² / expected over classes of equal probability. */
function chiSquare(classes: readonly number[], count: number): number {
  const counts = new Float64Array(count);
  for (const k of classes) counts[k]! += 1;
  const expected = classes.length / count;
  return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

/** Within 4.5 standard deviations of its mean: a chance of 7 in a million for a sound generator. */
function expectChiSquare(classes: readonly number[], count: number): void {
  const degrees = count - 1;
  expect(Math.abs(chiSquare(classes, count) - degrees) / Math.sqrt(2 * degrees)).toBeLessThan(4.5);
}

describe('randomFraction', () => {
  const places = Array.from({ length: N }, (_, k) => randomFraction(5, 77, 3, 9, k));
  const byte = (u: number) => Math.floor(256 * u);
  /** What is below the byte, from 0 to 1. */
  const rest = (u: number) => 256 * u - byte(u);

  it('has bytes and rests that are uniform, and independent of each other', () => {
    expectChiSquare(places.map(byte), 256);
    expectChiSquare(
      places.map((u) => Math.floor(256 * rest(u))),
      256,
    );
    expectChiSquare(
      places.map((u) => 16 * (byte(u) >> 4) + Math.floor(16 * rest(u))),
      256,
    );
  });

  // The next byte, the next word, the next block, and what four and eight blocks draw beside each other.
  it.each([1, 2, 4, 16, 64, 128])('has coins that do not depend on those %i places away', (ahead) => {
    for (const p of [0.65, 1 / 256]) {
      const coins = places.map((u) => (u < p ? 1 : 0));
      let both = 0;
      for (let k = 0; k + ahead < N; k++) both += coins[k]! * coins[k + ahead]!;
      const deviation = Math.sqrt((N - ahead) * p ** 2 * (1 - p ** 2));
      // Products of neighbours share a factor, which makes them deviate by up to √3 times as much.
      expect(Math.abs(both - (N - ahead) * p ** 2)).toBeLessThan(4.5 * Math.sqrt(3) * deviation);
    }
  });

  it('has coins that do not depend on those of the same place in the next step, run or stream', () => {
    const p = 0.65;
    for (const [stream, step, run] of [
      [77, 4, 9],
      [77, 3, 10],
      [78, 3, 9],
    ] as const) {
      let both = 0;
      places.forEach((u, k) => {
        if (u < p && randomFraction(5, stream, step, run, k) < p) both += 1;
      });
      expect(Math.abs(both - N * p ** 2)).toBeLessThan(4.5 * Math.sqrt(N * p ** 2 * (1 - p ** 2)));
    }
  });

  it.each([0.65, 0.3, 1e-3])('is below %d as often as that says', (p) => {
    const below = places.filter((u) => u < p).length;
    expect(Math.abs(below - N * p)).toBeLessThan(4.5 * Math.sqrt(N * p * (1 - p)));
  });

  it('is a function of all that it is given', () => {
    const one = randomFraction(5, 77, 3, 9, 11);
    expect(randomFraction(5, 77, 3, 9, 11)).toBe(one);
    const others = [
      randomFraction(6, 77, 3, 9, 11),
      randomFraction(5 + 2 ** 32, 77, 3, 9, 11),
      randomFraction(5, 78, 3, 9, 11),
      randomFraction(5, 77, 4, 9, 11),
      randomFraction(5, 77, 3, 10, 11),
      randomFraction(5, 77, 3, 9, 12),
    ];
    expect(new Set([one, ...others]).size).toBe(7);
  });
});

it('an exponential draw is -ln of the uniform one, with mean 1', () => {
  let sum = 0;
  for (let k = 0; k < N; k++) sum += randomExponential(5, 1, 2, k);
  expect(Math.abs(sum / N - 1)).toBeLessThan(4.5 / Math.sqrt(N));
  // Two logarithms, each within 1e-15.
  expect(Math.abs(randomExponential(5, 1, 2, 7) / -Math.log(randomUniform(5, 1, 2, 7)) - 1)).toBeLessThan(2e-15);
});
