import type { ModuleBuilder } from '../../wasm/assembler.ts';
import type { Code } from '../../wasm/code.ts';
import { type CounterLocals, PHILOX } from './philox-blocks.ts';

/**
 * Emits one block, the words of which are left in the four i64 locals.
 *
 * @param block - local with its number
 * @eq salmon2011philox (Philox-4x32-10)
 */
export function emitBlock(code: Code, block: number, counter: Required<CounterLocals>): readonly number[] {
  const i64 = () => code.local('i64');
  const [c0, c1, c2, c3, product0, product2] = [i64(), i64(), i64(), i64(), i64(), i64()];
  for (const [from, to] of [
    [block, c0],
    [counter.step, c1],
    [counter.seedHigh, c2],
    [counter.run, c3],
  ] as const) {
    code.localGet(from).i64ExtendI32U().localSet(to);
  }
  const keys = [code.local('i32'), code.local('i32')] as const;
  code.localGet(counter.seedLow).localSet(keys[0]).localGet(counter.stream).localSet(keys[1]);
  const low = (product: number) => code.localGet(product).i64Const(0xffffffffn).i64And();
  const mix = (product: number, word: number, key: number, to: number) => {
    code.localGet(product).i64Const(32n).i64ShrU().localGet(word).i64Xor();
    code.localGet(key).i64ExtendI32U().i64Xor().localSet(to);
  };
  for (let k = 0; k < PHILOX.rounds; k++) {
    for (const [word, product, multiplier] of [
      [c0, product0, PHILOX.multipliers[0]],
      [c2, product2, PHILOX.multipliers[1]],
    ] as const) {
      code.localGet(word).i64Const(BigInt(multiplier)).i64Mul().localSet(product);
    }
    mix(product2, c1, keys[0], c0);
    low(product2).localSet(c1);
    mix(product0, c3, keys[1], c2);
    low(product0).localSet(c3);
    for (const [key, increment] of PHILOX.increments.entries()) {
      code.localGet(keys[key]!).i32Const(increment).i32Add().localSet(keys[key]!);
    }
  }
  return [c0, c1, c2, c3];
}

/** Index of the module's function (seedLow, seedHigh, stream, step, run, block: i32) → i32: the first word of one block. */
export function philoxWord(module: ModuleBuilder): number {
  const types = Array<'i32'>(6).fill('i32');
  const build = (code: Code) => {
    const [seedLow, seedHigh, stream, step, run, block] = [0, 1, 2, 3, 4, 5];
    const [c0] = emitBlock(code, block, { seedLow, seedHigh, stream, step, run });
    code.localGet(c0!).i32WrapI64();
  };
  return module.sharedFunction('philoxWord', () => module.addFunction(types, ['i32'], build));
}
