import { join } from 'node:path';
import { FormatError, StorageError } from '../../base/errors.ts';
import { type SpeechFrontEnd, type SpeechFrontEndOptions, speechFrontEnd } from '../../tasks/speech/front-end.ts';
import { type FeatureStatistics, featureStatistics, normaliseFeatures } from '../../tasks/speech/normalise.ts';
import { type PhoneSet, type PhoneSetSize, phoneSet } from '../../tasks/speech/phones.ts';
import { frameLabels, parsePhn } from '../../tasks/speech/transcript.ts';
import type { FrameLabelledUtterance } from '../../tasks/speech/utterance.ts';
import { entriesOf, existingDataDirectory, readBytes } from './files.ts';
import { decodeRecording } from './sphere.ts';

/** One sentence of TIMIT, a phone class per frame. */
export interface TimitUtterance extends FrameLabelledUtterance {
  /** Such as `fcjf0`; f and m for women and men. */
  readonly speaker: string;
  /** Such as `sx37`; si or sx. */
  readonly sentence: string;
}

/** TIMIT, as features; speakers in order of dialect region and name. */
export interface Timit {
  readonly train: readonly TimitUtterance[];
  /** All sentences of the test speakers. */
  readonly test: readonly TimitUtterance[];
  /** Those of the 24 speakers of the core test set, part of `test`. */
  readonly coreTest: readonly TimitUtterance[];
  readonly phones: PhoneSet;
  /** Of the training set, before normalisation; all sets are normalised by them. */
  readonly statistics: FeatureStatistics;
  /** The folder of TRAIN and TEST. */
  readonly source: string;
}

/** Parameters of {@link loadTimit}; those of the front end but for the sample rate, 16000 Hz. */
export interface TimitOptions extends Omit<SpeechFrontEndOptions, 'sampleRate'> {
  /** Data folder, or the folder of TRAIN and TEST itself; see {@link dataDirectory} for what holds without it. */
  readonly directory?: string;
  /** Phones as classes; default 61, those of the transcripts. */
  readonly phones?: PhoneSetSize;
}

const SAMPLE_RATE = 16000;

/** Two men and one woman of each of the eight dialect regions. */
const CORE_TEST = `
  mdab0 mwbt0 felc0  mtas1 mwew0 fpas0  mjmp0 mlnt0 fpkt0  mlll0 mtls0 fjlm0
  mbpm0 mklt0 fnlp0  mcmj0 mjdh0 fmgd0  mgrt0 mnjm0 fdhc0  mjln0 mpam0 fmld0`
  .trim()
  .split(/\s+/);

/**
 * Loads the TIMIT corpus of read speech (LDC93S1), which the Linguistic Data Consortium licenses and this package does not
 * hold: `TRAIN` and `TEST` with `DR1` to `DR8`, a folder per speaker, and `<sentence>.WAV` (SPHERE or RIFF) beside
 * `<sentence>.PHN` in it, in upper or lower case; in the data folder, in its folder `timit`, or in `timit/timit` as on the
 * disc. The two sentences that all speakers read (SA1, SA2) are left out, as usual.
 *
 * @throws StorageError if it is not there, or a sentence lacks one of its files
 * @throws FormatError or UnsupportedError for a file that is damaged or of another format, or if speakers of the core test
 * set are missing
 */
export function loadTimit({ directory, phones: size = 61, ...options }: TimitOptions = {}): Timit {
  const phones = phoneSet(size);
  const frontEnd = speechFrontEnd({ ...options, sampleRate: SAMPLE_RATE });
  const source = sourceIn(existingDataDirectory('loadTimit', directory));
  const sentences = { train: sentencesIn(source, 'train'), test: sentencesIn(source, 'test') };
  checkCore(sentences.test, source);
  const read = (sentence: SentenceFiles) => readUtterance(sentence, frontEnd, phones);
  const [train, test] = [sentences.train.map(read), sentences.test.map(read)];
  const statistics = featureStatistics(train, frontEnd.size);
  normaliseFeatures(train, statistics);
  normaliseFeatures(test, statistics);
  const coreTest = test.filter(({ speaker }) => CORE_TEST.includes(speaker));
  return { train, test, coreTest, phones, statistics, source };
}

function sourceIn(folder: string): string {
  const outer = entriesOf(folder).get('timit') ?? join(folder, 'timit');
  const inner = entriesOf(outer).get('timit') ?? join(outer, 'timit');
  const found = [folder, outer, inner].find((path) => {
    const entries = entriesOf(path);
    return entries.has('train') && entries.has('test');
  });
  if (found !== undefined) return found;
  throw new StorageError('loadTimit', `expected TRAIN and TEST of the TIMIT corpus in ${outer}, got neither`, {
    hint: 'TIMIT (LDC93S1) is licensed: obtain it from https://catalog.ldc.upenn.edu/LDC93S1 and put it there as TRAIN/DR1/<speaker>/<sentence>.WAV and .PHN, or name its folder',
    fields: { folder },
  });
}

interface SentenceFiles {
  readonly speaker: string;
  readonly sentence: string;
  readonly wav: string;
  readonly phn: string;
}

/** All sentences of a part but for SA1 and SA2. */
function sentencesIn(source: string, part: 'train' | 'test'): SentenceFiles[] {
  const regions = [...entriesOf(entriesOf(source).get(part)!)].filter(([name]) => /^dr[1-8]$/.test(name));
  const found = regions.flatMap(([, region]) =>
    [...entriesOf(region)].flatMap(([speaker, folder]) => sentencesOf(speaker, folder)),
  );
  if (found.length > 0) return found;
  throw new StorageError('loadTimit', `expected sentences in ${part}/dr1/<speaker> of ${source}, got none`, {
    hint: 'copy the corpus again, with its folders',
    fields: { source, part },
  });
}

function sentencesOf(speaker: string, folder: string): SentenceFiles[] {
  const entries = entriesOf(folder);
  const names = new Set([...entries.keys()].flatMap((name) => /^(s[ix]\d+)\.(?:wav|phn)$/.exec(name)?.[1] ?? []));
  return [...names].map((sentence) => {
    const [wav, phn] = [entries.get(`${sentence}.wav`), entries.get(`${sentence}.phn`)];
    if (wav && phn) return { speaker, sentence, wav, phn };
    const missing = wav ? 'PHN' : 'WAV';
    throw new StorageError('loadTimit', `expected ${sentence}.WAV and .PHN in ${folder}, got no ${missing}`, {
      hint: 'copy the corpus again',
      fields: { folder, sentence },
    });
  });
}

function checkCore(sentences: readonly SentenceFiles[], source: string): void {
  const speakers = new Set(sentences.map(({ speaker }) => speaker));
  const missing = CORE_TEST.filter((speaker) => !speakers.has(speaker));
  if (missing.length === 0) return;
  throw new FormatError('loadTimit', `expected the 24 speakers of the core test set, got ${24 - missing.length}`, {
    hint: `${source} is incomplete, missing: ${missing.join(', ')}`,
    fields: { source, missing },
  });
}

function readUtterance(files: SentenceFiles, frontEnd: SpeechFrontEnd, phones: PhoneSet): TimitUtterance {
  const { speaker, sentence, wav, phn } = files;
  const { sampleRate, samples } = decodeRecording(readBytes('loadTimit', wav), wav);
  if (sampleRate !== SAMPLE_RATE) {
    throw new FormatError('loadTimit', `expected ${SAMPLE_RATE} Hz in ${wav}, got ${sampleRate} Hz`);
  }
  const segments = parsePhn(new TextDecoder().decode(readBytes('loadTimit', phn)), phn);
  const { frames, data } = frontEnd.features(samples);
  const labels = frameLabels(segments, frames, frontEnd, phones);
  return { features: Float32Array.from(data), frames, labels, speaker, sentence };
}
