import { existsSync, truncateSync } from 'node:fs';
import { FormatError, ParameterError } from '../base/errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../tensor/index.ts';
import type { CheckpointState, LogRecord } from './paper.ts';
import { readBytes } from './run-files.ts';

/** Metadata key under which a checkpoint keeps the length of metrics.jsonl in bytes. */
const LOG_BYTES = 'volley.logBytes';

/** A checkpoint as a safetensors file that knows how long the log was. @throws ParameterError on a reserved key */
export function encodeCheckpoint({ tensors, metadata }: CheckpointState, logBytes: number): Uint8Array {
  const reserved = Object.keys(metadata).find((key) => key.startsWith('volley.'));
  if (reserved) throw new ParameterError('checkpoint', `expected metadata keys without "volley.", got "${reserved}"`);
  return encodeSafetensors(tensors, { ...metadata, [LOG_BYTES]: String(logBytes) });
}

/** @throws FormatError if the file is damaged */
export function readCheckpoint(path: string): { state: CheckpointState; logBytes: number } {
  try {
    const { tensors, metadata } = decodeSafetensors(readBytes(path));
    const { [LOG_BYTES]: text, ...rest } = metadata;
    const logBytes = Number(text);
    if (!Number.isSafeInteger(logBytes)) throw new FormatError('checkpoint', `expected ${LOG_BYTES}, got ${text}`);
    return { state: { tensors, metadata: rest }, logBytes };
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new FormatError('resume', `expected a whole checkpoint in ${path}, got: ${cause.message}`, {
      hint: 'delete that file to start from the beginning',
    });
  }
}

/** The records in the first `bytes` bytes of the log; the rest is cut off. @throws FormatError if it is shorter */
export function readLog(path: string, bytes: number): LogRecord[] {
  const content = existsSync(path) ? readBytes(path) : Buffer.alloc(0);
  if (content.length < bytes) {
    throw new FormatError('resume', `expected at least ${bytes} bytes in ${path}, got ${content.length}`, {
      hint: 'the log was cut after the checkpoint was made',
    });
  }
  if (content.length > bytes) truncateSync(path, bytes);
  const lines = content.subarray(0, bytes).toString('utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LogRecord);
}
