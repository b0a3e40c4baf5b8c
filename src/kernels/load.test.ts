import { setFlagsFromString } from 'node:v8';
import { expect, it } from 'vitest';
import { type Arithmetic, loadKernels, prepareKernels, relaxedSimdSupported, simdSupported } from './index.ts';

setFlagsFromString('--experimental-wasm-relaxed-simd');

/** (1 + e)² - (1 + 2e) with e = 2^-12: e² if the product is not rounded, else 0. */
function leftOver(arithmetic: Arithmetic): number {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const floats = new Float32Array(memory.buffer);
  const e = 2 ** -12;
  floats.fill(1 + e, 0, 8);
  floats.fill(-(1 + 2 * e), 8, 12);
  loadKernels(memory, { arithmetic }).gemmNN(1, 4, 1, 0, 4, 16, 4, 32, 4, 1);
  return floats[8]!;
}

it('needs SIMD, which this engine has', () => {
  expect(simdSupported()).toBe(true);
});

it('rounds every product when deterministic', () => {
  expect(leftOver('deterministic')).toBe(0);
});

it('fuses when fast, where the engine has relaxed SIMD', () => {
  expect(leftOver('fast')).toBe(relaxedSimdSupported() ? 2 ** -24 : 0);
});

it('compiles ahead without blocking', async () => {
  await prepareKernels();
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  loadKernels(memory).fill(0, 3, 2);
  expect([...new Float32Array(memory.buffer).subarray(0, 4)]).toEqual([2, 2, 2, 0]);
});
