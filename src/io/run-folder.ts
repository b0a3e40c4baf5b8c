import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError, ParameterError } from '../base/errors.ts';
import { storageError, type WriteBytes, writeFileAtomic } from './atomic-file.ts';
import type { CheckpointState, LogRecord } from './paper.ts';
import { encodeCheckpoint, readCheckpoint, readLog } from './run-checkpoint.ts';
import { emptyFolder, flush, nextFolder, RUN_FILES, readJson, readJsonIfThere, writeJson } from './run-files.ts';
import { checkFinite, type RunConfig, type RunResult, type RunStatus } from './run-records.ts';

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
  saveCheckpoint(state: CheckpointState, write?: WriteBytes): void {
    const bytes = encodeCheckpoint(state, this.#logBytes);
    if (this.#logBytes > 0) flush(this.file('metrics'));
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
    return readJsonIfThere(this.file('status')) as RunStatus | undefined;
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
    return readJsonIfThere(this.file('result')) as RunResult | undefined;
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
