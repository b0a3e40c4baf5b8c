import type { ModuleBuilder } from '../../wasm/assembler.ts';
import type { Code } from '../../wasm/code.ts';

const [M0, M1, W0, W1] = [0xd2511f53, 0xcd9e8d57, 0x9e3779b9, 0xbb67ae85];
const [EXTMUL_LOW, EXTMUL_HIGH, SHUFFLE] = [0xde, 0xdf, 0x0d];
const ROUNDS = 10;

/** Four vectors: the words c0 … c3 of four consecutive blocks. */
type Words = readonly [number, number, number, number];

/** Pushes the 32-bit lanes of the two vectors on the stack that are listed, those of the second counting from 4. */
function shuffle(code: Code, ...lanes: readonly number[]): Code {
  return code.simd(SHUFFLE).raw(...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)));
}

interface Locals {
  readonly words: Words;
  /** Products of c0 and c2 with the multipliers: of the lower two blocks, of the upper two. */
  readonly products: Words;
}

/** Locals with the constants of all blocks: multipliers, and the keys of the round. */
interface Shared {
  readonly multipliers: readonly [number, number];
  readonly keys: readonly [number, number];
}

/** One round on several groups at once: their instructions alternate, since each waits for its own products. */
function round(code: Code, groups: readonly Locals[], { multipliers, keys }: Shared): void {
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
    shuffle(code.localGet(dLow).localGet(dHigh), 1, 3, 5, 7).localGet(c1).v128Xor();
    code.localGet(keys[0]).v128Xor().localSet(c0);
    shuffle(code.localGet(dLow).localGet(dHigh), 0, 2, 4, 6).localSet(c1);
    shuffle(code.localGet(aLow).localGet(aHigh), 1, 3, 5, 7).localGet(c3).v128Xor();
    code.localGet(keys[1]).v128Xor().localSet(c2);
    shuffle(code.localGet(aLow).localGet(aHigh), 0, 2, 4, 6).localSet(c3);
  }
}

/** Words → numbers (w >> 9 + 1/2) / 2^23. */
function toUniform(code: Code, words: Words): void {
  for (const word of words) {
    code.localGet(word).i32Const(9).i32x4ShrU().f32x4ConvertI32();
    code
      .f32x4Const(0.5)
      .f32x4Add()
      .f32x4Const(2 ** -23)
      .f32x4Mul()
      .localSet(word);
  }
}

/** Stores the words of four blocks, block by block, at the address in `out` plus `offset`. */
function store(code: Code, { words, products }: Locals, out: number, offset: number): void {
  const [low01, high01, low23, high23] = products;
  const [c0, c1, c2, c3] = words;
  shuffle(code.localGet(c0).localGet(c1), 0, 4, 1, 5).localSet(low01);
  shuffle(code.localGet(c0).localGet(c1), 2, 6, 3, 7).localSet(high01);
  shuffle(code.localGet(c2).localGet(c3), 0, 4, 1, 5).localSet(low23);
  shuffle(code.localGet(c2).localGet(c3), 2, 6, 3, 7).localSet(high23);
  for (const [k, [a, b, upper]] of (
    [
      [low01, low23, 0],
      [low01, low23, 2],
      [high01, high23, 0],
      [high01, high23, 2],
    ] as const
  ).entries()) {
    code.localGet(out);
    shuffle(code.localGet(a).localGet(b), upper, upper + 1, upper + 4, upper + 5).v128Store(offset + 16 * k);
  }
}

function build(code: Code, kind: 'words' | 'uniform'): void {
  const [seedLow, seedHigh, stream, step, group, groups, out] = [0, 1, 2, 3, 4, 5, 6];
  const vector = () => code.local('v128');
  const four = (): Words => [vector(), vector(), vector(), vector()];
  const both: Locals[] = [0, 1].map(() => ({ words: four(), products: four() }));
  const shared: Shared = { multipliers: [vector(), vector()], keys: [vector(), vector()] };
  const [block, end] = [code.local('i32'), code.local('i32')];
  for (const [k, multiplier] of [M0, M1].entries()) {
    code.i32Const(multiplier).i32x4Splat().localSet(shared.multipliers[k]!);
  }
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
  for (const [k, { words }] of both.entries()) {
    const [c0, c1, c2, c3] = words;
    code
      .localGet(block)
      .i32x4Splat()
      .i32x4Const(4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3)
      .i32x4Add()
      .localSet(c0);
    code.localGet(step).i32x4Splat().localSet(c1).localGet(seedHigh).i32x4Splat().localSet(c2);
    code.i32x4Const(0, 0, 0, 0).localSet(c3);
  }
  code.localGet(seedLow).i32x4Splat().localSet(shared.keys[0]).localGet(stream).i32x4Splat().localSet(shared.keys[1]);
  for (let k = 0; k < ROUNDS; k++) {
    round(code, both, shared);
    for (const [key, bump] of [W0, W1].entries()) {
      const local = shared.keys[key]!;
      code.localGet(local).i32x4Const(bump, bump, bump, bump).i32x4Add().localSet(local);
    }
  }
  for (const [k, locals] of both.entries()) {
    if (kind === 'uniform') toUniform(code, locals.words);
    store(code, locals, out, 64 * k);
  }
  code.localGet(block).i32Const(8).i32Add().localSet(block);
  code.localGet(out).i32Const(128).i32Add().localSet(out);
  code.br(0).end().end();
}

/**
 * Index of the module's function (seedLow, seedHigh, stream, step, group, groups, out: i32) → () that writes the uniform draws
 * of groups of 16 consecutive elements, the same as `philoxUniform` of the kernels: two groups at a time, so that it may write
 * one group more than asked for.
 *
 * @eq salmon2011philox (Philox-4x32-10)
 */
export function uniformGroups(module: ModuleBuilder): number {
  const types = Array<'i32'>(7).fill('i32');
  return module.sharedFunction('uniformGroups', () => module.addFunction(types, [], (code) => build(code, 'uniform')));
}

/** As {@link uniformGroups}, but writes the 32-bit words themselves: block k of a stream is the words 4k to 4k + 3. */
export function wordGroups(module: ModuleBuilder): number {
  const types = Array<'i32'>(7).fill('i32');
  return module.sharedFunction('wordGroups', () => module.addFunction(types, [], (code) => build(code, 'words')));
}
