/**
 * NumPy's legacy generator `RandomState(seed)`: the Mersenne Twister MT19937 and the draws that fixtures need, in the
 * order of NumPy's own C code, so that data drawn there can be drawn here to the last bit.
 */
export class RandomState {
  readonly #state = new Uint32Array(624);
  #next = 624;
  #cached: number | undefined;

  constructor(seed: number) {
    this.#state[0] = seed >>> 0;
    for (let k = 1; k < 624; k++) {
      const last = this.#state[k - 1]!;
      this.#state[k] = Math.imul(1812433253, last ^ (last >>> 30)) + k;
    }
  }

  /** One 32-bit output. */
  bits(): number {
    if (this.#next === 624) this.#twist();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let k = 0; k < 624; k++) {
      const y = (state[k]! & 0x80000000) | (state[(k + 1) % 624]! & 0x7fffffff);
      state[k] = state[(k + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }

  /** Uniform in [0, 1), 53 bits. */
  rand(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Standard normal, by Marsaglia's polar method; of each pair the second value is returned first. */
  randn(): number {
    if (this.#cached !== undefined) {
      const value = this.#cached;
      this.#cached = undefined;
      return value;
    }
    for (;;) {
      const x1 = 2 * this.rand() - 1;
      const x2 = 2 * this.rand() - 1;
      const r2 = x1 * x1 + x2 * x2;
      if (r2 >= 1 || r2 === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(r2)) / r2);
      this.#cached = factor * x1;
      return factor * x2;
    }
  }

  uniform(low: number, high: number): number {
    return low + (high - low) * this.rand();
  }

  /** `choice([0, 1])`. */
  coin(): 0 | 1 {
    return (this.bits() & 1) as 0 | 1;
  }

  /** `choice([0, 1], p=[p, 1 - p])` with probabilities that were rounded to float32. */
  choose(p0: number, p1: number): 0 | 1 {
    const [a, b] = [Math.fround(p0), Math.fround(p1)];
    return this.rand() < a / (a + b) ? 0 : 1;
  }
}
