import { FormatError, UnsupportedError } from '../../base/errors.ts';

/** A mono recording. */
export interface Recording {
  /** Hz. */
  readonly sampleRate: number;
  /** Full scale ±1: integers over 2^(bits - 1), exact in float32. */
  readonly samples: Float32Array;
}

const PCM = 1;
const EXTENSIBLE = 0xfffe;
/** Written by programs that do not know the length beforehand: the data go on to the end of the file. */
const STREAMED = 0xffffffff;

/**
 * Reads a RIFF WAVE file: PCM of 8 or 16 bits, one channel. Chunks other than `fmt ` and `data` are passed over.
 *
 * @param name - of the file, for error messages
 * @throws FormatError if it is no WAVE file, or truncated
 * @throws UnsupportedError for compressed or floating-point sound, other widths and several channels
 */
export function decodeWav(bytes: Uint8Array, name: string): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (tag(0) !== 'RIFF' || tag(8) !== 'WAVE') {
    throw new FormatError('decodeWav', `expected "RIFF" and "WAVE" at the start of ${name}, got others`, {
      hint: 'not a wav file?',
      fields: { name },
    });
  }
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [id, size, start] = [tag(at), view.getUint32(at + 4, true), at + 8];
    if (id === 'fmt ') format = readFormat(view, start, size, name);
    if (id === 'data' && format)
      return { sampleRate: format.sampleRate, samples: readSamples(view, start, size, format) };
    if (id === 'data') throw new FormatError('decodeWav', `expected the format before the data in ${name}, got none`);
    at = start + size + (size % 2);
  }
  throw new FormatError('decodeWav', `expected a data chunk in ${name}, got the end of the file`, {
    hint: 'truncated: fetch the file again',
    fields: { name },
  });
}

interface WavFormat {
  readonly sampleRate: number;
  readonly bits: number;
  readonly name: string;
}

function readFormat(view: DataView, at: number, size: number, name: string): WavFormat {
  if (size < 16 || at + size > view.byteLength) {
    throw new FormatError(
      'decodeWav',
      `expected a format of at least 16 bytes in ${name}, got ${view.byteLength - at}`,
      {
        hint: 'truncated: fetch the file again',
      },
    );
  }
  const [code, channels, bits] = [
    view.getUint16(at, true),
    view.getUint16(at + 2, true),
    view.getUint16(at + 14, true),
  ];
  // The first two bytes of an extensible format's GUID are the code that it stands for.
  const kind = code === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, true) : code;
  if (kind !== PCM || channels !== 1 || (bits !== 8 && bits !== 16)) {
    throw new UnsupportedError(
      'decodeWav',
      `expected mono PCM (1) of 8 or 16 bits in ${name}, got format ${kind}, ${channels} channels, ${bits} bits`,
      { hint: 'convert it: sox in.wav -b 16 -c 1 -e signed-integer out.wav', fields: { name, kind, channels, bits } },
    );
  }
  return { sampleRate: view.getUint32(at + 4, true), bits, name };
}

function readSamples(view: DataView, at: number, size: number, { bits, name }: WavFormat): Float32Array {
  const rest = view.byteLength - at;
  const used = size === STREAMED ? rest : size;
  const count = Math.floor(used / (bits / 8));
  if (used > rest) {
    throw new FormatError('decodeWav', `expected ${size} bytes of sound in ${name}, got ${rest}`, {
      hint: 'truncated: fetch the file again',
      fields: { name, expected: size, got: rest },
    });
  }
  // Eight bits are unsigned around 128, sixteen are signed.
  return bits === 8
    ? Float32Array.from({ length: count }, (_, k) => (view.getUint8(at + k) - 128) / 128)
    : Float32Array.from({ length: count }, (_, k) => view.getInt16(at + 2 * k, true) / 32768);
}
