/** Files of sound and archives, made in memory for tests. */

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** 16-bit integers as bytes, in either order. */
export function words(values: ArrayLike<number>, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  const view = new DataView(bytes.buffer);
  for (let k = 0; k < values.length; k++) view.setInt16(2 * k, values[k]!, littleEndian);
  return bytes;
}

function chunk(id: string, content: Uint8Array, size = content.length): Uint8Array {
  const head = new Uint8Array(8);
  head.set(ascii(id));
  new DataView(head.buffer).setUint32(4, size, true);
  return joinBytes(head, content, new Uint8Array(content.length % 2));
}

export interface WavParts {
  readonly rate?: number;
  readonly bits?: number;
  readonly channels?: number;
  readonly code?: number;
  /** Size that the data chunk claims. */
  readonly size?: number;
  /** Chunks between format and data. */
  readonly between?: Uint8Array;
}

/** A RIFF WAVE file around bytes of sound. */
export function wavFile(sound: Uint8Array, parts: WavParts = {}): Uint8Array {
  const { rate = 8000, bits = 16, channels = 1, code = 1, size, between = new Uint8Array(0) } = parts;
  const format = new Uint8Array(code === 0xfffe ? 40 : 16);
  const view = new DataView(format.buffer);
  for (const [at, value] of [
    [0, code],
    [2, channels],
    [12, (channels * bits) / 8],
    [14, bits],
  ] as const) {
    view.setUint16(at, value, true);
  }
  view.setUint32(4, rate, true);
  if (code === 0xfffe) view.setUint16(24, 1, true);
  return chunk('RIFF', joinBytes(ascii('WAVE'), chunk('fmt ', format), between, chunk('data', sound, size)));
}

export const noteChunk = chunk('LIST', ascii('odd'));

/** A SPHERE file around bytes of sound; `fields` are lines of the header. */
export function sphereFile(sound: Uint8Array, fields: readonly string[]): Uint8Array {
  const header = `NIST_1A\n   1024\n${fields.join('\n')}\nend_head\n`;
  return joinBytes(ascii(header.padEnd(1024)), sound);
}

/** The lines that TIMIT's headers have. */
export const timitFields = (count: number): string[] => [
  'database_id -s5 TIMIT',
  'channel_count -i 1',
  `sample_count -i ${count}`,
  'sample_rate -i 16000',
  'sample_n_bytes -i 2',
  'sample_byte_format -s2 01',
  'sample_sig_bits -i 16',
];

/** A ustar archive; type 0 = file, 5 = folder. */
export function tarArchive(entries: readonly { path: string; bytes: Uint8Array; type?: string }[]): Uint8Array {
  const parts = entries.flatMap(({ path, bytes, type = '0' }) => {
    const header = new Uint8Array(512);
    const put = (at: number, text: string) => header.set(ascii(text), at);
    const cut = path.length > 100 ? path.lastIndexOf('/', 150) : -1;
    put(0, path.slice(cut + 1));
    put(124, `${bytes.length.toString(8).padStart(11, '0')} `);
    put(148, ' '.repeat(8));
    put(156, type);
    put(257, 'ustar\x0000');
    if (cut >= 0) put(345, path.slice(0, cut));
    const sum = header.reduce((total, byte) => total + byte, 0);
    put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
    return [header, bytes, new Uint8Array((512 - (bytes.length % 512)) % 512)];
  });
  return joinBytes(...parts, new Uint8Array(1024));
}
