import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StorageError } from '../base/errors.ts';

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space or choose another folder',
  EDQUOT: 'your disk quota is used up: free some space or choose another folder',
  EFBIG: 'files may not grow so large here: raise ulimit -f or choose another folder',
  EACCES: 'no permission to write here: choose another folder',
  EPERM: 'no permission to write here: choose another folder',
  EROFS: 'the file system is read-only: choose another folder',
  ENOENT: 'the folder does not exist: create it first',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'the path is a folder: name a file in it',
  EMFILE: 'too many open files',
};

/** Turns an error of the file system into one line: what was done, to which path, what to do about it. */
export function storageError(where: string, action: string, path: string, cause: unknown): StorageError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  const error = new StorageError(where, `expected to ${action} ${path}, got ${code}`, {
    hint: HINTS[code],
    fields: { path, code },
  });
  error.cause = cause;
  return error;
}

/** Writes all bytes to an open file. */
export type WriteBytes = (descriptor: number, bytes: Uint8Array) => void;

/**
 * Replaces a file as a whole: readers see the old bytes or the new ones, even after a crash or a loss of power.
 *
 * Writes to a temporary name in the same folder, flushes it to the disk and renames it. Synchronous, so that a signal
 * cannot come in between.
 *
 * @param write - how to write; tests put failing disks here
 * @throws StorageError if anything fails; the old file is then untouched and the temporary file is gone
 */
export function writeFileAtomic(path: string, bytes: Uint8Array | string, write: WriteBytes = writeFileSync): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  let created = false;
  try {
    const descriptor = openSync(temporary, 'wx');
    created = true;
    try {
      write(descriptor, data);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (cause) {
    if (created) rmSync(temporary, { force: true });
    throw storageError('writeFileAtomic', 'write', path, cause);
  }
  syncFolder(dirname(path));
}

/** Makes the rename durable. The bytes are safe already, so a file system that cannot flush a folder is no error. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Windows cannot open folders.
  }
}
