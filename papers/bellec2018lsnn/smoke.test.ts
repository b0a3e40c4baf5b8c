import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'volley-smoke-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const command = (out: string) => ['run', 'bellec2018lsnn', '--preset', 'smoke', '--out', join(folder, out)];
const logOf = (out: string) => readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8');

/** Resolves when a run's log has `lines` lines. */
async function whenLogged(out: string, lines: number, child: ChildProcess): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (child.exitCode !== null) throw new Error('the run ended before it could be killed');
    try {
      if (logOf(out).split('\n').length > lines) return;
    } catch {
      // The log does not exist yet.
    }
  }
}

it('runs its smoke preset, and goes on after kill -9 with the same bits', async () => {
  const output = execFileSync(process.execPath, [program, ...command('whole'), '--json'], { encoding: 'utf8' });
  const result = JSON.parse(output.trim().split('\n').at(-1)!);
  expect(result).toMatchObject({ id: 'bellec2018lsnn', preset: 'smoke', seed: 1 });
  for (const metric of ['lsnn', 'lif', 'storeRecallError']) {
    expect(result.metrics[metric], metric).toBeGreaterThanOrEqual(0);
    expect(result.metrics[metric], metric).toBeLessThanOrEqual(1);
  }
  const losses = logOf('whole')
    .split('\n')
    .filter((line) => line.includes('"lsnn"') && line.includes('loss'))
    .map((line) => JSON.parse(line).loss as number);
  // ln 10 is the loss of a guess; thirty iterations of 32 images already beat it.
  expect(losses.at(-1)).toBeLessThan(Math.log(10));

  const child = spawn(process.execPath, [program, ...command('killed'), '--checkpoint-every', '0', '--workers', '1'], {
    stdio: 'ignore',
  });
  await whenLogged('killed', 3, child);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const resumed = execFileSync(
    process.execPath,
    [program, 'run', 'bellec2018lsnn', '--resume', join(folder, 'killed'), '--workers', '2', '--json'],
    { encoding: 'utf8' },
  );
  expect(JSON.parse(resumed.trim().split('\n').at(-1)!).metrics).toEqual(result.metrics);
  expect(logOf('killed')).toBe(logOf('whole'));
});
