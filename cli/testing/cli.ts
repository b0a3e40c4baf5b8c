import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a finished process left. */
export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line with the fake papers, bundled from the sources, and a folder to work in. */
export interface TestCli {
  /** Working directory of the processes. */
  readonly folder: string;
  /** Runs the command line to its end. */
  run(...args: string[]): Promise<Finished>;
  /** Starts the command line; `act` may end it. `shell` is put before the command, as in "ulimit -f 8;". */
  start(args: readonly string[], options?: { act?: (child: Child) => void; shell?: string }): Promise<Finished>;
  remove(): void;
}

export type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Bundles the command line. The bundle lies below node_modules, where its external imports are found. */
export async function testCli(): Promise<TestCli> {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const bundle = mkdtempSync(join(cache, 'volley-cli-'));
  const folder = mkdtempSync(join(tmpdir(), 'volley-cli-'));
  const main = join(bundle, 'main.mjs');
  await build({
    entryPoints: [join(root, 'cli/testing/fake-main.ts')],
    outfile: main,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    alias: Object.fromEntries(
      ['base', 'convert', 'io', 'onnx'].map((name) => [`volley/${name}`, join(root, `src/${name}/index.ts`)]),
    ),
  });
  const start: TestCli['start'] = (args, { act, shell } = {}) => {
    const command = [process.execPath, main, ...args];
    const [file, ...rest] = shell ? ['bash', '-c', `${shell} exec "$@"`, 'bash', ...command] : command;
    return finished(spawn(file!, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }), act);
  };
  return {
    folder,
    start,
    run: (...args) => start(args),
    remove() {
      for (const path of [bundle, folder]) rmSync(path, { recursive: true, force: true });
    },
  };
}

function finished(child: Child, act?: (child: Child) => void): Promise<Finished> {
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk;
    });
  }
  act?.(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...text }));
  });
}
