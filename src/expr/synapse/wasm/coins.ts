import type { ModuleBuilder } from '../../wasm/assembler.ts';
import type { Code } from '../../wasm/code.ts';
import { blockPairs, byBlocks, type CounterLocals, EightBlocks } from './philox-blocks.ts';
import { emitBlock, philoxWord } from './philox-word.ts';

/** Places of one block, one for each of its bytes. */
const BLOCK = 16;
/** Places of four blocks: a multiple of it is where tossing may begin. */
export const COIN_GROUP = 4 * BLOCK;

/** Locals with a probability p as bytes are compared with it: 256 p = byte + rest / 2^32. */
interface Threshold {
  /** 16 times the same byte. */
  readonly byte: number;
  /** i64, 0 to 2^32: for p ≥ 1 more than any word. */
  readonly rest: number;
}

/**
 * Sets the threshold to the probability in the lanes of the local, within 2^-41. What is not a number counts as 0.
 *
 * Sums with 2^23 and 2^20 have the whole number in their lowest bits: a conversion would be a call or a branch.
 */
function setThreshold(code: Code, p: number, { byte, rest }: Threshold): void {
  const [scaled, whole] = [code.local('v128'), code.local('v128')];
  code.f32x4Const(0).localGet(p).f32x4Const(256).f32x4Mul().localTee(scaled).f32x4Pmax().localSet(whole);
  code.f32x4Const(255).localGet(whole).f32x4Floor().f32x4Pmin().localTee(whole);
  code
    .f32x4Const(2 ** 23)
    .f32x4Add()
    .i32x4ExtractLane(0)
    .i8x16Splat()
    .localSet(byte);
  code.f32x4Const(1).f32x4Const(0).localGet(scaled).localGet(whole).f32x4Sub().f32x4Pmax().f32x4Pmin();
  code
    .f64x2PromoteLow()
    .f64x2Const(2 ** 20)
    .f64x2Add()
    .i64x2ExtractLane(0);
  code.i64Const(0x1ffffffffn).i64And().localSet(rest);
}

/** What all parts of the function share: locals. */
interface Tossing {
  readonly module: ModuleBuilder;
  readonly counter: Required<CounterLocals>;
  readonly threshold: Threshold;
  /** i64: places whose bytes equal the threshold's. */
  readonly ties: number;
  /** Address of the coins of the first place of `block`. */
  readonly out: number;
  readonly block: number;
}

/** Decides the places in `ties`, of which the first is number `ahead` from that of the current block on. */
function breakTies(code: Code, { module, counter, threshold, ties, out, block }: Tossing, ahead: number): void {
  const place = code.local('i32');
  code.block().loop();
  code.localGet(ties).i64Eqz().brIf(1);
  code.localGet(ties).i64Ctz().i32WrapI64().localTee(place).localGet(out).i32Add();
  code.i32Const(0);
  for (const local of [counter.seedLow, counter.seedHigh, counter.stream, counter.step, counter.run])
    code.localGet(local);
  code.localGet(block).i32Const(Math.log2(BLOCK)).i32Shl().localGet(place).i32Add();
  code
    .i32Const(ahead)
    .i32Add()
    .i32Const(2 ** 31)
    .i32Or()
    .call(philoxWord(module));
  code.i64ExtendI32U().localGet(threshold.rest).i64LtU().i32Sub().i32Store8(ahead);
  code.localGet(ties).localGet(ties).i64Const(1n).i64Sub().i64And().localSet(ties);
  code.br(0).end().end();
}

/** The coins of 16 places, from a single block: a short run costs a third of a long one. */
function tossFew(code: Code, tossing: Tossing): void {
  const { counter, threshold, ties, out, block } = tossing;
  const bytes = code.local('v128');
  const [c0, c1, c2, c3] = emitBlock(code, block, counter) as [number, number, number, number];
  const pair = (low: number, high: number) => code.localGet(low).localGet(high).i64Const(32n).i64Shl().i64Or();
  pair(c0, c1).i64x2Splat();
  pair(c2, c3).i64x2ReplaceLane(1).localSet(bytes);
  code.localGet(out).localGet(bytes).localGet(threshold.byte).i8x16LtU().v128Store();
  code.localGet(bytes).localGet(threshold.byte).i8x16Eq().i8x16Bitmask().i64ExtendI32U().localSet(ties);
  breakTies(code, tossing, 0);
}

/** The coins of eight blocks at a time. */
function tossMany(code: Code, tossing: Omit<Tossing, 'block'>, group: number, groups: number): void {
  const { counter, threshold, ties, out } = tossing;
  const blocks = new EightBlocks(code);
  const any = code.local('v128');
  blockPairs(code, group, groups, (block) => {
    blocks.emit(block, counter);
    code.i32x4Const(0, 0, 0, 0).localSet(any);
    for (const [k, group] of blocks.groups.entries()) {
      byBlocks(code, group);
      for (const [w, bytes] of group.words.entries()) {
        code.localGet(out).localGet(bytes).localGet(threshold.byte).i8x16LtU();
        code.v128Store(COIN_GROUP * k + BLOCK * w);
        code.localGet(bytes).localGet(threshold.byte).i8x16Eq().localTee(bytes);
        code.localGet(any).v128Or().localSet(any);
      }
    }
    code.localGet(any).v128AnyTrue().if();
    for (const [k, { words }] of blocks.groups.entries()) {
      code.i64Const(0n);
      for (const [w, equal] of words.entries()) {
        code
          .localGet(equal)
          .i8x16Bitmask()
          .i64ExtendI32U()
          .i64Const(BigInt(BLOCK * w))
          .i64Shl()
          .i64Or();
      }
      code.localSet(ties);
      breakTies(code, { ...tossing, block }, COIN_GROUP * k);
    }
    code.end();
    code
      .localGet(out)
      .i32Const(2 * COIN_GROUP)
      .i32Add()
      .localSet(out);
  });
}

function build(code: Code, module: ModuleBuilder): void {
  const [seedLow, seedHigh, stream, step, run, group, places, p, out] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const threshold: Threshold = { byte: code.local('v128'), rest: code.local('i64') };
  const [block, groups, ties] = [code.local('i32'), code.local('i32'), code.local('i64')];
  const tossing = { module, counter: { seedLow, seedHigh, stream, step, run }, threshold, ties, out };
  setThreshold(code, p, threshold);
  code.localGet(places).i32Const(BLOCK).i32LeU().if();
  code
    .localGet(group)
    .i32Const(Math.log2(COIN_GROUP / BLOCK))
    .i32Shl()
    .localSet(block);
  tossFew(code, { ...tossing, block });
  code.return().end();
  code
    .localGet(places)
    .i32Const(COIN_GROUP - 1)
    .i32Add()
    .i32Const(Math.log2(COIN_GROUP))
    .i32ShrU()
    .localSet(groups);
  tossMany(code, tossing, group, groups);
}

/**
 * Index of the module's function (seedLow, seedHigh, stream, step, run, group, places: i32, p: v128, out: i32) → (): one byte for each
 * of so many places of a run, from the first one of the group on, all bits set where `randomFraction` < p. It may write up to 127 bytes more than there are places.
 */
export function tossCoins(module: ModuleBuilder): number {
  const types = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'v128', 'i32'] as const;
  return module.sharedFunction('tossCoins', () => module.addFunction([...types], [], (code) => build(code, module)));
}
