import { FormatError, ParameterError } from '../../base/errors.ts';
import type { PhoneSet } from './phones.ts';

/** One phone of a transcript. */
export interface PhoneSegment {
  /** First sample. */
  readonly begin: number;
  /** Sample behind the last. */
  readonly end: number;
  /** One of TIMIT's 61 phones. */
  readonly phone: string;
}

/** How frames lie over the samples; a front end is one. */
export interface FrameGrid {
  /** Samples of a frame. */
  readonly window: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
}

/**
 * Reads a `.phn` transcript: a line `begin end phone` per phone, in samples, in order of time.
 *
 * @param name - of the file, for error messages
 * @throws FormatError for a line of another form, a phone that does not last, begins that fall, or no phone at all
 */
export function parsePhn(text: string, name: string): PhoneSegment[] {
  const segments: PhoneSegment[] = [];
  for (const [k, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, begin, end, phone] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s*$/.exec(line) ?? [];
    const before = segments.at(-1)?.begin ?? 0;
    if (phone === undefined || Number(begin) >= Number(end) || Number(begin) < before) {
      throw new FormatError(
        'parsePhn',
        `expected "begin end phone" with ${before} <= begin < end in line ${k + 1} of ${name}, got ${JSON.stringify(line)}`,
        { fields: { name, line: k + 1 } },
      );
    }
    segments.push({ begin: Number(begin), end: Number(end), phone });
  }
  if (segments.length === 0) throw new FormatError('parsePhn', `expected at least one phone in ${name}, got none`);
  return segments;
}

/**
 * The phone at the middle sample of each frame, `t hop + window / 2`: the last that has begun by then. Frames whose middle
 * lies before the first phone or behind the last take the nearest.
 *
 * @returns classes of `phones`, [frames]; -1 where a phone has none
 * @throws ParameterError for a transcript without phones; FormatError for an unknown phone
 */
export function frameLabels(
  segments: readonly PhoneSegment[],
  frames: number,
  { window, hop }: FrameGrid,
  phones: PhoneSet,
): Int32Array {
  if (segments.length === 0) throw new ParameterError('frameLabels', 'expected at least one phone, got none');
  const classes = segments.map(({ phone }) => phones.classOf(phone));
  const labels = new Int32Array(frames);
  let current = 0;
  for (let t = 0; t < frames; t++) {
    const middle = t * hop + window / 2;
    while (current + 1 < segments.length && segments[current + 1]!.begin <= middle) current++;
    labels[t] = classes[current]!;
  }
  return labels;
}
