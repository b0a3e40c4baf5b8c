import { describe, expect, it } from 'vitest';
import { FormatError, UnsupportedError } from '../../base/errors.ts';
import { tarFiles } from './tar.ts';
import { tarArchive } from './testing/make-files.ts';

const bytes = (length: number, seed = 0) => Uint8Array.from({ length }, (_, k) => (k * 7 + seed) % 256);
const read = (archive: Uint8Array) => [...tarFiles(archive, 'x.tar')];
const text = (value: string) => new TextEncoder().encode(value);

describe('tarFiles', () => {
  const archive = tarArchive([
    { path: 'a/', bytes: new Uint8Array(0), type: '5' },
    { path: 'a/one', bytes: bytes(3) },
    { path: 'a/times', bytes: text('30 mtime=1350244992.023960108\n'), type: 'x' },
    { path: 'a/full', bytes: bytes(1024, 1) },
    { path: 'a/empty', bytes: bytes(0) },
    { path: `${'long/'.repeat(25)}name`, bytes: bytes(513, 2) },
  ]);

  it('yields files only, of any size', () => {
    expect(read(archive).map(({ path, bytes: content }) => [path, [...content]])).toEqual([
      ['a/one', [...bytes(3)]],
      ['a/full', [...bytes(1024, 1)]],
      ['a/empty', []],
      [`${'long/'.repeat(25)}name`, [...bytes(513, 2)]],
    ]);
  });

  it('reads a view into a larger buffer', () => {
    const pool = new Uint8Array(archive.length + 5);
    pool.set(archive, 5);
    expect(read(pool.subarray(5))).toEqual(read(archive));
  });

  it.each([
    [
      'a truncated file',
      archive.subarray(0, 512 * 2 + 2),
      'expected at least 1027 bytes in x.tar, got 1026 (truncated',
    ],
    ['an archive without its end', archive.subarray(0, archive.length - 1024), 'truncated: fetch the file again'],
    ['an empty file', new Uint8Array(0), 'expected at least 512 bytes in x.tar, got 0'],
    [
      'a damaged header',
      archive.with(512, 98),
      'expected a tar header at byte 512 of x.tar, got something else (damaged',
    ],
    ['a gzip file', bytes(2000).with(0, 0x1f).with(1, 0x8b), 'compressed: gunzip it first'],
  ])('refuses %s', (_, broken, message) => {
    expect(() => read(broken)).toThrow(FormatError);
    expect(() => read(broken)).toThrow(message);
  });

  it.each([
    ['GNU', 'L', `${'n'.repeat(120)}\0`],
    ['pax', 'x', `15 path=${'n'.repeat(5)}\n`],
  ])('refuses long names of %s', (_, type, content) => {
    const long = tarArchive([{ path: 'name', bytes: text(content), type }]);
    expect(() => read(long)).toThrow(UnsupportedError);
  });
});
