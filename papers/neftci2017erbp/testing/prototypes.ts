import { RandomStream } from 'volley';
import { resolveSettings } from 'volley/io';
import { CLASSES, type Examples } from '../examples.ts';
import { paper } from '../index.ts';
import type { Values } from '../network.ts';

/** Hazard of a bit that is set, as of the brightest pixel, Hz. */
const HAZARD = 5000 * (255 / 256 - 0.43);

/** Ten prototypes of random bits; an example is one of them with each bit flipped with some probability. */
export class Prototypes implements Examples {
  readonly count: number;
  readonly size = 64;
  readonly #labels: Uint8Array;
  readonly #bits: Uint8Array;

  /** @param stream - of the examples; the prototypes are always the same */
  constructor(count: number, flips: number, stream: number) {
    this.count = count;
    const fixed = new RandomStream(7, 1);
    const prototypes = Array.from({ length: CLASSES * this.size }, () => (fixed.uniform() < 0.5 ? 1 : 0));
    const random = new RandomStream(7, stream);
    this.#labels = Uint8Array.from({ length: count }, () => random.integer(CLASSES));
    this.#bits = Uint8Array.from({ length: count * this.size }, (_, k) => {
      const label = this.#labels[Math.floor(k / this.size)]!;
      const bit = prototypes[label * this.size + (k % this.size)]!;
      return random.uniform() < flips ? 1 - bit : bit;
    });
  }

  label(example: number): number {
    return this.#labels[example]!;
  }

  hazards(example: number): Float64Array {
    const bits = this.#bits.subarray(example * this.size, (example + 1) * this.size);
    return Float64Array.from(bits, (bit) => HAZARD * bit);
  }
}

/** Settings for a network of 64-50-10. */
export const smallValues = (changes: Partial<Values> = {}): Values => ({
  ...resolveSettings(paper, 'quick'),
  hidden1: 50,
  eta: 4e-3,
  ...changes,
});
