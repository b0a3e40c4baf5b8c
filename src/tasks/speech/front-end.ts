import { NumericsError, ParameterError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { frameCepstra } from './cepstra.ts';
import { deltas } from './deltas.ts';

/** Parameters of the front end. */
export interface SpeechFrontEndOptions {
  /** Hz. */
  readonly sampleRate: number;
  /** Share of the previous sample that is subtracted, 0 to 1; default 0.97. */
  readonly preEmphasis?: number;
  /** Length of a frame; ms, default 25. */
  readonly window?: number;
  /** From one frame to the next; ms, default 10. */
  readonly hop?: number;
  /** Mel filters; default 26. */
  readonly filters?: number;
  /** Cepstral coefficients, the first of which is the log energy; default 13. */
  readonly cepstra?: number;
  /** Lifter L, 0 = none; default 22. */
  readonly lifter?: number;
  /** Frames to either side for the slopes; default 2. */
  readonly deltaReach?: number;
  /** Smallest energy that counts, in units of the squared signal; default 1e-14, far below the noise of 16 bits. */
  readonly energyFloor?: number;
}

/** Features of a recording. */
export interface SpeechFeatures {
  readonly frames: number;
  /** Features per frame: cepstra, their slopes, the slopes' slopes. */
  readonly size: number;
  /** [frames, size]. */
  readonly data: Float64Array;
}

/** A front end for one sample rate. */
export interface SpeechFrontEnd {
  /** Features per frame. */
  readonly size: number;
  /** Hz. */
  readonly sampleRate: number;
  /** Samples of a frame. */
  readonly window: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
  /** Frames of a recording of so many samples; the last is filled up with zeros. */
  frames(samples: number): number;
  /**
   * @param signal - samples, full scale ±1
   * @throws ParameterError for an empty signal; NumericsError for a sample that is not finite
   */
  features(signal: ArrayLike<number>): SpeechFeatures;
}

/**
 * Mel-frequency cepstra with first and second differences in time: with the defaults 13 + 13 + 13 features every 10 ms, as
 * usual in speech recognition. Equals python_speech_features' `mfcc` with a Hamming window and `delta`; the same bits on
 * every engine.
 *
 * @example
 * const frontEnd = speechFrontEnd({ sampleRate: 16000 });
 * frontEnd.features(new Float64Array(16000).fill(0.1)).frames; // 99
 *
 * @throws ParameterError for an option out of its range
 */
export function speechFrontEnd(options: SpeechFrontEndOptions): SpeechFrontEnd {
  checkedOptions('speechFrontEnd', options, [
    'sampleRate',
    'preEmphasis',
    'window',
    'hop',
    'filters',
    'cepstra',
    'lifter',
    'deltaReach',
    'energyFloor',
  ]);
  const { sampleRate, preEmphasis = 0.97, filters = 26, cepstra = 13, lifter = 22, deltaReach = 2 } = options;
  const { energyFloor = 1e-14 } = options;
  checkReal('sampleRate', sampleRate, 1, Number.MAX_VALUE, 'Hz');
  checkReal('preEmphasis', preEmphasis, 0, 1);
  checkReal('energyFloor', energyFloor, Number.MIN_VALUE, Number.MAX_VALUE);
  checkInteger('filters', filters, 1);
  checkInteger('cepstra', cepstra, 1, filters);
  checkInteger('lifter', lifter, 0);
  checkInteger('deltaReach', deltaReach, 1);
  const window = samplesOf('window', options.window ?? 25, sampleRate, 2);
  const hop = samplesOf('hop', options.hop ?? 10, sampleRate, 1);
  const frames = (samples: number) => 1 + Math.max(0, Math.ceil((samples - window) / hop));
  const analyse = frameCepstra({ sampleRate, window, filters, cepstra, lifter, energyFloor });
  const size = 3 * cepstra;
  return {
    size,
    sampleRate,
    window,
    hop,
    frames,
    features(signal) {
      const count = frames(signal.length);
      const emphasised = emphasise(signal, preEmphasis);
      const own = new Float64Array(count * cepstra);
      for (let t = 0; t < count; t++) analyse(emphasised, t * hop, own, t * cepstra);
      const slopes = deltas(own, cepstra, deltaReach);
      return { frames: count, size, data: joined([own, slopes, deltas(slopes, cepstra, deltaReach)], count, cepstra) };
    },
  };
}

/** x_n - p x_{n-1}; the first sample as it is. */
function emphasise(signal: ArrayLike<number>, share: number): Float64Array {
  if (signal.length === 0) throw new ParameterError('features', 'expected a signal of at least 1 sample, got none');
  const result = new Float64Array(signal.length);
  for (let n = 0; n < signal.length; n++) {
    if (!Number.isFinite(signal[n])) {
      throw new NumericsError('features', `expected finite samples, got ${signal[n]} at sample ${n}`);
    }
    result[n] = signal[n]! - (n > 0 ? share * signal[n - 1]! : 0);
  }
  return result;
}

/** Parts of [frames, columns] side by side. */
function joined(parts: readonly Float64Array[], frames: number, columns: number): Float64Array {
  const all = new Float64Array(frames * columns * parts.length);
  for (let t = 0; t < frames; t++) {
    for (const [p, part] of parts.entries()) {
      all.set(part.subarray(t * columns, (t + 1) * columns), (t * parts.length + p) * columns);
    }
  }
  return all;
}

function samplesOf(name: string, milliseconds: number, sampleRate: number, least: number): number {
  const samples = Math.round((milliseconds * sampleRate) / 1000);
  if (samples >= least && samples <= 2 ** 20) return samples;
  throw new ParameterError(
    'speechFrontEnd',
    `expected a ${name} of ${least} to ${2 ** 20} samples, got ${milliseconds} ms at ${sampleRate} Hz`,
  );
}

function checkInteger(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `of ${least} to ${most}`;
  throw new ParameterError('speechFrontEnd', `expected ${name} to be an integer ${range}, got ${value}`);
}

function checkReal(name: string, value: number, least: number, most: number, unit = ''): void {
  if (value >= least && value <= most) return;
  const range = most === Number.MAX_VALUE ? `of at least ${least}` : `of ${least} to ${most}`;
  throw new ParameterError('speechFrontEnd', `expected ${name} ${range}${unit && ` ${unit}`}, got ${value}`);
}
