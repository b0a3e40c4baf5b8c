import type { Code } from '../../wasm/code.ts';

const [M0, M1, W0, W1] = [0xd2511f53, 0xcd9e8d57, 0x9e3779b9, 0xbb67ae85];
const [EXTMUL_LOW, EXTMUL_HIGH, SHUFFLE] = [0xde, 0xdf, 0x0d];

/** Constants of Philox 4x32-10: multipliers of the words 0 and 2, increments of the two keys per round. */
export const PHILOX = { multipliers: [M0, M1], increments: [W0, W1], rounds: 10 } as const;

/** Four vectors: the words c0 … c3 of four consecutive blocks. */
type Words = readonly [number, number, number, number];

/** Pushes the 32-bit lanes of the two vectors on the stack that are listed, those of the second counting from 4. */
function shuffle(code: Code, ...lanes: readonly number[]): Code {
  return code.simd(SHUFFLE).raw(...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)));
}

/** Turns the words of four blocks round: from now on, each of the four locals holds the four words of one block. */
export function byBlocks(code: Code, { words, products }: BlockLocals): void {
  const [low01, high01, low23, high23] = products;
  const [c0, c1, c2, c3] = words;
  shuffle(code.localGet(c0).localGet(c1), 0, 4, 1, 5).localSet(low01);
  shuffle(code.localGet(c0).localGet(c1), 2, 6, 3, 7).localSet(high01);
  shuffle(code.localGet(c2).localGet(c3), 0, 4, 1, 5).localSet(low23);
  shuffle(code.localGet(c2).localGet(c3), 2, 6, 3, 7).localSet(high23);
  shuffle(code.localGet(low01).localGet(low23), 0, 1, 4, 5).localSet(c0);
  shuffle(code.localGet(low01).localGet(low23), 2, 3, 6, 7).localSet(c1);
  shuffle(code.localGet(high01).localGet(high23), 0, 1, 4, 5).localSet(c2);
  shuffle(code.localGet(high01).localGet(high23), 2, 3, 6, 7).localSet(c3);
}

/** Locals of four blocks. */
export interface BlockLocals {
  readonly words: Words;
  /** Products of c0 and c2 with the multipliers: of the lower two blocks, of the upper two. Free after the rounds. */
  readonly products: Words;
}

/** Locals with the constants of all blocks: multipliers, and the keys of the round. */
interface Shared {
  readonly multipliers: readonly [number, number];
  readonly keys: readonly [number, number];
}

/** Locals that hold the numbers a draw is a function of. */
export interface CounterLocals {
  readonly seedLow: number;
  readonly seedHigh: number;
  readonly stream: number;
  readonly step: number;
  /** The last word of the counter; 0 without. */
  readonly run?: number;
}

/** One round on several groups at once: their instructions alternate, since each waits for its own products. */
function round(code: Code, groups: readonly BlockLocals[], { multipliers, keys }: Shared): void {
  for (const [source, first] of [
    [0, 0],
    [2, 2],
  ] as const) {
    for (const { words, products } of groups) {
      const multiplier = multipliers[source / 2]!;
      for (const [k, opcode] of [EXTMUL_LOW, EXTMUL_HIGH].entries()) {
        code
          .localGet(multiplier)
          .localGet(words[source]!)
          .simd(opcode)
          .localSet(products[first + k]!);
      }
    }
  }
  for (const { words, products } of groups) {
    const [aLow, aHigh, dLow, dHigh] = products;
    const [c0, c1, c2, c3] = words;
    shuffle(code.localGet(aLow).localGet(aHigh), 1, 3, 5, 7).localGet(c3).v128Xor().localGet(keys[1]).v128Xor();
    shuffle(code.localGet(dLow).localGet(dHigh), 1, 3, 5, 7).localGet(c1).v128Xor().localGet(keys[0]).v128Xor();
    // The lower halves as products of their own: shuffles are what the machine has too few of.
    code.localGet(multipliers[1]).localGet(c2).i32x4Mul().localSet(c1);
    code.localGet(multipliers[0]).localGet(c0).i32x4Mul().localSet(c3);
    code.localSet(c0).localSet(c2);
  }
}

/** Draws eight consecutive blocks at a time, in two groups of four whose latencies overlap. */
export class EightBlocks {
  readonly groups: readonly BlockLocals[];
  readonly #code: Code;
  readonly #shared: Shared;

  /** Declares locals and sets those that never change; outside of all loops. */
  constructor(code: Code) {
    this.#code = code;
    const vector = () => code.local('v128');
    const four = (): Words => [vector(), vector(), vector(), vector()];
    this.groups = [0, 1].map(() => ({ words: four(), products: four() }));
    this.#shared = { multipliers: [vector(), vector()], keys: [vector(), vector()] };
    for (const [k, multiplier] of PHILOX.multipliers.entries()) {
      code.i32Const(multiplier).i32x4Splat().localSet(this.#shared.multipliers[k]!);
    }
  }

  #start(block: number, { seedLow, seedHigh, stream, step, run }: CounterLocals): void {
    const code = this.#code;
    for (const [k, { words }] of this.groups.entries()) {
      const [c0, c1, c2, c3] = words;
      code
        .localGet(block)
        .i32x4Splat()
        .i32x4Const(4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3)
        .i32x4Add()
        .localSet(c0);
      code.localGet(step).i32x4Splat().localSet(c1).localGet(seedHigh).i32x4Splat().localSet(c2);
      if (run === undefined) code.i32x4Const(0, 0, 0, 0).localSet(c3);
      else code.localGet(run).i32x4Splat().localSet(c3);
    }
    const { keys } = this.#shared;
    code.localGet(seedLow).i32x4Splat().localSet(keys[0]).localGet(stream).i32x4Splat().localSet(keys[1]);
  }

  /**
   * Leaves the words of the blocks from the one on whose number is in the local in the words of the groups.
   *
   * @eq salmon2011philox (Philox-4x32-10)
   */
  emit(block: number, counter: CounterLocals): void {
    this.#start(block, counter);
    for (let k = 0; k < PHILOX.rounds; k++) {
      round(this.#code, this.groups, this.#shared);
      for (const [key, bump] of PHILOX.increments.entries()) {
        const local = this.#shared.keys[key]!;
        this.#code.localGet(local).i32x4Const(bump, bump, bump, bump).i32x4Add().localSet(local);
      }
    }
  }
}

/**
 * Emits a loop over pairs of groups of four blocks.
 *
 * @param body - takes the local with the number of the first block
 */
export function blockPairs(code: Code, group: number, groups: number, body: (block: number) => void): void {
  const [block, end] = [code.local('i32'), code.local('i32')];
  code
    .localGet(group)
    .i32Const(2)
    .i32Shl()
    .localTee(block)
    .localGet(groups)
    .i32Const(2)
    .i32Shl()
    .i32Add()
    .localSet(end);
  code.block().loop();
  code.localGet(block).localGet(end).i32GeU().brIf(1);
  body(block);
  code.localGet(block).i32Const(8).i32Add().localSet(block);
  code.br(0).end().end();
}
