import { ModuleBuilder } from 'volley/expr';
import { cpuSeconds } from './measure.ts';

const PAGE = 65536;

/** The function (bytes: i32) → () that does a = b + 3 c over arrays of so many bytes, one behind the other, in 128-bit vectors. */
function triadModule(pages: number): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ shared: false, minPages: pages });
  module.addFunction(
    ['i32'],
    [],
    (code) => {
      const at = code.local('i32');
      const factor = code.local('v128');
      code.f32x4Const(3).localSet(factor).loop();
      // address of a, then b + 3 c
      code.localGet(at).localGet(at).localGet(0).i32Add().v128Load();
      code.localGet(at).localGet(0).i32Const(2).i32Mul().i32Add().v128Load().localGet(factor).f32x4Mul().f32x4Add();
      code.v128Store();
      code.localGet(at).i32Const(16).i32Add().localTee(at).localGet(0).i32LtU().brIf(0).end();
    },
    'triad',
  );
  return module.toBytes();
}

/** Bytes per second, read and written, of a = b + 3 c over three arrays of together `bytes`, in one thread. */
export function triadRate(bytes: number): number {
  const each = 64 * Math.ceil(bytes / 3 / 64);
  const pages = Math.ceil((3 * each) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages });
  const { triad } = new WebAssembly.Instance(new WebAssembly.Module(triadModule(pages)), { env: { memory } })
    .exports as unknown as { triad(bytes: number): void };
  const calls = Math.ceil(3e8 / each);
  const seconds = cpuSeconds(5, () => {
    for (let k = 0; k < calls; k++) triad(each);
  });
  return (3 * each * calls) / seconds;
}
