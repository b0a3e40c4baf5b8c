import { philox, type Words } from '../../base/random.ts';

/** Uniform integers of one training step, a function of (seed, stream, step) and of how many were drawn; nothing is allocated. */
export class StepDraws {
  readonly #seed: number;
  readonly #stream: number;
  readonly #block: Words = [0, 0, 0, 0];
  #step = 0;
  #next = 0;

  constructor(seed: number, stream: number) {
    this.#seed = seed;
    this.#stream = stream;
  }

  /** Begins the draws of a step. */
  start(step: number): void {
    this.#step = step;
    this.#next = 0;
  }

  /** The next one of 0 … bound - 1, without modulo bias; bound up to 2^32. */
  integer(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let word = this.#word();
    while (word >= limit) word = this.#word();
    return word % bound;
  }

  #word(): number {
    const block = this.#block;
    if (this.#next % 4 === 0) {
      block[0] = this.#next / 4;
      block[1] = this.#step >>> 0;
      block[2] = Math.floor(this.#seed / 2 ** 32) >>> 0;
      block[3] = 2;
      philox(block, this.#seed >>> 0, this.#stream);
    }
    return block[this.#next++ % 4]!;
  }
}
