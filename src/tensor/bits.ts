import { ParameterError, ShapeError } from '../base/errors.ts';

/** Bytes of one packed row of `size` spikes: whole 64-bit words. */
export const spikeRowBytes = (size: number): number => 8 * Math.ceil(size / 64);

/** Number of set bits of a 32-bit word: sums of neighbours, of pairs, of fours, then of all bytes. */
function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** @throws ShapeError unless [time, batch, size] are integers of at least 0 */
export function checkShape(where: string, time: number, batch: number, size: number): void {
  for (const n of [time, batch, size]) {
    if (Number.isSafeInteger(n) && n >= 0) continue;
    throw new ShapeError(where, `expected [time, batch, size] of integers >= 0, got [${[time, batch, size]}]`, {
      fields: { time, batch, size },
    });
  }
}

/** Spikes as lists, in order of time, then batch element, then neuron. */
export interface SpikeEvents {
  /** Row of each spike, 0 = first step. */
  readonly time: Uint32Array;
  readonly batch: Uint32Array;
  readonly neuron: Uint32Array;
}

/**
 * Spikes of a batch, one bit each, [time, batch, size].
 *
 * Neuron i of a row is bit `i & 7` of byte `i >> 3`; a row fills whole 64-bit words and its spare bits are 0. Time is
 * counted from 0 here: row 0 belongs to the first step.
 *
 * @example
 * const train = new SpikeTrain(100, 1, 80);
 * train.set(3, 0, 7);
 * train.count(); // 1
 */
export class SpikeTrain {
  readonly time: number;
  readonly batch: number;
  readonly size: number;
  /** Bytes of one (time, batch) row, a multiple of 8. */
  readonly rowBytes: number;
  /** The bits, [time, batch, rowBytes]. */
  readonly data: Uint8Array;

  /**
   * @param data - packed bits to use without a copy; default: no spikes
   * @throws ShapeError if a dimension is no integer of at least 0, `data` has the wrong length, or a spare bit is set
   */
  constructor(time: number, batch: number, size: number, data?: Uint8Array) {
    checkShape('SpikeTrain', time, batch, size);
    this.time = time;
    this.batch = batch;
    this.size = size;
    this.rowBytes = spikeRowBytes(size);
    const bytes = time * batch * this.rowBytes;
    if (data && data.length !== bytes) {
      throw new ShapeError('SpikeTrain', `expected ${bytes} bytes of packed spikes, got ${data.length}`);
    }
    this.data = data ?? new Uint8Array(bytes);
    if (data) this.#checkSpareBits();
  }

  /** Byte offset in `data` of the row at (t, b); unchecked. */
  offset(t: number, b: number): number {
    return (t * this.batch + b) * this.rowBytes;
  }

  /** The packed row at (t, b), a view. */
  row(t: number, b: number): Uint8Array {
    this.#check('SpikeTrain.row', t, b, 0, Math.max(this.size, 1));
    return this.data.subarray(this.offset(t, b), this.offset(t, b) + this.rowBytes);
  }

  /** Sets the spike of neuron i at (t, b), or clears it. */
  set(t: number, b: number, i: number, spike: 0 | 1 | boolean = 1): void {
    this.#check('SpikeTrain.set', t, b, i, this.size);
    const at = this.offset(t, b) + (i >> 3);
    const bit = 1 << (i & 7);
    this.data[at] = spike ? this.data[at]! | bit : this.data[at]! & ~bit;
  }

  /** 1 if neuron i spikes at (t, b), else 0. */
  get(t: number, b: number, i: number): 0 | 1 {
    this.#check('SpikeTrain.get', t, b, i, this.size);
    return ((this.data[this.offset(t, b) + (i >> 3)]! >> (i & 7)) & 1) as 0 | 1;
  }

  /** The rows of steps `from` to before `to` as words: a view, or a copy of bytes that do not lie as words do. */
  #words(from = 0, to = this.time): Uint32Array {
    const bytes = this.data.subarray(this.offset(from, 0), this.offset(to, 0));
    const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Uint32Array(buffer, byteOffset, length / 4);
  }

  /**
   * Number of spikes.
   *
   * @param from - first step to count; default: the first
   * @param to - step behind the last to count; default: that behind the last
   * @throws ParameterError unless they are whole steps, 0 ≤ from ≤ to ≤ time
   */
  count(from = 0, to = this.time): number {
    if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= this.time)) {
      const got = `${from} and ${to}`;
      throw new ParameterError('SpikeTrain.count', `expected whole steps in order, 0 to ${this.time}, got ${got}`, {
        fields: { from, to },
      });
    }
    const words = this.#words(from, to);
    let total = 0;
    // Most words are empty; an iterator would take three times as long.
    for (let k = 0; k < words.length; k++) if (words[k] !== 0) total += bitCount(words[k]!);
    return total;
  }

  /** Number of spikes of each neuron over time and batch, [size]. */
  countByNeuron(): Uint32Array {
    const counts = new Uint32Array(this.size);
    this.#visit((_, i) => {
      counts[i] = counts[i]! + 1;
    });
    return counts;
  }

  /** The spikes as lists. */
  events(): SpikeEvents {
    const length = this.count();
    const [time, batch, neuron] = [new Uint32Array(length), new Uint32Array(length), new Uint32Array(length)];
    let k = 0;
    this.#visit((row, i) => {
      time[k] = Math.floor(row / this.batch);
      batch[k] = row % this.batch;
      neuron[k++] = i;
    });
    return { time, batch, neuron };
  }

  /** One byte per spike, [time, batch, size]. */
  toDense(): Uint8Array {
    const dense = new Uint8Array(this.time * this.batch * this.size);
    this.#visit((row, i) => {
      dense[row * this.size + i] = 1;
    });
    return dense;
  }

  /**
   * Packs an array in which every value but 0 is a spike.
   *
   * @param values - [time, batch, size], row-major
   * @throws ShapeError if `values` has another length than the shape asks for
   */
  static fromDense(values: ArrayLike<number>, shape: readonly [time: number, batch: number, size: number]): SpikeTrain {
    const [time, batch, size] = shape;
    if (values.length !== time * batch * size) {
      throw new ShapeError(
        'SpikeTrain.fromDense',
        `expected ${time * batch * size} values for [${shape}], got ${values.length}`,
        {
          fields: { shape, length: values.length },
        },
      );
    }
    const train = new SpikeTrain(time, batch, size);
    for (let row = 0, k = 0; row < time * batch; row++) {
      const base = row * train.rowBytes;
      for (let i = 0; i < size; i++, k++) {
        if (values[k] !== 0) train.data[base + (i >> 3)]! |= 1 << (i & 7);
      }
    }
    return train;
  }

  /** Calls `visit(row, neuron)` for every spike, row = t * batch + b. */
  #visit(visit: (row: number, neuron: number) => void): void {
    const words = this.#words();
    const rowWords = this.rowBytes / 4;
    for (let k = 0; k < words.length; k++) {
      if (words[k] === 0) continue;
      const row = Math.floor(k / rowWords);
      const first = 32 * (k - row * rowWords);
      for (let bits = words[k]!; bits !== 0; bits &= bits - 1) visit(row, first + 31 - Math.clz32(bits & -bits));
    }
  }

  /** A set bit beyond `size` would be a spike of a neuron that does not exist. */
  #checkSpareBits(): void {
    const { data, rowBytes, size } = this;
    for (let row = 0; row < data.length; row += rowBytes) {
      for (let k = size >> 3; k < rowBytes; k++) {
        const bits = data[row + k]! >> (k === size >> 3 ? size & 7 : 0);
        if (bits === 0) continue;
        throw new ShapeError('SpikeTrain', `expected spare bits of 0, got a spike beyond neuron ${size - 1}`, {
          hint: 'neuron i is bit i & 7 of byte i >> 3 of its row',
          fields: { byte: row + k },
        });
      }
    }
  }

  #check(where: string, t: number, b: number, i: number, size: number): void {
    const whole = Number.isInteger(t) && Number.isInteger(b) && Number.isInteger(i);
    if (whole && t >= 0 && t < this.time && b >= 0 && b < this.batch && i >= 0 && i < size) return;
    throw new ParameterError(
      where,
      `expected whole indices below [${this.time}, ${this.batch}, ${size}], got [${t}, ${b}, ${i}]`,
      {
        fields: { t, b, i },
      },
    );
  }
}
