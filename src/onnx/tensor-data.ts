import { FormatError, UnsupportedError } from '../base/errors.ts';
import type { GraphTensor } from '../convert/graph/graph.ts';
import { ELEMENT_TYPES, type TensorProto } from './schema.ts';

const EXTERNAL = 1;

/** The bytes of a file beside the model, which keeps weights there; undefined where there is none. */
export type ExternalFiles = (location: string) => Uint8Array | undefined;

/**
 * The constant of a message; float16 and float64 become float32, bool becomes bytes of 0 and 1.
 *
 * @param where - what the tensor belongs to, for error messages
 * @throws UnsupportedError for other types and for data in a file that is not there
 * @throws FormatError if the data do not have the length of the shape
 */
export function readTensor(message: TensorProto, where: string, files: ExternalFiles): GraphTensor {
  const shape = message.dims.map(Number);
  const size = shape.reduce((total, n) => total * n, 1);
  const isExternal = message.data_location === EXTERNAL;
  const raw = isExternal ? externalBytes(message, where, files) : message.raw_data;
  const data = elements(message, raw?.length ? raw : undefined, where);
  if (data.length !== size) {
    throw new FormatError('readOnnx', `expected ${size} values for [${shape}] of ${where}, got ${data.length}`, {
      hint: 'truncated file?',
    });
  }
  return { shape, data };
}

function externalBytes({ external_data }: TensorProto, where: string, files: ExternalFiles): Uint8Array {
  const entries = new Map(external_data?.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  // A model must not name files elsewhere on the machine that reads it.
  if (location === '' || /^[/\\]|^[a-z]:|(^|[/\\])\.\.([/\\]|$)/i.test(location)) {
    throw new FormatError('readOnnx', `expected ${where} in a file beside the model, got "${location}"`);
  }
  const file = files(location);
  if (!file) {
    throw new UnsupportedError(
      'readOnnx',
      `expected ${where} in the model, got it in "${location}", which is not there`,
      {
        hint: 'put that file beside the model, or export the model as one file (external_data=False in PyTorch)',
        fields: { location },
      },
    );
  }
  const start = Number(entries.get('offset') ?? 0);
  const end = entries.has('length') ? start + Number(entries.get('length')) : file.length;
  if (start <= end && end <= file.length) return file.subarray(start, end);
  throw new FormatError('readOnnx', `expected ${end} bytes in "${location}", got ${file.length}`, {
    hint: 'truncated file?',
  });
}

function elements(message: TensorProto, raw: Uint8Array | undefined, where: string): GraphTensor['data'] {
  // The bytes are a view at any offset, and typed arrays need theirs aligned.
  const buffer = (width: number): ArrayBuffer =>
    new Uint8Array(raw!.subarray(0, width * Math.floor(raw!.length / width))).buffer;
  const ints = message.int32_data ?? [];
  switch (message.data_type) {
    case ELEMENT_TYPES.float32:
      return raw ? new Float32Array(buffer(4)) : new Float32Array(message.float_data ?? []);
    case ELEMENT_TYPES.float64:
      return new Float32Array(raw ? new Float64Array(buffer(8)) : (message.double_data ?? []));
    case ELEMENT_TYPES.float16:
      return Float32Array.from(raw ? new Uint16Array(buffer(2)) : ints, halfToFloat);
    case ELEMENT_TYPES.int32:
      return raw ? new Int32Array(buffer(4)) : new Int32Array(ints);
    case ELEMENT_TYPES.int64:
      return raw ? new BigInt64Array(buffer(8)) : new BigInt64Array((message.int64_data ?? []).map(BigInt));
    case ELEMENT_TYPES.bool:
    case ELEMENT_TYPES.uint8:
      return raw ? new Uint8Array(buffer(1)) : new Uint8Array(ints);
    default:
      throw new UnsupportedError(
        'readOnnx',
        `expected a type of ${Object.keys(ELEMENT_TYPES).join(' ')}, got number ${message.data_type} of ${where}`,
      );
  }
}

/** The number that 16 bits of the IEEE 754 half-precision format stand for. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The message of a constant, its data as little-endian bytes. */
export function tensorMessage({ shape, data }: GraphTensor, name: string): TensorProto {
  const type =
    data instanceof Float32Array
      ? ELEMENT_TYPES.float32
      : data instanceof Int32Array
        ? ELEMENT_TYPES.int32
        : data instanceof BigInt64Array
          ? ELEMENT_TYPES.int64
          : ELEMENT_TYPES.uint8;
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { dims: [...shape], data_type: type, name, raw_data: raw };
}
