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

/** What emits the work on one vector, and the full form of it where `body` may leave. */
interface Bodies {
  readonly body: () => void;
  readonly full: (() => void) | undefined;
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
  readonly #rarePointers: number[] = [];
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

  /**
   * A bit row at step t of which few bits are set. `leave` goes on with the full form of the vector if any of the lanes that
   * `mask` pushes is set; `write`, in that form, stores them.
   */
  rareBits(place: Place): { leave(mask: () => void): void; write(mask: () => void): void } {
    const code = this.#code;
    const pointer = this.#pointer(place, 0, this.#bitPointers);
    this.#rarePointers.push(pointer);
    const push = (mask: () => void) => {
      const lanes = this.#blockLanes - 4 * this.#vector;
      mask();
      code.i32x4Bitmask();
      if (lanes < 4) code.i32Const(2 ** lanes - 1).i32And();
    };
    return {
      leave: (mask) => {
        push(mask);
        code.brIf(this.#vector);
      },
      write: (mask) => {
        const byte = this.#vector >> 1;
        code.localGet(pointer).localGet(pointer).i32Load8U(byte);
        push(mask);
        if (this.#vector % 2 === 1) code.i32Const(4).i32Shl();
        code.i32Or().i32Store8(byte);
      },
    };
  }

  #advance(local: number, bytes: number): void {
    if (bytes > 0) this.#code.localGet(local).i32Const(bytes).i32Add().localSet(local);
  }

  #vectors(count: number, { body, full }: Bodies): void {
    const code = this.#code;
    const each = (emit: () => void) => {
      for (this.#vector = 0; this.#vector < count; this.#vector++) emit();
    };
    if (!full) {
      each(body);
      return;
    }
    for (const pointer of this.#rarePointers) code.localGet(pointer).i32Const(0).i32Store();
    // Block k ends where the full form of vector k begins, after which that of the next follows.
    for (let k = 0; k <= count; k++) code.block();
    each(body);
    code.br(count);
    each(() => {
      code.end();
      full();
    });
    code.end();
  }

  /** One block of `vectors` vectors; `lanes` of them are neurons, the rest padding. */
  #block(vectors: number, lanes: number, bodies: Bodies): void {
    const code = this.#code;
    for (const { pointer, word } of this.#bitReads) code.localGet(pointer).v128Load32Splat().localSet(word);
    this.#blockLanes = lanes;
    this.#vectors(vectors, bodies);
    // The rest of the block's word is padding.
    for (const pointer of this.#bitWrites) {
      for (let byte = Math.ceil(vectors / 2); byte < 4; byte++) code.localGet(pointer).i32Const(0).i32Store8(byte);
    }
    for (const pointer of [this.#offset, this.#neuron, ...this.#pointers]) this.#advance(pointer, 16 * vectors);
    for (const pointer of this.#bitPointers) this.#advance(pointer, 4);
  }

  #row(bodies: Bodies): void {
    const code = this.#code;
    const { size, padded, rowBytes } = this.#shape;
    const vectors = padded / 4;
    const blocks = Math.floor(size / (4 * BLOCK));
    const rest = vectors - blocks * BLOCK;
    code.i32Const(0).localSet(this.#neuron);
    if (blocks > 1) code.loop();
    if (blocks > 0) this.#block(BLOCK, 4 * BLOCK, bodies);
    if (blocks > 1) {
      const end = blocks * BLOCK * 16;
      code.localGet(this.#neuron).i32Const(end).i32LtU().brIf(0).end();
    }
    if (rest > 0) this.#block(rest, size - blocks * BLOCK * 4, bodies);
    const spare = rowBytes - 4 * (blocks + (rest > 0 ? 1 : 0));
    const written = [...this.#bitWrites, ...this.#rarePointers];
    if (spare > 0) for (const pointer of written) code.localGet(pointer).i32Const(0).i32Store();
    for (const pointer of this.#bitPointers) this.#advance(pointer, spare);
  }

  /**
   * Emits the loops; `body` emits the work on one vector and is called once per unrolled copy.
   *
   * @param full - the work on a vector that `leave` of {@link rareBits} was called for, and on those after it in its block
   */
  emit(body: () => void, full?: () => void): void {
    const code = this.#code;
    const { batch } = this.#shape;
    const row = code.local('i32');
    code.i32Const(0).localSet(this.#offset);
    if (batch > 1) code.loop();
    this.#row({ body, full });
    if (batch > 1) {
      code.localGet(row).i32Const(1).i32Add().localTee(row).i32Const(batch).i32LtU().brIf(0).end();
    }
  }
}
