import type { ModuleBuilder } from '../../wasm/assembler.ts';
import type { Code } from '../../wasm/code.ts';
import { type BlockLocals, blockPairs, byBlocks, EightBlocks } from './philox-blocks.ts';

/** Words → numbers (w >> 9 + 1/2) / 2^23. */
function toUniform(code: Code, { words }: BlockLocals): void {
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
function store(code: Code, group: BlockLocals, out: number, offset: number): void {
  byBlocks(code, group);
  for (const [k, block] of group.words.entries()) {
    code
      .localGet(out)
      .localGet(block)
      .v128Store(offset + 16 * k);
  }
}

function build(code: Code, kind: 'words' | 'uniform'): void {
  const [seedLow, seedHigh, stream, step, group, groups, out] = [0, 1, 2, 3, 4, 5, 6];
  const blocks = new EightBlocks(code);
  blockPairs(code, group, groups, (block) => {
    blocks.emit(block, { seedLow, seedHigh, stream, step });
    for (const [k, locals] of blocks.groups.entries()) {
      if (kind === 'uniform') toUniform(code, locals);
      store(code, locals, out, 64 * k);
    }
    code.localGet(out).i32Const(128).i32Add().localSet(out);
  });
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
