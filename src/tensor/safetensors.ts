import { FormatError, ParameterError, ShapeError, UnsupportedError } from '../base/errors.ts';

/** Array types that a safetensors file of ours can hold. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** Numbers with a shape, row-major. */
export interface TensorRecord {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** What a safetensors file holds. */
export interface TensorFile {
  readonly tensors: Record<string, TensorRecord>;
  readonly metadata: Record<string, string>;
}

interface HeaderEntry {
  readonly name: string;
  readonly dtype: keyof typeof TYPES;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const TYPES = { F64: Float64Array, F32: Float32Array, I32: Int32Array, U32: Uint32Array, U8: Uint8Array } as const;

/** The format's own limit for the header, in bytes. */
const MAX_HEADER = 100_000_000;

const WHERE_DECODE = 'decodeSafetensors';

const elements = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function dtypeOf(name: string, data: TensorData): keyof typeof TYPES {
  for (const [dtype, type] of Object.entries(TYPES)) {
    if (data instanceof type) return dtype as keyof typeof TYPES;
  }
  throw new UnsupportedError(
    'encodeSafetensors',
    `expected an array of ${Object.keys(TYPES).join(', ')}, got another for "${name}"`,
  );
}

/**
 * Writes tensors as a safetensors file: u64 length of the header, header as JSON, data.
 *
 * Wider types come first and the header is padded to 8 bytes, so every tensor lies aligned. The same tensors and metadata
 * give the same bytes, whatever the order of their keys.
 *
 * @param metadata - text to keep beside the tensors
 * @throws ShapeError if a shape does not multiply to the length of its data
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorRecord>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const order = Object.entries(tensors).map(([name, { shape, data }]) => {
    if (name === '__metadata__') {
      throw new ParameterError('encodeSafetensors', 'expected a tensor name, got the reserved "__metadata__"');
    }
    if (!shape.every(isSize) || elements(shape) !== data.length) {
      throw new ShapeError(
        'encodeSafetensors',
        `expected ${elements(shape)} values for "${name}" [${shape}], got ${data.length}`,
      );
    }
    return { name, shape, data, dtype: dtypeOf(name, data) };
  });
  const width = (entry: { data: TensorData }) => entry.data.BYTES_PER_ELEMENT;
  order.sort((a, b) => width(b) - width(a) || (a.name < b.name ? -1 : 1));

  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const header: [string, unknown][] = sorted.length > 0 ? [['__metadata__', Object.fromEntries(sorted)]] : [];
  let offset = 0;
  for (const { name, shape, data, dtype } of order) {
    header.push([name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = 8 + 8 * Math.ceil(json.length / 8);
  const bytes = new Uint8Array(start + offset).fill(0x20, 8 + json.length, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(json, 8);
  let at = start;
  for (const { data } of order) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file; every tensor is a copy.
 *
 * @throws FormatError if the file is truncated or corrupt, or if tensors overlap or leave gaps
 * @throws UnsupportedError if a tensor has a type other than F64, F32, I32, U32 or U8
 */
export function decodeSafetensors(bytes: Uint8Array): TensorFile {
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== 'string')) {
    throw new FormatError(WHERE_DECODE, 'expected __metadata__ of strings, got other values');
  }
  const entries = Object.entries(rest).map(([name, value]) => readEntry(name, value));
  checkCover(entries, bytes.length - start);
  const tensors = entries.map(({ name, dtype, shape, begin, end }): [string, TensorRecord] => {
    // Not slice: that of a Node Buffer is a view into a shared pool.
    const copy = new Uint8Array(bytes.subarray(start + begin, start + end));
    return [name, { shape, data: new TYPES[dtype](copy.buffer, 0, elements(shape)) }];
  });
  // fromEntries defines own properties, so that a tensor named __proto__ stays a tensor.
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw truncated('a header length of 8 bytes', bytes.length);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) {
    throw new FormatError(WHERE_DECODE, `expected a header of at most ${MAX_HEADER} bytes, got ${length}`, {
      hint: 'not a safetensors file?',
    });
  }
  const start = 8 + Number(length);
  if (start > bytes.length) throw truncated(`${start} bytes of header`, bytes.length);
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
    if (isRecord(header)) return { header, start };
  } catch {
    // Reported below, with the same words as a header of another JSON type.
  }
  throw new FormatError(WHERE_DECODE, 'expected a JSON object as header, got something else', {
    hint: 'corrupt file?',
  });
}

function readEntry(name: string, value: unknown): HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  const wellFormed = typeof dtype === 'string' && Array.isArray(shape) && shape.every(isSize) && Array.isArray(offsets);
  if (!wellFormed || offsets.length !== 2 || !offsets.every(isSize)) {
    throw new FormatError(
      WHERE_DECODE,
      `expected dtype, shape and data_offsets for "${name}", got ${JSON.stringify(value)}`,
    );
  }
  if (!Object.hasOwn(TYPES, dtype)) {
    throw new UnsupportedError(
      WHERE_DECODE,
      `expected a type of ${Object.keys(TYPES).join(', ')} for "${name}", got ${dtype}`,
    );
  }
  const known = dtype as keyof typeof TYPES;
  const expected = elements(shape) * TYPES[known].BYTES_PER_ELEMENT;
  const [begin, end] = offsets as [number, number];
  if (end - begin !== expected) {
    throw new FormatError(
      WHERE_DECODE,
      `expected ${expected} bytes for "${name}" ${dtype} [${shape}], got ${end - begin}`,
    );
  }
  return { name, dtype: known, shape, begin, end };
}

/** Tensors must follow one another from the first byte of the data to the last. */
function checkCover(entries: readonly HeaderEntry[], available: number): void {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) {
      const what = begin < at ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw new FormatError(WHERE_DECODE, `expected "${name}" at byte ${at}, got ${begin}: it ${what}`, {
        fields: { name },
      });
    }
    at = end;
  }
  if (at > available) throw truncated(`${at} bytes of data`, available);
  if (at < available) {
    throw new FormatError(WHERE_DECODE, `expected ${at} bytes of data, got ${available}`, { hint: 'trailing bytes' });
  }
}

function truncated(expected: string, got: number): FormatError {
  return new FormatError(WHERE_DECODE, `expected ${expected}, got ${got}`, {
    hint: 'truncated file?',
    fields: { got },
  });
}
