import { describe, expect, it } from 'vitest';
import { expUnit, Jkiss32, LSB, type Rounding, roundedUpdate } from './fixed-point.ts';

it('JKISS32 begins with the words of the algorithm, and is uniform', () => {
  const random = new Jkiss32();
  const words = Array.from({ length: 6 }, () => random.word());
  expect(words).toEqual([2580135033, 3926114927, 653136079, 2957951449, 4132734451, 3982540607]);
  let sum = 0;
  for (let k = 0; k < 100_000; k++) sum += random.uniform();
  // Five standard errors of √(1/12 / 10⁵).
  expect(Math.abs(sum / 100_000 - 0.5)).toBeLessThan(0.0046);
});

it.each([
  [0, 32768],
  [32768, 89073],
  [-32768, 12055],
  [163840, 4863202],
  [327680, 721763231],
  [-327680, 1],
  [363725, 2147483647],
])('the exponential of %d is %d', (raw, result) => {
  expect(Math.abs(expUnit(raw) - result)).toBeLessThanOrEqual(1);
});

/** Interval times learning rate, precision, temperature, bounds of θ. */
const [RATE, PRECISION, TEMPERATURE, LEAST, MOST] = [5e-5, 0.25, 0.1, -2, 5];

/** Mean change of θ in an update, by noise and its negative in turn, which leaves nothing of the noise but what rounding does. */
function meanChange(theta: number, rounding: Rounding, random: Jkiss32): number {
  const raw = Math.round(theta / LSB);
  const drift = (-RATE * PRECISION * raw * LSB) / LSB;
  const sd = Math.sqrt(2 * TEMPERATURE * RATE) / LSB;
  const pairs = 4000;
  let sum = 0;
  for (let k = 0; k < pairs; k++) {
    const noise = sd * Math.sqrt(3) * (2 * random.uniform() - 1);
    sum += roundedUpdate(raw, drift, noise, rounding) + roundedUpdate(raw, drift, -noise, rounding) - 2 * raw;
  }
  return (LSB * sum) / (2 * pairs);
}

/** Mean, deviation and share of θ ≥ 0 of the law that a walk with these changes and the diffusion T·rate comes to. */
function law(rounding: Rounding) {
  const random = new Jkiss32();
  const step = 0.02;
  let [potential, total, mean, square, functional] = [0, 0, 0, 0, 0];
  for (let theta = LEAST + step / 2; theta < MOST; theta += step) {
    potential += (meanChange(theta, rounding, random) / (TEMPERATURE * RATE)) * step;
    const p = Math.exp(potential);
    total += p;
    mean += p * theta;
    square += p * theta ** 2;
    if (theta >= 0) functional += p;
  }
  mean /= total;
  return { mean, sd: Math.sqrt(square / total - mean ** 2), functional: functional / total };
}

describe('θ in steps of 2⁻¹⁵, with updates far below a step', () => {
  it('keeps its prior where the sum of drift and noise is rounded: noise decides', () => {
    const { mean, sd, functional } = law('sum');
    // N(0, T / c_p): another program saw 0.018, 0.631 and 0.503 of a walk.
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(sd - Math.sqrt(TEMPERATURE / PRECISION))).toBeLessThan(0.01);
    expect(Math.abs(functional - 0.5)).toBeLessThan(0.02);
  });

  it('loses it where the drift is rounded by itself: nothing draws θ back below 1.22', () => {
    // The walk of another program had a deviation of 0.82.
    expect(law('drift apart').sd).toBeGreaterThan(0.75);
  });

  it('and where digits are cut off: half a step per update draws θ down', () => {
    const { mean, functional } = law('down');
    // Another program saw -1.07 and 3.5 %.
    expect(Math.abs(mean + 1.07)).toBeLessThan(0.05);
    expect(functional).toBeLessThan(0.05);
  });
});
