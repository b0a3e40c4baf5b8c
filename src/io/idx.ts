import { FormatError, ShapeError, UnsupportedError } from '../base/errors.ts';

/** Array types of an idx file. */
export type IdxData = Uint8Array | Int32Array | Float32Array;

/** Contents of an idx file, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: IdxData;
}

interface IdxType {
  readonly code: number;
  readonly bytes: number;
  readonly make: (length: number) => IdxData;
  readonly get: (view: DataView, at: number) => number;
  readonly set: (view: DataView, at: number, value: number) => void;
}

const UBYTE: IdxType = {
  code: 0x08,
  bytes: 1,
  make: (length) => new Uint8Array(length),
  get: (view, at) => view.getUint8(at),
  set: (view, at, value) => view.setUint8(at, value),
};
const INT32: IdxType = {
  code: 0x0c,
  bytes: 4,
  make: (length) => new Int32Array(length),
  get: (view, at) => view.getInt32(at),
  set: (view, at, value) => view.setInt32(at, value),
};
const FLOAT32: IdxType = {
  code: 0x0d,
  bytes: 4,
  make: (length) => new Float32Array(length),
  get: (view, at) => view.getFloat32(at),
  set: (view, at, value) => view.setFloat32(at, value),
};
const TYPES = [UBYTE, INT32, FLOAT32];

const product = (shape: readonly number[]): number => shape.reduce((total, n) => total * n, 1);

/**
 * Reads the idx format (of MNIST and its relatives): two zero bytes, type, number of axes, sizes, data, all big endian.
 *
 * @param name - of the file, for error messages
 * @throws FormatError if the magic number is wrong or the file is shorter or longer than its sizes say
 * @throws UnsupportedError if the values are of another type than ubyte, int32 or float32
 */
export function decodeIdx(bytes: Uint8Array, name: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) throw wrongLength(name, 4, bytes.length);
  const magic = view.getUint32(0);
  if (magic >>> 16 !== 0) {
    throw new FormatError('decodeIdx', `expected two zero bytes at the start of ${name}, got 0x${hex(magic)}`, {
      hint: magic >>> 16 === 0x1f8b ? 'a gzip file: name it .gz' : 'not an idx file?',
      fields: { name, magic },
    });
  }
  const type = TYPES.find(({ code }) => code === ((magic >>> 8) & 0xff));
  if (!type) {
    throw new UnsupportedError(
      'decodeIdx',
      `expected ubyte (08), int32 (0c) or float32 (0d) in ${name}, got magic 0x${hex(magic)}`,
      {
        fields: { name, magic },
      },
    );
  }
  const axes = magic & 0xff;
  const start = 4 + 4 * axes;
  if (bytes.length < start) throw wrongLength(name, start, bytes.length);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = start + product(shape) * type.bytes;
  if (bytes.length !== expected) throw wrongLength(name, expected, bytes.length);
  if (type === UBYTE) return { shape, data: new Uint8Array(bytes.subarray(start)) };
  const data = type.make(product(shape));
  for (let k = 0; k < data.length; k++) data[k] = type.get(view, start + k * type.bytes);
  return { shape, data };
}

/**
 * Writes the idx format.
 *
 * @throws ShapeError if the shape does not multiply to the length of the data, or has more than 255 axes
 */
export function encodeIdx({ shape, data }: IdxArray): Uint8Array {
  if (shape.length > 255 || product(shape) !== data.length) {
    throw new ShapeError('encodeIdx', `expected ${product(shape)} values for [${shape}], got ${data.length}`);
  }
  const type = data instanceof Uint8Array ? UBYTE : data instanceof Int32Array ? INT32 : FLOAT32;
  const start = 4 + 4 * shape.length;
  const bytes = new Uint8Array(start + data.length * type.bytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (type.code << 8) | shape.length);
  for (const [axis, size] of shape.entries()) view.setUint32(4 + 4 * axis, size);
  for (let k = 0; k < data.length; k++) type.set(view, start + k * type.bytes, data[k]!);
  return bytes;
}

const hex = (magic: number): string => magic.toString(16).padStart(8, '0');

function wrongLength(name: string, expected: number, got: number): FormatError {
  return new FormatError('decodeIdx', `expected ${expected} bytes in ${name}, got ${got}`, {
    hint: got < expected ? 'truncated: fetch the file again' : 'trailing bytes: fetch the file again',
    fields: { name, expected, got },
  });
}
