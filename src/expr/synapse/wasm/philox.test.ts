import { expect, it } from 'vitest';
import { randomUniform } from '../../../base/random.ts';
import { ModuleBuilder } from '../../wasm/assembler.ts';
import { uniformGroups } from './philox.ts';
import { GROUP } from './places.ts';

// @eq salmon2011philox (Philox-4x32-10)
it.each([
  [0, 1],
  [7, 2],
  [3, 5],
  [2 ** 28 - 8, 6],
])('groups from %i on, %i of them, hold the draws of the reference, bit for bit', (group, groups) => {
  const module = new ModuleBuilder({ shared: false, minPages: 1 });
  const index = uniformGroups(module);
  const args = [0, 1, 2, 3, 4, 5, 6] as const;
  module.addFunction(
    Array<'i32'>(7).fill('i32'),
    [],
    (code) => {
      for (const k of args) code.localGet(k);
      code.call(index);
    },
    'draw',
  );
  const memory = new WebAssembly.Memory({ initial: 1 });
  const compiled = new WebAssembly.Module(module.toBytes());
  const { draw } = new WebAssembly.Instance(compiled, { env: { memory } }).exports as Record<
    string,
    (...a: number[]) => void
  >;
  const [seed, stream, step, out] = [2 ** 40 + 123456789, 0xfedcba98, 4_000_000_000, 256];
  draw!(seed >>> 0, Math.floor(seed / 2 ** 32), stream, step, group, groups, out);
  const got = new Float32Array(memory.buffer, out, groups * GROUP);
  const wanted = Float32Array.from(got, (_, k) => randomUniform(seed, stream, step, group * GROUP + k));
  expect(got).toEqual(wanted);
  // Nothing beyond the group that may come on top.
  expect(new Float32Array(memory.buffer, out + 4 * GROUP * (groups + 1), 8)).toEqual(new Float32Array(8));
});
