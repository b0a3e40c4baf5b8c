import { describe, expect, it } from 'vitest';
import { FormatError, ParameterError, ShapeError, UnsupportedError } from '../base/errors.ts';
import { decodeSafetensors, encodeSafetensors, type TensorRecord } from './safetensors.ts';

const tensors: Record<string, TensorRecord> = {
  bytes: { shape: [3], data: Uint8Array.of(1, 2, 255) },
  weights: { shape: [2, 2], data: Float32Array.of(1.5, -0, Number.NaN, 3e38) },
  doubles: { shape: [1], data: Float64Array.of(Math.PI) },
  counts: { shape: [2], data: Int32Array.of(-1, 7) },
  words: { shape: [], data: Uint32Array.of(0xffffffff) },
  nothing: { shape: [0, 4], data: new Float32Array(0) },
};

/** A file with this header and so many bytes of data. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  return bytes;
}

const one = (begin: number, end: number, shape = [1]) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('safetensors', () => {
  it('keeps tensors and metadata bit for bit', () => {
    const back = decodeSafetensors(encodeSafetensors(tensors, { step: '12', note: 'ä "quoted"' }));
    expect(back).toEqual({ tensors, metadata: { step: '12', note: 'ä "quoted"' } });
  });

  it('reads a file that starts at an odd offset of a larger buffer', () => {
    const bytes = encodeSafetensors(tensors);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3)).tensors).toEqual(tensors);
  });

  it('copies out of a Node Buffer, whose slices share a pool with others', () => {
    const pooled = Buffer.from(encodeSafetensors(tensors));
    const back = decodeSafetensors(pooled);
    pooled.fill(0);
    expect(back.tensors).toEqual(tensors);
  });

  it('follows the format byte for byte', () => {
    const bytes = encodeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } }, { k: 'v' });
    const header = '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const padded = header.padEnd(8 * Math.ceil(header.length / 8));
    expect(bytes).toEqual(
      Uint8Array.of(padded.length, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(padded), 0, 0, 0x80, 0x3f),
    );
  });

  it('gives the same bytes whatever the order of names, and aligns every tensor', () => {
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    const bytes = encodeSafetensors(tensors, { a: '1', b: '2' });
    expect(encodeSafetensors(reversed, { b: '2', a: '1' })).toEqual(bytes);
    const headerLength = new DataView(bytes.buffer).getUint32(0, true);
    expect(headerLength % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
    for (const [name, { data }] of Object.entries(tensors)) {
      expect(header[name].data_offsets[0] % data.BYTES_PER_ELEMENT).toBe(0);
    }
  });

  it('refuses every truncation', () => {
    const bytes = encodeSafetensors(tensors);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.subarray(0, length)), `length ${length}`).toThrow(FormatError);
    }
    expect(() => decodeSafetensors(bytes.subarray(0, 5))).toThrow(
      'expected a header length of 8 bytes, got 5 (truncated file?)',
    );
  });

  it.each([
    ['trailing bytes', file({ a: one(0, 4) }, 5), 'expected 4 bytes of data, got 5 (trailing bytes)'],
    ['missing data', file({ a: one(0, 4) }, 3), 'expected 4 bytes of data, got 3 (truncated file?)'],
    [
      'overlap',
      file({ a: one(0, 8, [2]), b: one(4, 8) }, 8),
      'expected "b" at byte 8, got 4: it overlaps the tensor before it',
    ],
    ['gap', file({ a: one(4, 8) }, 8), 'expected "a" at byte 0, got 4: it leaves a gap'],
    ['wrong size', file({ a: one(0, 4, [2]) }, 4), 'expected 8 bytes for "a" F32 [2], got 4'],
    ['negative size', file({ a: one(0, 4, [-1]) }, 4), 'expected dtype, shape and data_offsets for "a"'],
    ['no entry', file({ a: 3 }, 0), 'expected dtype, shape and data_offsets for "a", got 3'],
    ['array as header', file([], 0), 'expected a JSON object as header'],
    ['no JSON', file('{"a"', 0), 'expected a JSON object as header'],
    ['numbers as metadata', file({ __metadata__: { a: 1 } }, 0), 'expected __metadata__ of strings'],
    ['another format', new TextEncoder().encode('PK archive of something else'), 'not a safetensors file?'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(FormatError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it('names types it does not hold', () => {
    const half = file({ h: { dtype: 'F16', shape: [1], data_offsets: [0, 2] } }, 2);
    expect(() => decodeSafetensors(half)).toThrow(UnsupportedError);
    expect(() => decodeSafetensors(half)).toThrow('expected a type of F64, F32, I32, U32, U8 for "h", got F16');
  });

  it('keeps a tensor named __proto__ and refuses the reserved name', () => {
    const odd = Object.fromEntries([['__proto__', tensors.words!]]);
    expect(Object.entries(decodeSafetensors(encodeSafetensors(odd)).tensors)).toEqual([['__proto__', tensors.words]]);
    expect(() => encodeSafetensors({ __metadata__: tensors.words! })).toThrow(ParameterError);
    expect(() => encodeSafetensors({ a: { shape: [2], data: new Float32Array(3) } })).toThrow(ShapeError);
  });
});
