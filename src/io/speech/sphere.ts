import { FormatError, UnsupportedError } from '../../base/errors.ts';
import { decodeWav, type Recording } from './wav.ts';

const MAGIC = 'NIST_1A\n';
const CONVERT = 'convert it: sph2pipe -f wav in.sph out.wav, or sox in.sph out.wav';

/**
 * Reads a NIST SPHERE file, the format of TIMIT: a header of text, then 16-bit PCM, one channel, either byte order.
 *
 * @param name - of the file, for error messages
 * @throws FormatError if it is no SPHERE file, truncated, or its header lacks a field
 * @throws UnsupportedError for compression (`shorten` and others), other widths and several channels; the message names
 * programs that convert
 */
export function decodeSphere(bytes: Uint8Array, name: string): Recording {
  const start = headerSize(bytes, name);
  const fields = headerFields(text(bytes, 16, start), name);
  const number = (key: string, absent?: number) => numberOf(fields, key, name, absent);
  const coding = fields.get('sample_coding') ?? 'pcm';
  const [width, channels] = [number('sample_n_bytes'), number('channel_count', 1)];
  if (coding !== 'pcm' || width !== 2 || channels !== 1) {
    throw new UnsupportedError(
      'decodeSphere',
      `expected mono pcm of 2 bytes in ${name}, got ${coding}, ${channels} channels, ${width} bytes`,
      { hint: CONVERT, fields: { name, coding, channels, width } },
    );
  }
  const order = fields.get('sample_byte_format');
  if (order !== '01' && order !== '10') {
    throw new FormatError('decodeSphere', `expected sample_byte_format 01 or 10 in ${name}, got ${order ?? 'none'}`);
  }
  const [count, sampleRate] = [number('sample_count'), number('sample_rate')];
  if (bytes.length - start < 2 * count) {
    throw new FormatError(
      'decodeSphere',
      `expected ${2 * count} bytes of sound in ${name}, got ${bytes.length - start}`,
      {
        hint: 'truncated: copy the file again',
        fields: { name, expected: 2 * count, got: bytes.length - start },
      },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, 2 * count);
  return {
    sampleRate,
    samples: Float32Array.from({ length: count }, (_, k) => view.getInt16(2 * k, order === '01') / 32768),
  };
}

/**
 * Reads a recording by what it begins with: SPHERE, or else RIFF WAVE. Both occur under the name `.wav`.
 *
 * @throws as {@link decodeSphere} and {@link decodeWav}
 */
export function decodeRecording(bytes: Uint8Array, name: string): Recording {
  return text(bytes, 0, MAGIC.length) === MAGIC ? decodeSphere(bytes, name) : decodeWav(bytes, name);
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 8192)));
}

function headerSize(bytes: Uint8Array, name: string): number {
  const size = Number(text(bytes, 8, 16));
  if (text(bytes, 0, 8) === MAGIC && Number.isInteger(size) && size >= 16 && size <= bytes.length) return size;
  throw new FormatError('decodeSphere', `expected "NIST_1A" and a header in ${name}, got ${bytes.length} other bytes`, {
    hint: 'truncated, or not a SPHERE file?',
    fields: { name },
  });
}

/** Fields by name from lines such as `sample_rate -i 16000` up to `end_head`. */
function headerFields(header: string, name: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of header.split('\n')) {
    if (line.trim() === 'end_head') return fields;
    const [, key, value] = /^(\w+) -(?:i|r|s\d+) (.*)$/.exec(line) ?? [];
    if (key !== undefined) fields.set(key, value!.trim());
  }
  throw new FormatError('decodeSphere', `expected "end_head" in the header of ${name}, got none`, {
    hint: 'truncated, or not a SPHERE file?',
  });
}

function numberOf(fields: ReadonlyMap<string, string>, key: string, name: string, absent?: number): number {
  const value = fields.has(key) ? Number(fields.get(key)) : absent;
  if (value !== undefined && Number.isInteger(value) && value >= 1) return value;
  throw new FormatError('decodeSphere', `expected ${key} in the header of ${name}, got ${fields.get(key) ?? 'none'}`);
}
