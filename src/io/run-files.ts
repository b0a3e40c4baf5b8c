import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError, ParameterError } from '../base/errors.ts';
import { storageError, writeFileAtomic } from './atomic-file.ts';

/** Names of the files in a run folder. */
export const RUN_FILES = {
  config: 'config.json',
  status: 'status.json',
  metrics: 'metrics.jsonl',
  checkpoint: 'checkpoint.safetensors',
  result: 'result.json',
  report: 'report.html',
} as const;

/** Makes a folder; false if it is there already and `recursive` is not set. @throws StorageError if the disk refuses */
function makeFolder(path: string, recursive: boolean): boolean {
  try {
    mkdirSync(path, { recursive });
    return true;
  } catch (cause) {
    if (!recursive && cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw storageError('run folder', 'create', path, cause);
  }
}

/** Claims the first free `<root>/<name>-<k>`; making the folder is the claim, so two runs never share one. */
export function nextFolder(root: string, name: string): string {
  makeFolder(root, true);
  for (let k = 1; ; k++) {
    const path = join(root, `${name}-${k}`);
    if (makeFolder(path, false)) return path;
  }
}

/** Makes a folder, or takes an empty one. @throws ParameterError if it holds files */
export function emptyFolder(path: string): string {
  makeFolder(path, true);
  const files = readdirSync(path);
  if (files.length === 0) return path;
  const isRun = files.includes(RUN_FILES.config);
  throw new ParameterError(
    'out',
    `expected a new or empty folder, got ${path} ${isRun ? 'with another run' : 'with files'}`,
    {
      hint: isRun ? `choose another folder, or go on with that run: --resume ${path}` : 'choose another folder',
    },
  );
}

/** Replaces a JSON file as a whole. */
export function writeJson(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** @throws StorageError if the file cannot be read */
export function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw storageError('run folder', 'read', path, cause);
  }
}

/** @throws FormatError if the file holds no JSON object */
export function readJson(path: string): object {
  try {
    const value: unknown = JSON.parse(readBytes(path).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new FormatError('run folder', `expected a JSON object in ${path}, got something else`, {
    hint: 'damaged file?',
  });
}

/** Like {@link readJson}, undefined where the file is not there. */
export const readJsonIfThere = (path: string): object | undefined => (existsSync(path) ? readJson(path) : undefined);

/** Forces what was appended to a file onto the disk. */
export function flush(path: string): void {
  try {
    const descriptor = openSync(path, 'r+');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw storageError('checkpoint', 'flush', path, cause);
  }
}
