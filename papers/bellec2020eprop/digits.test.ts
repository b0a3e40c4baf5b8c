import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RandomStream } from 'volley/base';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'volley-digits-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A WAV file: one channel of 16-bit samples at 8 kHz. */
function wavFile(samples: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    view.setUint16(at, value, true);
  view.setUint32(24, 8000, true);
  view.setUint32(28, 16_000, true);
  text(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, n) => {
    view.setInt16(44 + 2 * n, value, true);
  });
  return bytes;
}

/** A tone of 120 ms in noise; digits differ in pitch. */
function tone(digit: number, seed: number): Uint8Array {
  const random = new RandomStream(seed);
  const turns = (300 + 200 * digit) / 8000;
  const sample = (n: number) => 4000 * Math.sin(2 * Math.PI * turns * n) + 400 * random.normal();
  return wavFile(Array.from({ length: 960 }, (_, n) => Math.round(sample(n))));
}

/** Three digits, twelve recordings of each; indices 0 to 4 are for tests, and there the digit 2 sounds like the digit 0. */
function putTones(): void {
  const recordings = join(folder, 'data', 'free-spoken-digit-dataset', 'recordings');
  mkdirSync(recordings, { recursive: true });
  for (const digit of [0, 1, 2]) {
    for (let index = 0; index < 12; index++) {
      const sound = tone(index < 5 ? digit % 2 : digit, 12 * digit + index);
      writeFileSync(join(recordings, `${digit}_tone_${index}.wav`), sound);
    }
  }
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
