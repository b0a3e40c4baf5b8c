import { streamOf } from '../../base/stream.ts';
import { type Kernels, loadKernels } from '../../kernels/index.ts';

/** Floats per call of the generator. */
const CHUNK = 256;
const AT = 64;

/**
 * Random numbers for each postsynaptic neuron: number k of neuron `post` is a function of (seed, purpose, post, k), so
 * that synapses can be drawn twice, once to count and once to write them, and in any division of the neurons.
 */
export class PostDraws {
  readonly #kernels: Kernels;
  readonly #words: readonly [number, number, number];
  readonly #floats: Float32Array;
  #post = 0;
  #chunk = 0;
  #next = CHUNK;

  constructor(seed: number, purpose: string) {
    const memory = new WebAssembly.Memory({ initial: 1 });
    this.#kernels = loadKernels(memory);
    this.#words = [seed | 0, Math.floor(seed / 2 ** 32) | 0, streamOf(purpose) | 0];
    this.#floats = new Float32Array(memory.buffer, AT, CHUNK);
  }

  /** Begins the numbers of a neuron; all must be of one kind, uniform or normal. */
  start(post: number): void {
    this.#post = post;
    this.#chunk = 0;
    this.#next = CHUNK;
  }

  #refill(kernel: 'philoxUniform' | 'philoxNormal'): void {
    this.#kernels[kernel](...this.#words, this.#post, this.#chunk, 1, CHUNK, AT, CHUNK);
    this.#chunk += 1;
    this.#next = 0;
  }

  /** Uniform in (0, 1), of 46 bits. */
  uniform(): number {
    if (this.#next === CHUNK) this.#refill('philoxUniform');
    const high = this.#floats[this.#next]!;
    const low = this.#floats[this.#next + 1]!;
    this.#next += 2;
    return high + (low - 0.5) * 2 ** -23;
  }

  /** Uniform integer in 0 … bound - 1, each with probability 1/bound to 1 part in 2^46/bound. */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal, float32. */
  normal(): number {
    if (this.#next === CHUNK) this.#refill('philoxNormal');
    return this.#floats[this.#next++]!;
  }
}
