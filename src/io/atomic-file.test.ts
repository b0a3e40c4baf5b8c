import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageError } from '../base/errors.ts';
import { type WriteBytes, writeFileAtomic } from './atomic-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'volley-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes half of the bytes and then meets an error of the given code. */
const failing =
  (code: string): WriteBytes =>
  (descriptor, bytes) => {
    writeSync(descriptor, bytes, 0, bytes.length >> 1);
    throw Object.assign(new Error(`${code}: made up`), { code });
  };

function caught(action: () => void): StorageError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(StorageError);
    return error as StorageError;
  }
  throw new Error('expected a StorageError, got none');
}

describe('writeFileAtomic', () => {
  it('writes bytes and text, over an old file too, and leaves nothing else behind', () => {
    const path = join(folder, 'checkpoint');
    writeFileAtomic(path, Uint8Array.of(1, 2, 3, 4));
    expect([...readFileSync(path)]).toEqual([1, 2, 3, 4]);
    writeFileAtomic(path, 'ä');
    expect(readFileSync(path, 'utf8')).toBe('ä');
    expect(readdirSync(folder)).toEqual(['checkpoint']);
  });

  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EACCES', 'no permission'],
    ['EROFS', 'read-only'],
    ['EDQUOT', 'quota'],
  ])('keeps the old file and removes the temporary one on %s', (code, hint) => {
    const path = join(folder, 'checkpoint');
    writeFileAtomic(path, 'old');
    const error = caught(() => writeFileAtomic(path, 'new and longer', failing(code)));
    expect(error.message).toContain(`writeFileAtomic: expected to write ${path}, got ${code} (`);
    expect(error.message).toContain(hint);
    expect(error.message).not.toContain('\n');
    expect(error.fields).toMatchObject({ path, code });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['checkpoint']);
  });

  it.runIf(existsSync('/dev/full'))('reports a full device of the operating system', () => {
    const path = join(folder, 'checkpoint');
    const error = caught(() =>
      writeFileAtomic(path, 'new', (_, bytes) => {
        const full = openSync('/dev/full', 'w');
        try {
          writeFileSync(full, bytes);
        } finally {
          closeSync(full);
        }
      }),
    );
    expect(error.fields.code).toBe('ENOSPC');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says so when the folder is missing, is a file, or the target is a folder', () => {
    expect(caught(() => writeFileAtomic(join(folder, 'no', 'file'), 'x')).message).toContain('create it first');
    writeFileSync(join(folder, 'file'), '');
    expect(caught(() => writeFileAtomic(join(folder, 'file', 'x'), 'x')).message).toContain('ENOTDIR');
    mkdirSync(join(folder, 'target'));
    expect(caught(() => writeFileAtomic(join(folder, 'target'), 'x')).message).toContain('name a file in it');
    expect(readdirSync(folder).sort()).toEqual(['file', 'target']);
  });

  // The superuser may write anywhere.
  it.skipIf(process.getuid?.() === 0)('says so when there is no permission', () => {
    chmodSync(folder, 0o500);
    expect(caught(() => writeFileAtomic(join(folder, 'x'), 'x')).message).toContain('no permission');
    chmodSync(folder, 0o700);
  });
});
