import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StorageError } from '../../base/errors.ts';
import { storageError } from '../atomic-file.ts';
import { chosenDataDirectory, dataDirectory } from '../data-directory.ts';

/**
 * The data folder; see {@link dataDirectory}.
 *
 * @throws StorageError if the user named one that does not exist: a slip of the pen that a fallback would hide
 */
export function existingDataDirectory(where: string, option?: string): string {
  const chosen = chosenDataDirectory(option);
  if (chosen !== undefined && !existsSync(chosen)) {
    throw new StorageError(where, `expected the data folder ${chosen} to exist, got no such folder`, {
      hint: option ? 'mend the option `directory`' : 'mend or unset VOLLEY_DATA',
      fields: { folder: chosen },
    });
  }
  return dataDirectory(option);
}

/** @throws StorageError if the file cannot be read */
export function readBytes(where: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw storageError(where, 'read', path, cause);
  }
}

/**
 * Paths of a folder's entries by their names in lower case, in order of the names; nothing for what is no folder. Copies of
 * a data set differ in the case of their names.
 *
 * @throws StorageError if the folder cannot be read
 */
export function entriesOf(folder: string): Map<string, string> {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Map();
    throw storageError('entriesOf', 'list', folder, cause);
  }
  return new Map(
    names.map((name) => [name.toLowerCase(), join(folder, name)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
