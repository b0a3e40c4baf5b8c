import type { ModuleBuilder } from '../../wasm/assembler.ts';
import type { Code } from '../../wasm/code.ts';
import { blockPairs, type CounterLocals, EightBlocks } from './philox-blocks.ts';
import { philoxWord } from './philox-word.ts';

/** Places of one group: four blocks of 16 bytes. */
export const COINS = 64;

/** Locals with a probability p as bytes are compared with it: 256 p = byte + rest / 2^32. */
interface Threshold {
  /** 16 times the same byte. */
  readonly byte: number;
  /** i64; more than any word if p ≥ 1. */
  readonly rest: number;
}

/** Sets the threshold to the probability in the f32 local, without rounding. What is not a number counts as 0. */
function setThreshold(code: Code, p: number, { byte, rest }: Threshold): void {
  const [scaled, whole] = [code.local('f32'), code.local('f32')];
  code.localGet(p).f32Const(256).f32Mul().localTee(scaled).f32Const(0);
  code.localGet(scaled).f32Const(0).f32Gt().select().f32Floor().f32Const(255).f32Min();
  code.localTee(whole).i32TruncSatF32U().i8x16Splat().localSet(byte);
  code
    .localGet(scaled)
    .localGet(whole)
    .f32Sub()
    .f32Const(2 ** 32);
  code.f32Mul().f32Ceil().i64TruncSatF32U().localSet(rest);
}

/** Where a pair of groups stands: locals. */
interface Pair {
  readonly block: number;
  readonly out: number;
  readonly rest: number;
  readonly counter: Required<CounterLocals>;
}

/** Decides the places of group `k` of a pair whose bit is set in the i64 local: their bytes equal the threshold's. */
function breakTies(code: Code, module: ModuleBuilder, k: 0 | 1, bits: number, pair: Pair): void {
  const { block, out, rest, counter } = pair;
  const place = code.local('i32');
  code.block().loop();
  code.localGet(bits).i64Eqz().brIf(1);
  code.localGet(bits).i64Ctz().i32WrapI64().localTee(place).localGet(out).i32Add();
  code.i32Const(0);
  for (const local of [counter.seedLow, counter.seedHigh, counter.stream, counter.step]) code.localGet(local);
  // Four blocks are 64 places.
  code.localGet(block).i32Const(4).i32Shl().localGet(place).i32Add();
  code
    .i32Const(COINS * k)
    .i32Add()
    .i32Const(2 ** 31)
    .i32Or();
  code.localGet(counter.run).call(philoxWord(module)).i64ExtendI32U().localGet(rest).i64LtU();
  code.i32Sub().i32Store8(COINS * k);
  code.localGet(bits).localGet(bits).i64Const(1n).i64Sub().i64And().localSet(bits);
  code.br(0).end().end();
}

function build(code: Code, module: ModuleBuilder): void {
  const [seedLow, seedHigh, stream, step, run, groups, p, out] = [0, 1, 2, 3, 4, 5, 6, 7];
  const blocks = new EightBlocks(code);
  const threshold: Threshold = { byte: code.local('v128'), rest: code.local('i64') };
  const [first, any, bits] = [code.local('i32'), code.local('v128'), code.local('i64')];
  const counter = { seedLow, seedHigh, stream, step, run };
  setThreshold(code, p, threshold);
  blockPairs(code, first, groups, (block) => {
    blocks.emit(block, counter);
    code.i32x4Const(0, 0, 0, 0).localSet(any);
    for (const [k, { words, products }] of blocks.groups.entries()) {
      for (const [w, word] of words.entries()) {
        code.localGet(out).localGet(word).localGet(threshold.byte).i8x16LtU();
        code.v128Store(COINS * k + 16 * w);
        code.localGet(word).localGet(threshold.byte).i8x16Eq().localTee(products[w]!);
        code.localGet(any).v128Or().localSet(any);
      }
    }
    code.localGet(any).v128AnyTrue().if();
    for (const [k, { products }] of blocks.groups.entries()) {
      code.i64Const(0n);
      for (const [w, ties] of products.entries()) {
        code
          .localGet(ties)
          .i8x16Bitmask()
          .i64ExtendI32U()
          .i64Const(BigInt(16 * w))
          .i64Shl()
          .i64Or();
      }
      code.localSet(bits);
      breakTies(code, module, k as 0 | 1, bits, { block, out, rest: threshold.rest, counter });
    }
    code.end();
    code
      .localGet(out)
      .i32Const(2 * COINS)
      .i32Add()
      .localSet(out);
  });
}

/**
 * Index of the module's function (seedLow, seedHigh, stream, step, run, groups: i32, p: f32, out: i32) → (): one byte for each
 * place of groups of 64, all bits set where `randomFraction` < p. Two groups at a time, so that it may write one more than
 * asked for.
 *
 * @eq salmon2011philox (Philox-4x32-10)
 */
export function coinGroups(module: ModuleBuilder): number {
  const types = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'f32', 'i32'] as const;
  return module.sharedFunction('coinGroups', () => module.addFunction([...types], [], (code) => build(code, module)));
}
