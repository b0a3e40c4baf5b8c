import { UnsupportedError } from '../base/errors.ts';

const PAGE = 65536;
/** Address 0 stands for "none" in a layout, so no span may start there. */
const RESERVED = 64;
const LIMIT = 65536 * PAGE;

/** Hands out 64-byte aligned spans of a memory that is created, or grown, afterwards. */
export class Arena {
  #next: number;

  /** @param start - first address to hand out, a multiple of 64 */
  constructor(start = RESERVED) {
    this.#next = start;
  }

  /** Address of a new span of `bytes` bytes. */
  span(bytes: number): number {
    const address = this.#next;
    this.#next = address + 64 * Math.ceil(bytes / 64);
    return address;
  }

  /** Bytes handed out so far, with the reserved start. */
  get bytes(): number {
    return this.#next;
  }

  /** @throws UnsupportedError above WebAssembly's 4 GiB */
  get pages(): number {
    if (this.#next > LIMIT) {
      throw new UnsupportedError(
        'Arena',
        `expected at most 4 GiB of simulation memory, got ${(this.#next / 2 ** 30).toFixed(1)} GiB`,
        {
          hint: 'use a smaller batch, more shards, or recomputeEvery',
          fields: { bytes: this.#next },
        },
      );
    }
    return Math.ceil(this.#next / PAGE);
  }
}

/** `size` rounded up to the four lanes of a SIMD vector. */
export const padded = (size: number): number => 4 * Math.ceil(size / 4);
