import { RandomStream } from '../base/random.ts';
import { type Views, viewsOf } from './views.ts';

/** An array of rows in the memory. */
export interface Rows {
  /** Byte address. */
  readonly at: number;
  /** Elements per row, padded. */
  readonly ld: number;
}

/** A bit row per batch element. */
export interface BitRows {
  readonly at: number;
  readonly rowBytes: number;
}

/** Sparse weights by presynaptic neuron. */
export interface Csr {
  readonly rowPtr: number;
  readonly post: number;
  readonly w: number;
  readonly synapses: number;
}

interface RowOptions {
  /** The kernel may write this array. Default false: it must not change. */
  readonly output?: boolean;
  /** The pad lanes compare too, bit for bit. Default false: what a kernel leaves in the pads of a result is its affair. */
  readonly exactPads?: boolean;
}

type Compare = 'float' | 'free';

const pad4 = (n: number) => (n + 3) & ~3;

/** Wide enough that a kernel which runs over its array meets bytes that must not change. */
const GUARD = 64;

/** What lies around the arrays: the bits of a finite float. */
const FILLER = 0x40490fdb;

/**
 * Lays out random arguments of a kernel in a memory and remembers which bytes a kernel may change and how its results
 * compare. Every byte that is not declared `output` or `scratch` must survive the call.
 */
export class Layout {
  readonly views: Views;
  readonly random: RandomStream;
  readonly #compare = new Map<number, Compare>();
  #end = GUARD;

  constructor(memory: WebAssembly.Memory, seed: number) {
    this.views = viewsOf(memory);
    this.random = new RandomStream(seed);
    this.views.u32.fill(FILLER);
  }

  /** First byte after the last array and its guard. */
  get end(): number {
    return this.#end;
  }

  /** How the 4-byte word at this index compares: as a float, not at all, or (undefined) bit for bit. */
  comparison(word: number): Compare | undefined {
    return this.#compare.get(word);
  }

  /**
   * Multiples of 1/8 in [-4, 4]: products and sums of up to 2^14 products are exact in float32, in any order, fused or
   * not, so kernels that only multiply and add have to equal the reference bit for bit.
   */
  floats(rows: number, columns: number, options: RowOptions = {}): Rows {
    return this.#rows(rows, columns, options, () => (this.random.integer(65) - 32) / 8);
  }

  /** As {@link floats}, but most are 0; the fraction differs from row to row, and some rows are all 0. */
  sparse(rows: number, columns: number): Rows {
    const ld = pad4(columns);
    let drawn = 0;
    return this.#rows(rows, columns, {}, () => {
      const density = [0.4, 0, 0.03, 0.1][Math.floor(drawn++ / ld) % 4]!;
      return this.random.uniform() < density ? (this.random.integer(65) - 32) / 8 : 0;
    });
  }

  /** Standard normal numbers, of either sign or positive only. */
  reals(rows: number, columns: number, options: RowOptions & { readonly positive?: boolean } = {}): Rows {
    return this.#rows(rows, columns, options, () => {
      const value = this.random.normal();
      return options.positive ? Math.abs(value) : value;
    });
  }

  /** 0 or 1, as floats. */
  binary(rows: number, columns: number): Rows {
    return this.#rows(rows, columns, {}, () => this.random.integer(2));
  }

  /** Integers from `low` to `high` inclusive. */
  integers(count: number, low: number, high: number): number {
    const start = this.#take(4 * count);
    for (let i = 0; i < count; i++) this.views.i32[start / 4 + i] = low + this.random.integer(high - low + 1);
    return start;
  }

  /** Bit rows; pad bits are 0. The spiking fraction differs from row to row and is 0 in some. */
  bits(rows: number, n: number, { random = true } = {}): BitRows {
    const rowBytes = 8 * Math.ceil(n / 64);
    const start = this.#take(rows * rowBytes);
    this.views.u8.fill(0, start, start + rows * rowBytes);
    for (let r = 0; random && r < rows; r++) {
      const density = [0.03, 0.5, 0, 1][r % 4]!;
      for (let i = 0; i < n; i++) {
        if (this.random.uniform() < density) this.views.u8[start + r * rowBytes + (i >> 3)]! |= 1 << (i & 7);
      }
    }
    return { at: start, rowBytes };
  }

  /** Random synapses: some neurons have none, some targets occur twice. `outputs` makes the weights a result. */
  csr(pre: number, post: number, { output = false } = {}): Csr {
    const counts = Array.from({ length: pre }, () => (post === 0 ? 0 : this.random.integer(Math.min(post, 12) + 1)));
    const synapses = counts.reduce((sum, count) => sum + count, 0);
    const rowPtr = this.integers(pre + 1, 0, 0);
    counts.forEach((count, i) => {
      this.views.u32[rowPtr / 4 + i + 1] = this.views.u32[rowPtr / 4 + i]! + count;
    });
    const targets = this.integers(synapses, 0, Math.max(0, post - 1));
    return { rowPtr, post: targets, w: this.floats(1, synapses, { output }).at, synapses };
  }

  /** Bytes with any content after the call. */
  scratch(bytes: number): number {
    const start = this.#take(bytes);
    this.#mark(start, bytes, 'free');
    return start;
  }

  #rows(rows: number, columns: number, { output, exactPads }: RowOptions, draw: () => number): Rows {
    const ld = pad4(columns);
    const start = this.#take(4 * rows * ld);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < ld; c++) this.views.f32[start / 4 + r * ld + c] = draw();
      if (output && !exactPads) this.#mark(start + 4 * (r * ld + columns), 4 * (ld - columns), 'free');
      if (output) this.#mark(start + 4 * r * ld, 4 * columns, 'float');
    }
    return { at: start, ld };
  }

  #mark(start: number, bytes: number, compare: Compare): void {
    for (let word = start / 4; word < (start + bytes) / 4; word++) this.#compare.set(word, compare);
  }

  #take(bytes: number): number {
    const start = this.#end;
    this.#end = Math.ceil((start + bytes) / 64) * 64 + GUARD;
    return start;
  }
}
