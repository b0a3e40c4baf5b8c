import { describe, expect, it } from 'vitest';
import { InternalError } from '../../base/errors.ts';
import { ModuleBuilder } from './assembler.ts';
import { signedLeb, unsignedLeb } from './encoding.ts';
import { addressAt, pushAddress } from './place.ts';

function instantiate(module: ModuleBuilder, imports: Record<string, unknown> = {}) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), {
    env: { memory, ...imports } as WebAssembly.ModuleImports,
  });
  return { memory, functions: instance.exports as Record<string, (...args: number[]) => number> };
}

describe('LEB128', () => {
  it('encodes the examples of the specification', () => {
    expect(unsignedLeb(624485)).toEqual([0xe5, 0x8e, 0x26]);
    expect(signedLeb(-123456)).toEqual([0xc0, 0xbb, 0x78]);
    expect(signedLeb(64)).toEqual([0xc0, 0x00]);
    expect(unsignedLeb(2 ** 32 - 1)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
  });
});

describe('ModuleBuilder', () => {
  it('runs a loop, a call, an import and a vector store', () => {
    const module = new ModuleBuilder({ shared: false, minPages: 1 });
    const twice = module.importFunction('twice', ['i32'], ['i32']);
    const square = module.addFunction(['i32'], ['i32'], (code) => code.localGet(0).localGet(0).i32Mul());
    module.addFunction(
      ['i32'],
      ['i32'],
      (code) => {
        const sum = code.local('i32');
        code.loop();
        code.localGet(sum).localGet(0).call(square).i32Add().localSet(sum);
        code.localGet(0).i32Const(1).i32Sub().localTee(0).brIf(0).end();
        code.i32Const(16).f32x4Const(1.5).v128Store(16);
        code.localGet(sum).call(twice);
      },
      'sumOfSquares',
    );
    const { memory, functions } = instantiate(module, { twice: (x: number) => 2 * x });
    expect(functions.sumOfSquares?.(4)).toBe(60);
    expect([...new Float32Array(memory.buffer, 32, 4)]).toEqual([1.5, 1.5, 1.5, 1.5]);
  });

  it('refuses an import after a function', () => {
    const module = new ModuleBuilder({ shared: false, minPages: 1 });
    module.addFunction([], [], () => {});
    expect(() => module.importFunction('late', [], [])).toThrow(InternalError);
  });

  it('imports a shared memory', () => {
    const module = new ModuleBuilder({ shared: true, minPages: 1, maxPages: 2 });
    module.addFunction([], ['i32'], (code) => code.i32Const(0).i32Load(), 'peek');
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    new Int32Array(memory.buffer)[0] = 7;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), { env: { memory } });
    expect((instance.exports as Record<string, () => number>).peek?.()).toBe(7);
  });
});

describe('pushAddress', () => {
  it.each([
    { base: 64, slotBytes: 32, slots: 1 },
    { base: 64, slotBytes: 32, slots: 5 },
  ])('is the ring address for $slots slots', (place) => {
    const module = new ModuleBuilder({ shared: false, minPages: 1 });
    module.addFunction(['i32'], ['i32'], (code) => pushAddress(code, place, 0, -1), 'address');
    const { functions } = instantiate(module);
    for (let t = 1; t < 12; t++) expect(functions.address?.(t)).toBe(addressAt(place, t - 1));
  });
});
