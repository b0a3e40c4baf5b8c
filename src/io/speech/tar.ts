import { FormatError, UnsupportedError } from '../../base/errors.ts';

/** A file in an archive. */
export interface TarFile {
  /** Path inside the archive. */
  readonly path: string;
  /** A view into the archive, not a copy. */
  readonly bytes: Uint8Array;
}

const BLOCK = 512;

/**
 * Reads the files of an uncompressed tar archive (v7, ustar, and pax or GNU where names are short), in order. Folders, links
 * and records of times are passed over.
 *
 * @param name - of the archive, for error messages
 * @throws FormatError if the archive is truncated, or a header's checksum is wrong
 * @throws UnsupportedError for names that only an extension holds
 */
export function* tarFiles(bytes: Uint8Array, name: string): Generator<TarFile> {
  let at = 0;
  for (; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const header = bytes.subarray(at, at + BLOCK);
    checkHeader(header, name, at);
    const [type, size, start] = [text(header, 156, 1), octal(header, 124, 12), at + BLOCK];
    if (start + size > bytes.length) throw truncated(name, start + size, bytes.length);
    const content = bytes.subarray(start, start + size);
    if (type === 'L' || (type === 'x' && /(^|\n)\d+ (path|size)=/.test(text(content, 0, size)))) {
      throw new UnsupportedError('tarFiles', `expected names of at most 100 characters in ${name}, got longer ones`, {
        hint: 'unpack it and pack it again: tar --format=ustar -cf',
      });
    }
    if (type === '0' || type === '') yield { path: pathOf(header), bytes: content };
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  // An archive ends with a block of zeros; without it the last file may be missing.
  if (at + BLOCK > bytes.length) throw truncated(name, at + BLOCK, bytes.length);
}

function pathOf(header: Uint8Array): string {
  const prefix = text(header, 257, 5) === 'ustar' && text(header, 257, 6) !== 'ustar ' ? text(header, 345, 155) : '';
  return prefix ? `${prefix}/${text(header, 0, 100)}` : text(header, 0, 100);
}

/** A field up to its first zero byte. */
function text(header: Uint8Array, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, from: number, length: number): number {
  const field = text(header, from, length).trim();
  return /^[0-7]+$/.test(field) ? Number.parseInt(field, 8) : Number.NaN;
}

/** The checksum is the sum of the header's bytes, its own eight counted as spaces. */
function checkHeader(header: Uint8Array, name: string, at: number): void {
  const sum = header.reduce((total, byte, k) => total + (k >= 148 && k < 156 ? 32 : byte), 0);
  if (octal(header, 148, 8) === sum && !Number.isNaN(octal(header, 124, 12))) return;
  throw new FormatError('tarFiles', `expected a tar header at byte ${at} of ${name}, got something else`, {
    hint: header[0] === 0x1f && header[1] === 0x8b ? 'compressed: gunzip it first' : 'damaged: fetch the file again',
    fields: { name, at },
  });
}

function truncated(name: string, expected: number, got: number): FormatError {
  return new FormatError('tarFiles', `expected at least ${expected} bytes in ${name}, got ${got}`, {
    hint: 'truncated: fetch the file again',
    fields: { name, expected, got },
  });
}
