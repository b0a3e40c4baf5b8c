import { UnsupportedError, unknownName } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import { plain, plainLimits } from './generated/plain.ts';
import { relaxed, relaxedLimits } from './generated/relaxed.ts';
import type { Kernels } from './kernels.ts';

/** 'deterministic': the same bits on every machine. 'fast': fused multiply-add where the engine has it. */
export type Arithmetic = 'deterministic' | 'fast';

export interface KernelOptions {
  /** Default 'deterministic'. */
  readonly arithmetic?: Arithmetic;
}

interface Build {
  readonly base64: string;
  /** Position of the five bytes that hold the limits of the memory import. */
  readonly limits: number;
}

const BUILDS = {
  plain: { base64: plain, limits: plainLimits },
  relaxed: { base64: relaxed, limits: relaxedLimits },
} satisfies Record<string, Build>;

/** Limits of a shared memory: 0 to 65536 pages. The binaries hold the unshared form, without a maximum. */
const SHARED_LIMITS = [0x03, 0x00, 0x80, 0x80, 0x04];

/** The smallest modules that use one instruction: three splats, then `op`. */
const probe = (...op: number[]) =>
  Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 16 + op.length, 1],
    ...[14 + op.length, 0, 0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, ...op, 0x0b],
  );
const SIMD_PROBE = probe(0xfd, 0x52);
const RELAXED_PROBE = probe(0xfd, 0x85, 0x02);

const modules = new Map<string, WebAssembly.Module>();

/** Whether this engine has WebAssembly SIMD, which every kernel needs. */
export function simdSupported(): boolean {
  return WebAssembly.validate(SIMD_PROBE);
}

/** Whether this engine has relaxed SIMD, that is fused multiply-add. Node 20 needs `--experimental-wasm-relaxed-simd`. */
export function relaxedSimdSupported(): boolean {
  return WebAssembly.validate(RELAXED_PROBE);
}

/**
 * Binds the kernels to a memory, shared or not. Synchronous; each build is compiled once per process.
 *
 * @throws UnsupportedError if the engine has no WebAssembly SIMD
 */
export function loadKernels(memory: WebAssembly.Memory, options: KernelOptions = {}): Kernels {
  const shared = isShared(memory);
  const name = chooseBuild(options);
  const key = moduleKey(name, shared);
  let module = modules.get(key);
  if (!module) {
    module = new WebAssembly.Module(moduleBytes(BUILDS[name], shared));
    modules.set(key, module);
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

/**
 * Compiles the kernels asynchronously, so that a later {@link loadKernels} finds them ready. Only needed on the main
 * thread of old browsers, which refuse to compile more than 4 KB synchronously.
 *
 * @throws UnsupportedError if the engine has no WebAssembly SIMD
 */
export async function prepareKernels(options: KernelOptions = {}): Promise<void> {
  const name = chooseBuild(options);
  for (const shared of [false, true]) {
    const key = moduleKey(name, shared);
    if (!modules.has(key)) modules.set(key, await WebAssembly.compile(moduleBytes(BUILDS[name], shared)));
  }
}

function chooseBuild(options: KernelOptions): keyof typeof BUILDS {
  const { arithmetic = 'deterministic' } = checkedOptions('loadKernels', options, ['arithmetic']);
  if (arithmetic !== 'deterministic' && arithmetic !== 'fast') {
    throw unknownName('loadKernels', 'arithmetic', String(arithmetic), ['deterministic', 'fast']);
  }
  if (!simdSupported()) {
    throw new UnsupportedError('loadKernels', 'expected an engine with WebAssembly SIMD, got one without', {
      hint: 'use Node 20 or a browser of 2023 or later',
    });
  }
  return arithmetic === 'fast' && relaxedSimdSupported() ? 'relaxed' : 'plain';
}

const moduleKey = (name: string, shared: boolean) => `${name}${shared ? ' shared' : ''}`;

function moduleBytes({ base64, limits }: Build, shared: boolean): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  if (shared) bytes.set(SHARED_LIMITS, limits);
  return bytes;
}

function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
}
