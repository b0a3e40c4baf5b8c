import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FormatError, StorageError } from '../../base/errors.ts';
import { type SpeechFrontEnd, type SpeechFrontEndOptions, speechFrontEnd } from '../../tasks/speech/front-end.ts';
import { type FeatureStatistics, featureStatistics, normaliseFeatures } from '../../tasks/speech/normalise.ts';
import type { WholeLabelledUtterance } from '../../tasks/speech/utterance.ts';
import { entriesOf, existingDataDirectory, readBytes } from './files.ts';
import { tarFiles } from './tar.ts';
import { decodeWav } from './wav.ts';

/** A recording of one digit; `label` is the digit. */
export interface SpokenDigit extends WholeLabelledUtterance {
  readonly speaker: string;
  /** Number of the recording among those of this digit by this speaker. */
  readonly index: number;
}

/** The Free Spoken Digit Dataset, as features. */
export interface SpokenDigits {
  /** Recordings 5 and up of each digit and speaker, ordered by digit, speaker, index. */
  readonly train: readonly SpokenDigit[];
  /** Recordings 0 to 4. */
  readonly test: readonly SpokenDigit[];
  /** Of the training set, before normalisation; both sets are normalised by them. */
  readonly statistics: FeatureStatistics;
  /** Where the recordings were found: a folder or an archive. */
  readonly source: string;
}

/** Parameters of {@link loadSpokenDigits}; those of the front end but for the sample rate, 8000 Hz. */
export interface SpokenDigitsOptions extends Omit<SpeechFrontEndOptions, 'sampleRate'> {
  /** Data folder; see {@link dataDirectory} for what holds without it. */
  readonly directory?: string;
}

const SAMPLE_RATE = 8000;
const TEST_RECORDINGS = 5;
const FOLDER = join('free-spoken-digit-dataset', 'recordings');
const ARCHIVE = 'fsdd-wav.tar';

/**
 * Loads the Free Spoken Digit Dataset from the data folder: from a clone of its repository,
 * `free-spoken-digit-dataset/recordings/<digit>_<speaker>_<index>.wav`, else from the archive `fsdd-wav.tar` of those files.
 * Nothing is fetched from a network.
 *
 * @throws StorageError if neither is there, a data folder was named that does not exist, or there are no recordings
 * @throws FormatError or UnsupportedError for a file that is damaged, misnamed, or of another sample rate
 */
export function loadSpokenDigits({ directory, ...options }: SpokenDigitsOptions = {}): SpokenDigits {
  const frontEnd = speechFrontEnd({ ...options, sampleRate: SAMPLE_RATE });
  const source = sourceIn(existingDataDirectory('loadSpokenDigits', directory));
  const digits = [...recordingsOf(source)].map(({ path, bytes }) => readDigit(path, bytes, frontEnd)).sort(inOrder);
  const [train, test] = [digits.filter((digit) => !isTest(digit)), digits.filter(isTest)];
  if (train.length === 0 || test.length === 0) {
    throw new StorageError(
      'loadSpokenDigits',
      `expected recordings for training and test in ${source}, got ${train.length} and ${test.length}`,
      { hint: 'fetch the data set again', fields: { source } },
    );
  }
  const statistics = featureStatistics(train, frontEnd.size);
  normaliseFeatures(digits, statistics);
  return { train, test, statistics, source };
}

const isTest = ({ index }: SpokenDigit): boolean => index < TEST_RECORDINGS;

/** Folders and archives list their files in different orders. */
function inOrder(a: SpokenDigit, b: SpokenDigit): number {
  if (a.label !== b.label) return a.label - b.label;
  if (a.speaker !== b.speaker) return a.speaker < b.speaker ? -1 : 1;
  return a.index - b.index;
}

function sourceIn(folder: string): string {
  const found = [FOLDER, ARCHIVE].map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new StorageError('loadSpokenDigits', `expected ${FOLDER} or ${ARCHIVE} in ${folder}, got neither`, {
    hint: 'in that folder: git clone https://github.com/Jakobovski/free-spoken-digit-dataset',
    fields: { folder },
  });
}

function* recordingsOf(source: string): Generator<{ path: string; bytes: Uint8Array }> {
  if (source.endsWith('.tar')) {
    for (const file of tarFiles(readBytes('loadSpokenDigits', source), source)) if (isRecording(file.path)) yield file;
    return;
  }
  for (const path of entriesOf(source).values()) {
    if (isRecording(path)) yield { path, bytes: readBytes('loadSpokenDigits', path) };
  }
}

/** Names that begin with a dot are side files of some systems. */
const isRecording = (path: string): boolean => /\.wav$/i.test(path) && !basename(path).startsWith('.');

function readDigit(path: string, bytes: Uint8Array, frontEnd: SpeechFrontEnd): SpokenDigit {
  const [, digit, speaker, index] = /^(\d)_([^_]+)_(\d+)\.wav$/i.exec(basename(path)) ?? [];
  if (speaker === undefined) {
    throw new FormatError('loadSpokenDigits', `expected a name <digit>_<speaker>_<index>.wav, got ${path}`);
  }
  const { sampleRate, samples } = decodeWav(bytes, path);
  if (sampleRate !== SAMPLE_RATE) {
    throw new FormatError('loadSpokenDigits', `expected ${SAMPLE_RATE} Hz in ${path}, got ${sampleRate} Hz`);
  }
  const { frames, data } = frontEnd.features(samples);
  return { features: Float32Array.from(data), frames, label: Number(digit), speaker, index: Number(index) };
}
