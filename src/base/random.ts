import { cosTurn, log, sinTurn } from './math.ts';

/** Four 32-bit words. */
export type Words = [number, number, number, number];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The high 32 bits of the product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const mid = aHigh * bLow + (low >>> 16);
  const mid2 = aLow * bHigh + (mid & 0xffff);
  return (aHigh * bHigh + Math.floor(mid / 0x10000) + Math.floor(mid2 / 0x10000)) >>> 0;
}

/**
 * Philox 4x32-10, the counter-based generator behind every random draw in Volley.
 *
 * @param counter - four words; overwritten by the result
 * @param key0 - first key word
 * @param key1 - second key word
 * @eq salmon2011philox (Philox-4x32-10)
 */
export function philox(counter: Words, key0: number, key1: number): Words {
  let [c0, c1, c2, c3] = counter;
  let k0 = key0 >>> 0;
  let k1 = key1 >>> 0;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  counter[0] = c0;
  counter[1] = c1;
  counter[2] = c2;
  counter[3] = c3;
  return counter;
}

/** A 32-bit word to a number strictly between 0 and 1, exact in float32: (w >> 9 + 1/2) / 2^23. */
export const wordToUniform = (word: number): number => ((word >>> 9) + 0.5) * 2 ** -23;

/**
 * The draw number `index` of (seed, stream, step): the same on every back end and for any number of workers.
 *
 * Four consecutive indices share one Philox block: counter = [index >> 2, step, seed >> 32, 0], key = [seed, stream].
 *
 * @param seed - integer, 0 to 2^53 - 1
 * @param stream - 32-bit number of the purpose (one per random call site)
 * @param step - time step, 32 bits
 * @param index - element, 0 to 2^34 - 1
 * @returns a 32-bit unsigned integer
 */
export function randomWord(seed: number, stream: number, step: number, index: number): number {
  const block: Words = [Math.floor(index / 4) >>> 0, step >>> 0, Math.floor(seed / 2 ** 32) >>> 0, 0];
  return philox(block, seed >>> 0, stream >>> 0)[index % 4]!;
}

/** Uniform draw in (0, 1); arguments as in {@link randomWord}. */
export function randomUniform(seed: number, stream: number, step: number, index: number): number {
  return wordToUniform(randomWord(seed, stream, step, index));
}

/**
 * Standard normal draw; arguments as in {@link randomWord}. Box-Muller on the pair of words (2⌊i/2⌋, 2⌊i/2⌋ + 1):
 * the even index takes the cosine, the odd one the sine.
 */
export function randomNormal(seed: number, stream: number, step: number, index: number): number {
  const even = index - (index % 2);
  const radius = Math.sqrt(-2 * log(randomUniform(seed, stream, step, even)));
  const turn = randomUniform(seed, stream, step, even + 1);
  return radius * (index % 2 === 0 ? cosTurn(turn) : sinTurn(turn));
}

/** Exponential draw with mean 1, -ln u of the uniform draw; arguments as in {@link randomWord}. */
export function randomExponential(seed: number, stream: number, step: number, index: number): number {
  return -log(randomUniform(seed, stream, step, index));
}

/**
 * Uniform draw in [0, 1) of 40 bits, for comparisons with a probability: a byte decides 255 times out of 256, so a block serves
 * 16 draws, and what is below the byte is drawn apart.
 *
 * Place k takes byte k mod 16 of the block ⌊k/16⌋, lowest first: counter = [block, step, seed >> 32, run], key = [seed, stream].
 * The lower 32 bits are word 0 of block 2^31 + k.
 *
 * @param stream - 32-bit number of the purpose (one per random call site)
 * @param step - time step, 32 bits
 * @param run - which of the lists of places, 32 bits
 * @param place - element within its list, 0 to 2^31 - 1
 */
export function randomFraction(seed: number, stream: number, step: number, run: number, place: number): number {
  const draw = (block: number) =>
    philox([block >>> 0, step >>> 0, Math.floor(seed / 2 ** 32) >>> 0, run >>> 0], seed >>> 0, stream >>> 0);
  const word = draw(place >>> 4)[(place >>> 2) & 3]!;
  const byte = (word >>> (8 * (place & 3))) & 0xff;
  return (byte + draw(2 ** 31 + place)[0] * 2 ** -32) / 256;
}

/** What {@link RandomStream} needs to go on where it stopped. */
export interface RandomState {
  readonly seed: number;
  readonly stream: number;
  readonly position: number;
}

/**
 * A sequence of draws for generators that consume them one after another (data, initial weights).
 *
 * @example
 * const random = new RandomStream(1, 7);
 * random.integer(10); // 0 … 9, the same for everyone
 */
export class RandomStream {
  readonly seed: number;
  readonly stream: number;
  #position: number;
  #block: Words = [0, 0, 0, 0];
  #blockIndex = -1;

  constructor(seed: number, stream = 0, position = 0) {
    this.seed = seed;
    this.stream = stream;
    this.#position = position;
  }

  /** The state to store in a checkpoint. */
  get state(): RandomState {
    return { seed: this.seed, stream: this.stream, position: this.#position };
  }

  static from(state: RandomState): RandomStream {
    return new RandomStream(state.seed, state.stream, state.position);
  }

  /** The next 32-bit word. */
  word(): number {
    const index = Math.floor(this.#position / 4);
    if (index !== this.#blockIndex) {
      const high = Math.floor(index / 2 ** 32);
      this.#block = [index >>> 0, high >>> 0, Math.floor(this.seed / 2 ** 32) >>> 0, 1];
      philox(this.#block, this.seed >>> 0, this.stream >>> 0);
      this.#blockIndex = index;
    }
    return this.#block[this.#position++ % 4]!;
  }

  /** Uniform in (0, 1). */
  uniform(): number {
    return wordToUniform(this.word());
  }

  /** Standard normal (Box-Muller, cosine branch). */
  normal(): number {
    const radius = Math.sqrt(-2 * log(this.uniform()));
    return radius * cosTurn(this.uniform());
  }

  /** Uniform integer in 0 … bound - 1, without modulo bias. */
  integer(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % bound;
  }

  /** A random permutation of 0 … size - 1 (Fisher-Yates). */
  permutation(size: number): Uint32Array {
    const order = Uint32Array.from({ length: size }, (_, i) => i);
    for (let i = size - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }
}
