import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RandomStream } from 'volley/base';
import { tarArchive, wavFile, words } from '../../src/io/speech/testing/make-files.ts';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'volley-digits-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A tone of 120 ms in noise; digits differ in pitch. */
function tone(digit: number, seed: number): Uint8Array {
  const random = new RandomStream(seed);
  const turns = (300 + 200 * digit) / 8000;
  const sample = (n: number) => 4000 * Math.sin(2 * Math.PI * turns * n) + 400 * random.normal();
  return wavFile(words(Array.from({ length: 960 }, (_, n) => Math.round(sample(n)))));
}

/** Three digits, twelve recordings of each; indices 0 to 4 are for tests, and there the digit 2 sounds like the digit 0. */
function putTones(): void {
  const entries = [0, 1, 2].flatMap((digit) =>
    Array.from({ length: 12 }, (_, index) => ({
      path: `recordings/${digit}_tone_${index}.wav`,
      bytes: tone(index < 5 ? digit % 2 : digit, 12 * digit + index),
    })),
  );
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'fsdd-wav.tar'), tarArchive(entries));
}

const SETTINGS = {
  ...{ rules: 'bptt,random', patternIterations: 100, cuesIterations: 0, cuesLifIterations: 0, recallIterations: 0 },
  ...{ digitsIterations: 60, digitsBatch: 8, digitsShards: 2, digitsFrames: 10, digitsDecision: 5, digitsWarmup: 1 },
  ...{ digitsTestEvery: 40, digitsRate: 0, digitsRegular: 60, digitsAdaptive: 20 },
};

/** The task on the data of this test, from the command line. */
function run(changes: Partial<typeof SETTINGS> = {}) {
  const sets = Object.entries({ ...SETTINGS, ...changes }).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const flags = ['--preset', 'smoke', '--workers', '1', '--out', join(folder, 'run'), '--json', ...sets];
  return spawnSync(process.execPath, [program, 'run', 'bellec2020eprop', ...flags], {
    encoding: 'utf8',
    env: { ...process.env, VOLLEY_DATA: join(folder, 'data') },
  });
}

it('learns to tell tones apart, and tests on the recordings for tests', () => {
  putTones();
  const { status, stdout, stderr } = run({ patternIterations: 0 });
  expect(status, stderr).toBe(0);
  const { metrics } = JSON.parse(stdout.trim().split('\n').at(-1)!);
  for (const rule of ['bptt', 'random']) {
    // Whoever knows the tones is wrong on the five of 15 that mislead; one more or less is a slip, guessing makes 10.
    expect(Math.abs(15 * metrics.digits[rule] - 5), rule).toBeLessThanOrEqual(1);
    expect(metrics.digitsTraining[rule], rule).toBeLessThan(metrics.digits[rule]);
  }
  const log = readFileSync(join(folder, 'run', 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const tested = log.map((line) => JSON.parse(line)).filter((record) => 'testError' in record);
  expect(tested.map(({ phase, iteration }) => `${phase} ${iteration}`)).toEqual(['digits.bptt 40', 'digits.random 40']);
  // 15 recordings in batches of 8: the sixteenth row is a spare that must not count.
  for (const { testError } of tested) expect(Number.isInteger(15 * testError), `${testError}`).toBe(true);
  const report = readFileSync(join(folder, 'run', 'report.html'), 'utf8');
  expect(report).toContain('Spoken digits: test recordings, random e-prop');
});

it('says what is absent before it trains anything', () => {
  mkdirSync(join(folder, 'data'));
  const { status, stderr } = run();
  expect(status).toBe(1);
  expect(stderr).toContain('loadSpokenDigits: expected');
  expect(stderr).toContain('git clone https://github.com/');
  const log = join(folder, 'run', 'metrics.jsonl');
  expect(existsSync(log) ? readFileSync(log, 'utf8') : '').toBe('');
});
