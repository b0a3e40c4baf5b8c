import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FormatError, StorageError } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import { loadSpokenDigits } from './spoken-digits.ts';
import { tarArchive, wavFile, words } from './testing/make-files.ts';

const recording = (seed: number, rate = 8000) => {
  const random = new RandomStream(seed);
  return wavFile(words(Array.from({ length: 900 + 80 * seed }, () => random.integer(2000) - 1000)), { rate });
};
const NAMES = ['3_theo_5', '3_theo_0', '1_theo_12', '1_anna_7', '1_anna_4'];
const entries = () => NAMES.map((name, k) => ({ path: `recordings/${name}.wav`, bytes: recording(k) }));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'volley-digits-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const putArchive = (more: ReturnType<typeof entries> = []) =>
  writeFileSync(join(directory, 'fsdd-wav.tar'), tarArchive([...entries(), ...more]));

function putFolder(): string {
  const folder = join(directory, 'free-spoken-digit-dataset', 'recordings');
  mkdirSync(folder, { recursive: true });
  for (const { path, bytes } of entries()) writeFileSync(join(folder, path.slice(11)), bytes);
  writeFileSync(join(folder, 'notes.txt'), 'no recording');
  return folder;
}

describe('loadSpokenDigits', () => {
  it('splits by index, in order of digit, speaker and index', () => {
    putArchive();
    const { train, test, source, statistics } = loadSpokenDigits({ directory });
    expect(source).toBe(join(directory, 'fsdd-wav.tar'));
    const named = (set: typeof train) => set.map(({ label, speaker, index }) => `${label}_${speaker}_${index}`);
    expect([named(train), named(test)]).toEqual([
      ['1_anna_7', '1_theo_12', '3_theo_5'],
      ['1_anna_4', '3_theo_0'],
    ]);
    // 900 + 80 k samples of recordings 3, 2 and 0 in frames of 200 every 80.
    expect(train.map(({ frames }) => frames)).toEqual([13, 12, 10]);
    expect(train.every(({ features, frames }) => features.length === frames * 39)).toBe(true);
    expect(statistics.frames).toBe(35);
    const sum = train.reduce((total, { features }) => total + features.reduce((a, b) => a + b, 0), 0);
    // Normalised features add up to 0 but for their rounding to float32.
    expect(Math.abs(sum)).toBeLessThan(35 * 39 * 1e-6);
  });

  it('reads a clone of the repository alike, and prefers it', () => {
    putArchive();
    const archive = loadSpokenDigits({ directory });
    const source = putFolder();
    expect(loadSpokenDigits({ directory })).toEqual({ ...archive, source });
  });

  it('says how to obtain what is absent', () => {
    expect(() => loadSpokenDigits({ directory })).toThrow(StorageError);
    expect(() => loadSpokenDigits({ directory })).toThrow('git clone https://github.com/');
    const misspelt = join(directory, 'dta');
    expect(() => loadSpokenDigits({ directory: misspelt })).toThrow(`expected the data folder ${misspelt} to exist`);
  });

  it.each([
    ['names of another form', 'recordings/four.wav', recording(1), 'expected a name <digit>_<speaker>_<index>.wav'],
    ['another sample rate', 'recordings/4_theo_1.wav', recording(1, 16000), 'expected 8000 Hz in '],
    ['a truncated recording', 'recordings/4_theo_1.wav', recording(1).subarray(0, 500), 'bytes of sound in '],
  ])('refuses %s', (_, path, bytes, message) => {
    putArchive([{ path, bytes }]);
    expect(() => loadSpokenDigits({ directory })).toThrow(FormatError);
    expect(() => loadSpokenDigits({ directory })).toThrow(message);
  });

  it('refuses half a data set', () => {
    writeFileSync(join(directory, 'fsdd-wav.tar'), tarArchive(entries().slice(0, 1)));
    expect(() => loadSpokenDigits({ directory })).toThrow('got 1 and 0');
  });
});

// The recordings have a licence of their own and are not part of the project.
describe.skipIf(!process.env.VOLLEY_DATA)('the data set in VOLLEY_DATA', () => {
  it('has its known size, and the features of python_speech_features', () => {
    const { train, test, statistics } = loadSpokenDigits();
    expect([train.length, test.length]).toEqual([2700, 300]);
    for (const set of [train, test]) {
      expect(Array.from({ length: 10 }, (_, digit) => set.filter(({ label }) => label === digit).length)).toEqual(
        Array(10).fill(set.length / 10),
      );
    }
    expect(new Set(train.map(({ speaker }) => speaker)).size).toBe(6);
    const golden = new URL('../../../test/golden/speech/4_yweweler_8.json', import.meta.url);
    const { shape, features } = JSON.parse(readFileSync(golden, 'utf8'));
    const found = train.find(({ label, speaker, index }) => label === 4 && speaker === 'yweweler' && index === 8)!;
    expect([found.frames, 39]).toEqual(shape);
    const { mean, deviation } = statistics;
    // Float32 twice: the raw features, up to 40 in size, and the normalised ones.
    const wrong = found.features.findIndex(
      (value, k) => Math.abs(value * deviation[k % 39]! + mean[k % 39]! - features[k]) > 1e-5,
    );
    expect(wrong).toBe(-1);
  });
});
