/** Bits behind the point of numbers of 32 bits, as the exponential unit takes and gives them. */
const BITS = 15;

/** Distance of two such numbers. */
export const LSB = 2 ** -BITS;

const LARGEST = 2 ** 31 - 1;

/**
 * Random words of 32 bits from additions, shifts and exclusive ors alone: Marsaglia's KISS with an add-with-carry in place of the
 * multiplication.
 */
export class Jkiss32 {
  #x = 123456789;
  #y = 234567891;
  #z = 345678912;
  #w = 456789123;
  #carry = 0;

  /** The next word, 0 to 2³² - 1. */
  word(): number {
    this.#y ^= this.#y << 5;
    this.#y ^= this.#y >>> 7;
    this.#y ^= this.#y << 22;
    const sum = (this.#z + this.#w + this.#carry) | 0;
    this.#z = this.#w;
    this.#carry = sum < 0 ? 1 : 0;
    this.#w = sum & 0x7fffffff;
    this.#x = (this.#x + 1411392427) | 0;
    return (this.#x + this.#y + this.#w) >>> 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.word() / 2 ** 32;
  }
}

/** exp() of a number with 15 bits behind the point, rounded to such a number; stays at the largest from 11.0904 on. */
export const expUnit = (raw: number): number => Math.min(LARGEST, Math.round(Math.exp(raw * LSB) * 2 ** BITS));

/** Where a sum of θ, drift and noise loses its digits. */
export type Rounding = 'sum' | 'drift apart' | 'down';

/** θ after an update, all in units of {@link LSB}; θ is whole. */
export function roundedUpdate(theta: number, drift: number, noise: number, rounding: Rounding): number {
  if (rounding === 'sum') return Math.round(theta + drift + noise);
  if (rounding === 'down') return Math.floor(theta + drift + noise);
  return theta + Math.round(drift) + Math.round(noise);
}
