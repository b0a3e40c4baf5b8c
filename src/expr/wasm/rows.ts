import type { Code } from './code.ts';
import { type Place, pushAddress } from './place.ts';

/** Vectors of four lanes per unrolled block: one block is one 32-bit word of spikes. */
const BLOCK = 8;

/** Reads or writes the current vector of one array. */
export interface Stream {
  /** Pushes the vector. */
  load(): void;
  /** Stores what `value` pushes. */
  store(value: () => void): void;
}

export interface RowShape {
  readonly batch: number;
  readonly size: number;
  readonly padded: number;
  readonly rowBytes: number;
}

/**
 * The loop nest over [batch, padded] arrays: batch rows, then blocks of 32 lanes, unrolled, with a shorter last block.
 *
 * Arrays at fixed addresses share one running offset; an array in a ring has a running pointer; bit rows are read and
 * written a 32-bit word per block.
 */
export class RowLoop {
  readonly #code: Code;
  readonly #time: number;
  readonly #shape: RowShape;
  readonly #offset: number;
  readonly #neuron: number;
  readonly #pointers: number[] = [];
  readonly #bitPointers: number[] = [];
  readonly #bitReads: { pointer: number; word: number }[] = [];
  readonly #bitWrites: number[] = [];
  readonly #lanes: number;
  /** Vector within the block. */
  #vector = 0;
  /** Neurons in the block; what follows is padding. */
  #blockLanes = 0;

  /** @param time - local that holds the step t */
  constructor(code: Code, time: number, shape: RowShape) {
    this.#code = code;
    this.#time = time;
    this.#shape = shape;
    this.#offset = code.local('i32');
    this.#neuron = code.local('i32');
    this.#lanes = code.local('v128');
    code.i32x4Const(1, 2, 4, 8).localSet(this.#lanes);
  }

  #stream(pointer: number, base: number): Stream {
    const code = this.#code;
    return {
      load: () => {
        code.localGet(pointer).v128Load(base + 16 * this.#vector);
      },
      store: (value) => {
        code.localGet(pointer);
        value();
        code.v128Store(base + 16 * this.#vector);
      },
    };
  }

  #pointer(place: Place, delta: number, list: number[]): number {
    const pointer = this.#code.local('i32');
    pushAddress(this.#code, place, this.#time, delta);
    this.#code.localSet(pointer);
    list.push(pointer);
    return pointer;
  }

  /** A [batch, padded] array at step t + delta. */
  activity(place: Place, delta = 0): Stream {
    return place.slots === 1
      ? this.#stream(this.#offset, place.base)
      : this.#stream(this.#pointer(place, delta, this.#pointers), 0);
  }

  /** A [padded] array, the same for every batch row. */
  perNeuron(address: number): Stream {
    return this.#stream(this.#neuron, address);
  }

  /** A bit row at step t + delta; the result pushes the current vector's lanes as a mask. */
  readBits(place: Place, delta: number): () => void {
    const code = this.#code;
    const pointer = this.#pointer(place, delta, this.#bitPointers);
    const word = code.local('v128');
    this.#bitReads.push({ pointer, word });
    return () => {
      code.localGet(word);
      if (this.#vector > 0) code.i32Const(4 * this.#vector).i32x4ShrU();
      code.localGet(this.#lanes).v128And().localGet(this.#lanes).i32x4Eq();
    };
  }

  /**
   * A bit row at step t; the result takes what `mask` pushes as the current vector's lanes.
   *
   * A byte is stored per pair of vectors: were it a word per block, engines would keep all masks until its end.
   */
  writeBits(place: Place): (mask: () => void) => void {
    const code = this.#code;
    const pointer = this.#pointer(place, 0, this.#bitPointers);
    const low = code.local('i32');
    this.#bitWrites.push(pointer);
    return (mask) => {
      const lanes = this.#blockLanes - 4 * this.#vector;
      const second = this.#vector % 2 === 1;
      const store = second || lanes <= 4;
      if (store) code.localGet(pointer);
      mask();
      code.i32x4Bitmask();
      if (lanes < 4) code.i32Const(2 ** lanes - 1).i32And();
      if (second) code.i32Const(4).i32Shl().localGet(low).i32Or();
      if (store) code.i32Store8(this.#vector >> 1);
      else code.localSet(low);
    };
  }

  #advance(local: number, bytes: number): void {
    if (bytes > 0) this.#code.localGet(local).i32Const(bytes).i32Add().localSet(local);
  }

  /** One block of `vectors` vectors; `lanes` of them are neurons, the rest padding. */
  #block(vectors: number, lanes: number, body: () => void): void {
    const code = this.#code;
    for (const { pointer, word } of this.#bitReads) code.localGet(pointer).v128Load32Splat().localSet(word);
    this.#blockLanes = lanes;
    for (this.#vector = 0; this.#vector < vectors; this.#vector++) body();
    // The rest of the block's word is padding.
    for (const pointer of this.#bitWrites) {
      for (let byte = Math.ceil(vectors / 2); byte < 4; byte++) code.localGet(pointer).i32Const(0).i32Store8(byte);
    }
    for (const pointer of [this.#offset, this.#neuron, ...this.#pointers]) this.#advance(pointer, 16 * vectors);
    for (const pointer of this.#bitPointers) this.#advance(pointer, 4);
  }

  #row(body: () => void): void {
    const code = this.#code;
    const { size, padded, rowBytes } = this.#shape;
    const vectors = padded / 4;
    const blocks = Math.floor(size / (4 * BLOCK));
    const rest = vectors - blocks * BLOCK;
    code.i32Const(0).localSet(this.#neuron);
    if (blocks > 1) code.loop();
    if (blocks > 0) this.#block(BLOCK, 4 * BLOCK, body);
    if (blocks > 1) {
      const end = blocks * BLOCK * 16;
      code.localGet(this.#neuron).i32Const(end).i32LtU().brIf(0).end();
    }
    if (rest > 0) this.#block(rest, size - blocks * BLOCK * 4, body);
    const spare = rowBytes - 4 * (blocks + (rest > 0 ? 1 : 0));
    if (spare > 0) for (const pointer of this.#bitWrites) code.localGet(pointer).i32Const(0).i32Store();
    for (const pointer of this.#bitPointers) this.#advance(pointer, spare);
  }

  /** Emits the loops; `body` emits the work on one vector and is called once per unrolled copy. */
  emit(body: () => void): void {
    const code = this.#code;
    const { batch } = this.#shape;
    const row = code.local('i32');
    code.i32Const(0).localSet(this.#offset);
    if (batch > 1) code.loop();
    this.#row(body);
    if (batch > 1) {
      code.localGet(row).i32Const(1).i32Add().localTee(row).i32Const(batch).i32LtU().brIf(0).end();
    }
  }
}
