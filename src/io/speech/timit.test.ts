import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FormatError, StorageError, UnsupportedError } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import { sphereFile, timitFields, wavFile, words } from './testing/make-files.ts';
import { loadTimit } from './timit.ts';

// By region, as published with the corpus.
const CORE =
  'MDAB0 MWBT0 FELC0 MTAS1 MWEW0 FPAS0 MJMP0 MLNT0 FPKT0 MLLL0 MTLS0 FJLM0 MBPM0 MKLT0 FNLP0 MCMJ0 MJDH0 FMGD0 MGRT0 MNJM0 FDHC0 MJLN0 MPAM0 FMLD0'.split(
    ' ',
  );
const SAMPLES = 1200;
const PHN = '0 500 h#\n500 900 iy\n900 1200 q\n';
const sound = (seed: number) => {
  const random = new RandomStream(seed);
  return words(Array.from({ length: SAMPLES }, () => random.integer(2000) - 1000));
};

let directory: string;
let root: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'volley-timit-'));
  root = join(directory, 'timit', 'TIMIT');
  CORE.forEach((speaker, k) => {
    put(`TEST/DR${Math.floor(k / 3) + 1}/${speaker}`, 'SX1', k);
  });
  put('TEST/DR1/MZZZ0', 'SI2', 30);
  put('TRAIN/DR2/FAAA0', 'SX3', 31);
  put('TRAIN/DR2/FAAA0', 'SA1', 32);
  put('TRAIN/DR1/MBBB0', 'SI4', 33);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(folder: string, sentence: string, seed: number): void {
  const path = join(root, folder);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, `${sentence}.WAV`), sphereFile(sound(seed), timitFields(SAMPLES)));
  writeFileSync(join(path, `${sentence}.PHN`), PHN);
  writeFileSync(join(path, `${sentence}.TXT`), '0 1200 Words.\n');
}

describe('loadTimit', () => {
  it('reads training, test and core test without the SA sentences', () => {
    const { train, test, coreTest, phones, source, statistics } = loadTimit({ directory });
    expect(source).toBe(root);
    expect(train.map(({ speaker, sentence }) => `${speaker} ${sentence}`)).toEqual(['mbbb0 si4', 'faaa0 sx3']);
    expect(test.length).toBe(25);
    expect(coreTest.map(({ speaker }) => speaker).sort()).toEqual(CORE.map((name) => name.toLowerCase()).sort());
    expect(phones.size).toBe(61);
    // Frames of 400 samples every 160: middles at 200, 360, 520, 680, 840, 1000.
    const names = [...train[0]!.labels].map((label) => phones.names[label]);
    expect(names).toEqual(['h#', 'h#', 'iy', 'iy', 'iy', 'q']);
    expect(train[0]!.features.length).toBe(6 * 39);
    expect(statistics.frames).toBe(12);
  });

  it('folds the phones', () => {
    const { train, phones } = loadTimit({ directory, phones: 39 });
    expect([...train[0]!.labels].map((label) => phones.names[label] ?? '-')).toEqual([
      'sil',
      'sil',
      'iy',
      'iy',
      'iy',
      '-',
    ]);
  });

  it('reads lower case, RIFF files, and the folder of TRAIN and TEST itself', () => {
    const upper = loadTimit({ directory });
    renameSync(join(root, 'TRAIN'), join(root, 'train'));
    const file = join(root, 'train', 'DR1', 'MBBB0', 'SI4.WAV');
    rmSync(file);
    writeFileSync(file.replace('SI4.WAV', 'si4.wav'), wavFile(sound(33), { rate: 16000 }));
    expect(loadTimit({ directory: root }).train).toEqual(upper.train);
  });

  it('says what TIMIT is where it is absent', () => {
    rmSync(join(directory, 'timit'), { recursive: true });
    expect(() => loadTimit({ directory })).toThrow(StorageError);
    expect(() => loadTimit({ directory })).toThrow(
      /expected TRAIN and TEST .* \(TIMIT \(LDC93S1\) is licensed: .*TRAIN\/DR1\/<speaker>\/<sentence>\.WAV/,
    );
    expect(existsSync(join(directory, 'timit'))).toBe(false);
  });

  it('refuses a copy that lacks speakers, files or sentences', () => {
    rmSync(join(root, 'TRAIN/DR1/MBBB0/SI4.PHN'));
    expect(() => loadTimit({ directory })).toThrow(StorageError);
    expect(() => loadTimit({ directory })).toThrow('expected si4.WAV and .PHN in ');
    rmSync(join(root, 'TRAIN'), { recursive: true });
    mkdirSync(join(root, 'TRAIN'));
    expect(() => loadTimit({ directory })).toThrow('expected sentences in train/dr1/<speaker> of ');
    put('TRAIN/DR1/MBBB0', 'SI4', 1);
    rmSync(join(root, 'TEST/DR1/FELC0'), { recursive: true });
    expect(() => loadTimit({ directory })).toThrow(FormatError);
    expect(() => loadTimit({ directory })).toThrow('got 23');
    expect(() => loadTimit({ directory })).toThrow('missing: felc0');
  });

  it.each([
    [
      'compression',
      'SX3.WAV',
      sphereFile(sound(1), [...timitFields(SAMPLES), 'sample_coding -s26 pcm,embedded-shorten-v2.00']),
      UnsupportedError,
      'sph2pipe',
    ],
    ['another sample rate', 'SX3.WAV', wavFile(sound(1)), FormatError, 'expected 16000 Hz in '],
    ['an unknown phone', 'SX3.PHN', new TextEncoder().encode('0 9 zz'), FormatError, 'got "zz"'],
  ])('refuses %s', (_, name, bytes, type, message) => {
    writeFileSync(join(root, 'TRAIN/DR2/FAAA0', name), bytes);
    expect(() => loadTimit({ directory })).toThrow(type);
    expect(() => loadTimit({ directory })).toThrow(message);
  });
});
