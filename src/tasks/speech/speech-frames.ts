import { ParameterError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import type { RandomStream } from '../../base/random.ts';
import { type Batch, type DecisionWindows, NO_LABEL } from '../../tensor/batch.ts';
import { FloatSequence } from '../../tensor/float-sequence.ts';
import {
  type FrameLabelledUtterance,
  type LabelledUtterance,
  labelledPerFrame,
  type WholeLabelledUtterance,
} from './utterance.ts';

/** Parameters of speech as a task. */
export interface SpeechFramesOptions {
  /** Number of classes; labels are 0 to `classes` - 1. */
  readonly classes: number;
  /** Features per frame; default 39. */
  readonly size?: number;
  /** Steps for which each frame is shown; default 5. */
  readonly repeat?: number;
  /** Frames of every batch; of longer utterances the first so many are shown; default: those of the longest utterance. */
  readonly maxFrames?: number;
  /** Frames at the end over which the class of an utterance is decided; default: all. Not with labels per frame. */
  readonly decisionFrames?: number;
  /** Name of the input population in the batches; default `input`. */
  readonly input?: string;
}

/** A batch of frames. */
export interface SpeechBatch extends Batch {
  readonly inputs: Readonly<Record<string, FloatSequence>>;
  readonly decisions: DecisionWindows;
}

/** Speech as a task over one set of utterances. */
export interface SpeechFrames {
  /** Features per frame. */
  readonly inputSize: number;
  /** Frames of every batch. */
  readonly maxFrames: number;
  /** Steps of every batch: maxFrames * repeat. */
  readonly steps: number;
  readonly classes: number;
  /** Number of utterances. */
  readonly count: number;
  /** Utterances that are cut because they have more frames than `maxFrames`. */
  readonly cut: number;
  /** The utterances of these numbers. */
  batch(indices: ArrayLike<number>): SpeechBatch;
  /** Utterances drawn with replacement. */
  trainingBatch(random: RandomStream, size: number): SpeechBatch;
  /**
   * All utterances in order, or the first `count`, in batches of exactly `size`; the spare elements of the last batch repeat
   * utterance 0 and carry {@link NO_LABEL}.
   */
  testBatches(size: number, count?: number): Generator<SpeechBatch>;
}

/**
 * Classification of speech frames shown as currents, each for `repeat` steps. Every batch has the same number of steps.
 *
 * With a label per frame utterances begin at the first step, each frame is one decision, and the padding behind short ones
 * has none. With one label each, utterances end at the last step, padding comes before them, and the only decision is over
 * the last frames; those of an utterance shorter than that include its padding. Padding is 0, the mean of normalised
 * features.
 *
 * @example
 * const task = speechFrames(digits.train, { classes: 10, maxFrames: 60, decisionFrames: 20 });
 * const batch = task.trainingBatch(new RandomStream(1), 32); // 300 steps of 39 features
 *
 * @throws ShapeError if utterances are none, of both kinds, or not [frames, size]; NumericsError if a feature is not finite
 * @throws ParameterError for a label or an option out of its range
 */
export function speechFrames(
  utterances: readonly FrameLabelledUtterance[] | readonly WholeLabelledUtterance[],
  options: SpeechFramesOptions,
): SpeechFrames {
  checkedOptions('speechFrames', options, ['classes', 'size', 'repeat', 'maxFrames', 'decisionFrames', 'input']);
  const { classes, size = 39, repeat = 5, input = 'input' } = options;
  for (const [name, value] of Object.entries({ classes, size, repeat })) checkCount(name, value);
  const all: readonly LabelledUtterance[] = utterances;
  const perFrame = labelledPerFrame(all, size, classes);
  const longest = all.reduce((most, { frames }) => Math.max(most, frames), 1);
  const maxFrames = options.maxFrames ?? longest;
  checkCount('maxFrames', maxFrames);
  const windows = decisionWindows(perFrame, maxFrames, repeat, options.decisionFrames);

  const batch = (indices: ArrayLike<number>, labelled = indices.length): SpeechBatch => {
    const chosen = Array.from(indices, (index) => utteranceAt(all, index));
    const sequence = new FloatSequence(maxFrames * repeat, chosen.length, size);
    const labels = new Int32Array(windows.start.length * chosen.length).fill(NO_LABEL);
    for (const [b, utterance] of chosen.entries()) {
      const shown = Math.min(utterance.frames, maxFrames);
      show(sequence, b, utterance.features, shown, perFrame ? 0 : maxFrames - shown, repeat);
      if (b >= labelled) continue;
      if ('label' in utterance) labels[b] = utterance.label;
      else for (let t = 0; t < shown; t++) labels[t * chosen.length + b] = utterance.labels[t]!;
    }
    const decisions = { start: windows.start.slice(), length: windows.length.slice(), labels };
    return { steps: maxFrames * repeat, size: chosen.length, inputs: { [input]: sequence }, decisions };
  };
  const count = all.length;
  return {
    inputSize: size,
    maxFrames,
    steps: maxFrames * repeat,
    classes,
    count,
    cut: all.filter(({ frames }) => frames > maxFrames).length,
    batch: (indices) => batch(indices),
    trainingBatch: (random, of) => batch(Uint32Array.from({ length: of }, () => random.integer(count))),
    *testBatches(of, first = count) {
      checkCount('size', of, 'testBatches');
      for (let from = 0; from < first; from += of) {
        const filled = Math.min(of, first - from);
        const indices = Uint32Array.from({ length: of }, (_, b) => (b < filled ? from + b : 0));
        yield batch(indices, filled);
      }
    },
  };
}

/** Writes frames into element `b`, beginning with frame number `first` of the sequence, each for `repeat` steps. */
function show(
  sequence: FloatSequence,
  b: number,
  features: Float32Array,
  frames: number,
  first: number,
  repeat: number,
): void {
  const { batch, size, data } = sequence;
  for (let t = 0; t < frames; t++) {
    const frame = features.subarray(t * size, (t + 1) * size);
    for (let r = 0; r < repeat; r++) data.set(frame, (((first + t) * repeat + r) * batch + b) * size);
  }
}

function decisionWindows(perFrame: boolean, maxFrames: number, repeat: number, decisionFrames: number | undefined) {
  if (perFrame && decisionFrames !== undefined) {
    throw new ParameterError(
      'speechFrames',
      `expected no decisionFrames with a label per frame, got ${decisionFrames}`,
    );
  }
  if (perFrame) {
    return {
      start: Int32Array.from({ length: maxFrames }, (_, t) => t * repeat),
      length: new Int32Array(maxFrames).fill(repeat),
    };
  }
  const frames = decisionFrames ?? maxFrames;
  if (!Number.isInteger(frames) || frames < 1 || frames > maxFrames) {
    throw new ParameterError('speechFrames', `expected decisionFrames of 1 to ${maxFrames}, got ${frames}`);
  }
  return { start: Int32Array.of((maxFrames - frames) * repeat), length: Int32Array.of(frames * repeat) };
}

function utteranceAt<T>(utterances: readonly T[], index: number): T {
  const found = utterances[index];
  if (found !== undefined) return found;
  throw new ParameterError('speechFrames', `expected utterance numbers 0 to ${utterances.length - 1}, got ${index}`);
}

function checkCount(name: string, value: number, where = 'speechFrames'): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new ParameterError(where, `expected ${name} to be an integer of at least 1, got ${value}`);
}
