import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { FormatError, NumericsError, ParameterError } from '../base/errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../tensor/index.ts';
import { storageError, type WriteBytes, writeFileAtomic } from './atomic-file.ts';
import type { CheckpointState, LogRecord, Metric, PresetName, SettingValue } from './paper.ts';

/** What a run was started with: config.json. */
export interface RunConfig {
  readonly id: string;
  readonly preset: PresetName;
  readonly seed: number;
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly volley: string;
  readonly node: string;
  readonly machine: string;
}

/** How far a run is: status.json, rewritten at every checkpoint. */
export interface RunStatus {
  readonly state: 'running' | 'interrupted' | 'failed' | 'done';
  readonly pid: number;
  /** Time spent so far, over all sessions. */
  readonly seconds: number;
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

/** What a finished run found: result.json. */
export interface RunResult {
  readonly id: string;
  readonly preset: PresetName;
  readonly seed: number;
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Published values by metric, the first claim of each. */
  readonly paper: Readonly<Record<string, number>>;
  readonly run: string;
}

export const RUN_FILES = {
  config: 'config.json',
  status: 'status.json',
  metrics: 'metrics.jsonl',
  checkpoint: 'checkpoint.safetensors',
  result: 'result.json',
  report: 'report.html',
} as const;

/** Metadata key under which a checkpoint keeps the length of metrics.jsonl in bytes. */
const LOG_BYTES = 'volley.logBytes';

/**
 * The folder with all that one run produces. Every file but metrics.jsonl is replaced as a whole; metrics.jsonl is only
 * appended to, and cut back to the last checkpoint when the run goes on.
 */
export class RunFolder {
  readonly path: string;
  readonly config: RunConfig;
  readonly #history: LogRecord[] = [];
  #logBytes = 0;

  private constructor(path: string, config: RunConfig) {
    this.path = path;
    this.config = config;
  }

  /**
   * Makes the folder of a new run.
   *
   * @param out - the folder; without it, the first free `<root>/<id>-<preset>-seed<seed>-<k>`
   * @throws ParameterError if `out` holds files already
   * @throws StorageError if the folder cannot be written
   */
  static create(config: RunConfig, out?: string, root = 'runs'): RunFolder {
    const path =
      out === undefined ? nextFolder(root, `${config.id}-${config.preset}-seed${config.seed}`) : emptyFolder(out);
    writeJson(join(path, RUN_FILES.config), config);
    return new RunFolder(path, config);
  }

  /** Opens the folder of an earlier run. @throws ParameterError if it is none, FormatError if config.json is damaged */
  static open(path: string): RunFolder {
    if (!existsSync(join(path, RUN_FILES.config))) {
      throw new ParameterError('resume', `expected a run folder, got ${path} without ${RUN_FILES.config}`, {
        hint: '"volley runs" lists the run folders',
      });
    }
    const config = readJson(join(path, RUN_FILES.config)) as Partial<RunConfig>;
    if (typeof config.id !== 'string' || typeof config.preset !== 'string' || typeof config.seed !== 'number') {
      throw new FormatError(
        'resume',
        `expected id, preset and seed in ${join(path, RUN_FILES.config)}, got other keys`,
      );
    }
    return new RunFolder(path, config as RunConfig);
  }

  file(name: keyof typeof RUN_FILES): string {
    return join(this.path, RUN_FILES[name]);
  }

  /** Records logged so far, those before a resume included. */
  get history(): readonly LogRecord[] {
    return this.#history;
  }

  /** Appends a record to metrics.jsonl. @throws NumericsError if a number is not finite */
  log(record: LogRecord): void {
    checkFinite('log', record);
    const line = `${JSON.stringify(record)}\n`;
    try {
      appendFileSync(this.file('metrics'), line);
    } catch (cause) {
      throw storageError('log', 'append to', this.file('metrics'), cause);
    }
    this.#logBytes += Buffer.byteLength(line);
    this.#history.push(record);
  }

  /**
   * Replaces the checkpoint. The log reaches the disk first, so that a checkpoint never counts on lines that are lost.
   *
   * @param write - how to write; tests put failing disks here
   * @throws StorageError if the disk refuses; the previous checkpoint is then intact
   */
  saveCheckpoint({ tensors, metadata }: CheckpointState, write?: WriteBytes): void {
    const reserved = Object.keys(metadata).find((key) => key.startsWith('volley.'));
    if (reserved) throw new ParameterError('checkpoint', `expected metadata keys without "volley.", got "${reserved}"`);
    if (this.#logBytes > 0) flush(this.file('metrics'));
    const bytes = encodeSafetensors(tensors, { ...metadata, [LOG_BYTES]: String(this.#logBytes) });
    writeFileAtomic(this.file('checkpoint'), bytes, write);
  }

  /**
   * Reads the last checkpoint and drops all log lines after it; without a checkpoint the run starts anew.
   *
   * @throws FormatError if the checkpoint or the log is damaged
   */
  restore(): CheckpointState | undefined {
    const file = this.file('checkpoint');
    const saved = existsSync(file) ? readCheckpoint(file) : undefined;
    this.#logBytes = saved?.logBytes ?? 0;
    this.#history.splice(0, Infinity, ...readLog(this.file('metrics'), this.#logBytes));
    return saved?.state;
  }

  writeStatus(status: RunStatus): void {
    writeJson(this.file('status'), status);
  }

  get status(): RunStatus | undefined {
    return existsSync(this.file('status')) ? (readJson(this.file('status')) as RunStatus) : undefined;
  }

  /** @throws NumericsError if a metric is not finite */
  writeResult(result: RunResult): void {
    checkFinite('result', result.metrics);
    writeJson(this.file('result'), result);
  }

  writeReport(html: string): void {
    writeFileAtomic(this.file('report'), html);
  }

  /** The result of a finished run, else undefined. */
  get result(): RunResult | undefined {
    return existsSync(this.file('result')) ? (readJson(this.file('result')) as RunResult) : undefined;
  }
}

/** The run folders directly below `root`, by name; folders that hold no readable run are passed over. */
export function listRuns(root = 'runs'): RunFolder[] {
  if (!existsSync(root)) return [];
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => {
      try {
        return [RunFolder.open(join(root, name))];
      } catch {
        return [];
      }
    });
}

function checkFinite(where: string, values: Readonly<Record<string, Metric>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new NumericsError(where, `expected finite numbers, got ${name} = ${value}`, {
        hint: 'did training diverge?',
      });
    }
  }
}

function makeFolder(path: string, recursive: boolean): boolean {
  try {
    mkdirSync(path, { recursive });
    return true;
  } catch (cause) {
    if (!recursive && cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw storageError('run folder', 'create', path, cause);
  }
}

/** Claims the first free number; making the folder is the claim, so two runs never share one. */
function nextFolder(root: string, name: string): string {
  makeFolder(root, true);
  for (let k = 1; ; k++) {
    const path = join(root, `${name}-${k}`);
    if (makeFolder(path, false)) return path;
  }
}

function emptyFolder(path: string): string {
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

function writeJson(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw storageError('run folder', 'read', path, cause);
  }
}

function readJson(path: string): object {
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

function flush(path: string): void {
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

function readCheckpoint(path: string): { state: CheckpointState; logBytes: number } {
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

/** The records in the first `bytes` bytes of the log; the rest is cut off. */
function readLog(path: string, bytes: number): LogRecord[] {
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
