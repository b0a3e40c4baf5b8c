import type { Kernels } from '../kernels/index.ts';
import type { Layout } from './layout.ts';

/** The memory of an engine, with its layout and its kernels. */
export class EngineMemory {
  readonly layout: Layout;
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  /** Time step in ms. */
  readonly dt: number;

  constructor(layout: Layout, memory: WebAssembly.Memory, kernels: Kernels, dt: number) {
    this.layout = layout;
    this.memory = memory;
    this.kernels = kernels;
    this.dt = dt;
  }

  /** A view of `count` float32 at an address. */
  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  /** A view of `count` unsigned 32-bit words at an address. */
  words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, count);
  }

  /** A view of `count` bytes at an address. */
  bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, count);
  }
}
