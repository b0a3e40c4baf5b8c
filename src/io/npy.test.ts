import { describe, expect, it } from 'vitest';
import { FormatError, ShapeError, UnsupportedError } from '../base/errors.ts';
import { decodeNpy, encodeNpy, type NpyArray } from './npy.ts';

const arrays: NpyArray[] = [
  { shape: [2, 2], data: Float32Array.of(1.5, -0, 3e38, 1e-45) },
  { shape: [3], data: Float64Array.of(Math.PI, -1, 0) },
  { shape: [], data: Int32Array.of(-7) },
  { shape: [0, 5], data: new Uint32Array(0) },
  { shape: [2], data: Int8Array.of(-1, 1) },
  { shape: [1, 2], data: Uint16Array.of(1, 65535) },
  { shape: [2], data: BigInt64Array.of(-1n, 2n ** 40n) },
  { shape: [1], data: BigUint64Array.of(2n ** 63n) },
];

/** A version-1 file with this header text. */
function file(header: string, data: number[], version = 1): Uint8Array {
  const length =
    version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.of(
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    version,
    0,
    ...length,
    ...new TextEncoder().encode(header),
    ...data,
  );
}

describe('npy', () => {
  it.each(arrays)('keeps an array of shape $shape', (array) => {
    expect(decodeNpy(encodeNpy(array), 'x')).toEqual(array);
  });

  it('copies out of a Node Buffer, whose slices share a pool with others', () => {
    const pooled = Buffer.from(encodeNpy(arrays[0]!));
    const back = decodeNpy(pooled, 'x');
    pooled.fill(0);
    expect(back).toEqual(arrays[0]);
  });

  it('writes what NumPy writes: header in multiples of 64 bytes, ended by a line feed', () => {
    const bytes = encodeNpy({ shape: [2], data: Uint8Array.of(8, 9) });
    const text = new TextDecoder('latin1').decode(bytes.subarray(0, 128));
    expect(text.slice(1, 6)).toBe('NUMPY');
    expect(text.slice(10)).toMatch(/^\{'descr': '\|u1', 'fortran_order': False, 'shape': \(2,\), \} +\n$/);
    expect([bytes[6], bytes[7], bytes[8], bytes[9]]).toEqual([1, 0, 118, 0]);
    expect([...bytes.subarray(128)]).toEqual([8, 9]);
  });

  it('reads version 2 and bool', () => {
    const header = "{'descr': '|b1', 'fortran_order': False, 'shape': (1, 3), }\n";
    expect(decodeNpy(file(header, [1, 0, 1], 2), 'x')).toEqual({ shape: [1, 3], data: Uint8Array.of(1, 0, 1) });
  });

  it('puts column-major arrays into row-major order', () => {
    const header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }";
    // Element [i, j, k] is 100 i + 10 j + k; i runs fastest in the file.
    const at = (i: number, j: number, k: number) => 100 * i + 10 * j + k;
    const [is, js, ks] = [
      [0, 1],
      [0, 1, 2],
      [0, 1, 2, 3],
    ];
    const inFile = ks!.flatMap((k) => js!.flatMap((j) => is!.map((i) => at(i, j, k))));
    const wanted = is!.flatMap((i) => js!.flatMap((j) => ks!.map((k) => at(i, j, k))));
    expect(decodeNpy(file(header, inFile), 'x')).toEqual({ shape: [2, 3, 4], data: Uint8Array.from(wanted) });
    const empty = "{'descr': '|u1', 'fortran_order': True, 'shape': (0, 3), }";
    expect(decodeNpy(file(empty, []), 'x').data).toHaveLength(0);
  });

  it('refuses truncation, trailing bytes and what it cannot read', () => {
    const bytes = encodeNpy(arrays[0]!);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeNpy(bytes.subarray(0, length), 'x'), `length ${length}`).toThrow(FormatError);
    }
    expect(() => decodeNpy(Uint8Array.of(...bytes, 0), 'x')).toThrow(
      'expected 144 bytes in x, got 145 (trailing bytes)',
    );
    const header = "{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }";
    expect(() => decodeNpy(file(header, [0, 0, 0, 0]), 'x')).toThrow('got >f4');
    expect(() => decodeNpy(file(header, [0, 0, 0, 0]), 'x')).toThrow(UnsupportedError);
    expect(() => decodeNpy(file('{}', []), 'x')).toThrow('expected descr, fortran_order and shape in x, got "{}"');
    expect(() => encodeNpy({ shape: [2], data: new Float32Array(3) })).toThrow(ShapeError);
  });
});
