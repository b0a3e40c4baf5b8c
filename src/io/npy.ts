import { FormatError, ShapeError, UnsupportedError } from '../base/errors.ts';

const TYPES = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '|i1': Int8Array,
  '<i2': Int16Array,
  '<i4': Int32Array,
  '|u1': Uint8Array,
  '<u2': Uint16Array,
  '<u4': Uint32Array,
  '<i8': BigInt64Array,
  '<u8': BigUint64Array,
} as const;

/** Array types of an npy file. */
export type NpyData = InstanceType<(typeof TYPES)[keyof typeof TYPES]>;

/** Contents of an npy file, row-major; a file in column-major order is put into row-major order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: NpyData;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const product = (shape: readonly number[]): number => shape.reduce((total, n) => total * n, 1);

/**
 * Reads a NumPy array file, version 1 to 3; `bool` is read as bytes of 0 and 1.
 *
 * @param name - of the file, for error messages
 * @throws FormatError if the file is not an npy file, or shorter or longer than its header says
 * @throws UnsupportedError for big endian and other types
 */
export function decodeNpy(bytes: Uint8Array, name: string): NpyArray {
  if (MAGIC.some((byte, k) => bytes[k] !== byte)) {
    throw new FormatError('decodeNpy', `expected the magic bytes "\\x93NUMPY" in ${name}, got others`, {
      hint: 'not an npy file?',
    });
  }
  const long = (bytes[6] ?? 0) >= 2;
  if (bytes.length < (long ? 12 : 10)) throw wrongLength(name, long ? 12 : 10, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerStart = long ? 12 : 10;
  const start = headerStart + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  if (bytes.length < start) throw wrongLength(name, start, bytes.length);
  const { type, shape, isColumnMajor } = readHeader(new TextDecoder().decode(bytes.subarray(headerStart, start)), name);
  const expected = start + product(shape) * type.BYTES_PER_ELEMENT;
  if (bytes.length !== expected) throw wrongLength(name, expected, bytes.length);
  // Not slice: that of a Node Buffer is a view into a shared pool.
  const data = new type(new Uint8Array(bytes.subarray(start)).buffer);
  return { shape, data: isColumnMajor ? rowMajor(data, shape) : data };
}

/** Elements of an array whose first index runs fastest, in the order in which the last one does. */
function rowMajor(data: NpyData, shape: readonly number[]): NpyData {
  const ordered = data.slice();
  const strides = shape.map((_, axis) => product(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    ordered[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return ordered;
}

interface NpyHeader {
  readonly type: (typeof TYPES)[keyof typeof TYPES];
  readonly shape: number[];
  readonly isColumnMajor: boolean;
}

function readHeader(text: string, name: string): NpyHeader {
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || sizes === undefined) {
    throw new FormatError(
      'decodeNpy',
      `expected descr, fortran_order and shape in ${name}, got ${JSON.stringify(text.trim())}`,
    );
  }
  const dtype = descr === '|b1' ? '|u1' : descr;
  if (!Object.hasOwn(TYPES, dtype)) {
    throw new UnsupportedError(
      'decodeNpy',
      `expected a type of ${Object.keys(TYPES).join(' ')} |b1 in ${name}, got ${descr}`,
    );
  }
  return {
    type: TYPES[dtype as keyof typeof TYPES],
    shape: sizes
      .split(',')
      .filter((part) => part.trim())
      .map(Number),
    isColumnMajor: order === 'True',
  };
}

/**
 * Writes a NumPy array file (version 1), row-major, little endian.
 *
 * @throws ShapeError if the shape does not multiply to the length of the data
 */
export function encodeNpy({ shape, data }: NpyArray): Uint8Array {
  if (product(shape) !== data.length) {
    throw new ShapeError('encodeNpy', `expected ${product(shape)} values for [${shape}], got ${data.length}`);
  }
  const descr = Object.entries(TYPES).find(([, type]) => data instanceof type)![0];
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // NumPy aligns the data to 64 bytes and ends the header with a line feed.
  const start = 64 * Math.ceil((10 + dictionary.length + 1) / 64);
  const header = new TextEncoder().encode(`${dictionary.padEnd(start - 11)}\n`);
  const bytes = new Uint8Array(start + data.byteLength);
  bytes.set([...MAGIC, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(header, 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return bytes;
}

function wrongLength(name: string, expected: number, got: number): FormatError {
  return new FormatError('decodeNpy', `expected ${expected} bytes in ${name}, got ${got}`, {
    hint: got < expected ? 'truncated file?' : 'trailing bytes',
    fields: { name, expected, got },
  });
}
