/** Typed arrays over one memory, for code that addresses it as the kernels do. */
export interface Views {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly u8: Uint8Array;
}

/** Views of the whole memory; they go stale when the memory grows. */
export function viewsOf(memory: WebAssembly.Memory): Views {
  const { buffer } = memory;
  return {
    f32: new Float32Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    u8: new Uint8Array(buffer),
  };
}

/** Element index of a 4-byte value at a byte address. */
export const at = (address: number, row = 0, ld = 0, column = 0): number => address / 4 + row * ld + column;

/** Whether bit i of a bit row is set. */
export const hasSpike = ({ u8 }: Views, bits: number, rowBytes: number, row: number, i: number): boolean =>
  ((u8[bits + row * rowBytes + (i >> 3)]! >> (i & 7)) & 1) === 1;
