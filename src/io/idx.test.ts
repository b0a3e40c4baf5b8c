import { describe, expect, it } from 'vitest';
import { FormatError, ShapeError, UnsupportedError } from '../base/errors.ts';
import { decodeIdx, encodeIdx, type IdxArray } from './idx.ts';

const arrays: IdxArray[] = [
  { shape: [2, 3], data: Uint8Array.of(0, 1, 2, 253, 254, 255) },
  { shape: [3], data: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1) },
  { shape: [1, 1, 2], data: Float32Array.of(-0.1, Number.POSITIVE_INFINITY) },
  { shape: [0, 28], data: new Uint8Array(0) },
];

describe('idx', () => {
  it.each(arrays)('keeps an array of shape $shape', (array) => {
    expect(decodeIdx(encodeIdx(array), 'x')).toEqual(array);
  });

  it('copies out of a Node Buffer, whose slices share a pool with others', () => {
    const pooled = Buffer.from(encodeIdx(arrays[0]!));
    const back = decodeIdx(pooled, 'x');
    pooled.fill(0);
    expect(back).toEqual(arrays[0]);
  });

  it('follows the format byte for byte', () => {
    const bytes = encodeIdx({ shape: [2], data: Int32Array.of(1, -2) });
    expect([...bytes]).toEqual([0, 0, 0x0c, 1, 0, 0, 0, 2, 0, 0, 0, 1, 255, 255, 255, 254]);
  });

  it('refuses every truncation and trailing bytes, with both lengths', () => {
    const bytes = encodeIdx(arrays[0]!);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeIdx(bytes.subarray(0, length), 'images'), `length ${length}`).toThrow(FormatError);
    }
    expect(() => decodeIdx(bytes.subarray(0, 16), 'images')).toThrow(
      'decodeIdx: expected 18 bytes in images, got 16 (truncated: fetch the file again)',
    );
    expect(() => decodeIdx(Uint8Array.of(...bytes, 0), 'images')).toThrow(
      'expected 18 bytes in images, got 19 (trailing bytes',
    );
  });

  it('refuses other files and types', () => {
    expect(() => decodeIdx(Uint8Array.of(0x1f, 0x8b, 8, 0), 'images')).toThrow('a gzip file: name it .gz');
    expect(() => decodeIdx(new TextEncoder().encode('<html>'), 'images')).toThrow('got 0x3c68746d (not an idx file?)');
    expect(() => decodeIdx(Uint8Array.of(0, 0, 0x0b, 0, 0, 0), 'images')).toThrow(UnsupportedError);
    expect(() => encodeIdx({ shape: [4], data: new Uint8Array(3) })).toThrow(ShapeError);
  });
});
