import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** What a run printed, and its metrics.jsonl. */
export interface SmokeResult {
  readonly result: { readonly metrics: Readonly<Record<string, unknown>> };
  readonly log: string;
}

/** Runs the smoke preset of a paper from the command line, in a folder of its own. */
export class SmokeRuns {
  readonly #id: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'volley-smoke-'));

  constructor(id: string) {
    this.#id = id;
  }

  /** One run from start to end. */
  whole(): SmokeResult {
    return this.#finish('whole', ['--preset', 'smoke', '--out', join(this.#folder, 'whole')]);
  }

  /**
   * The same run, ended by SIGKILL when its log has `lines` lines, then resumed with another number of threads.
   *
   * @throws Error if it ended by itself before
   */
  async killedAndResumed(lines: number): Promise<SmokeResult> {
    const out = join(this.#folder, 'killed');
    const flags = ['--preset', 'smoke', '--out', out, '--checkpoint-every', '0', '--workers', '1'];
    const child = spawn(process.execPath, [program, 'run', this.#id, ...flags], { stdio: 'ignore' });
    await this.#whenLogged('killed', lines, child);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    return this.#finish('killed', ['--resume', out, '--workers', '2']);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #finish(name: string, flags: readonly string[]): SmokeResult {
    const command = [program, 'run', this.#id, ...flags, '--json'];
    const output = execFileSync(process.execPath, command, { encoding: 'utf8' });
    return { result: JSON.parse(output.trim().split('\n').at(-1)!), log: this.#log(name) };
  }

  #log(name: string): string {
    return readFileSync(join(this.#folder, name, 'metrics.jsonl'), 'utf8');
  }

  async #whenLogged(name: string, lines: number, child: ChildProcess): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (child.exitCode !== null) throw new Error('the run ended before it could be killed');
      try {
        if (this.#log(name).split('\n').length > lines) return;
      } catch {
        // The log does not exist yet.
      }
    }
  }
}
