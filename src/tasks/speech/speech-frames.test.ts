import { describe, expect, it } from 'vitest';
import { NumericsError, ParameterError, ShapeError } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import { NO_LABEL } from '../../tensor/batch.ts';
import { featureStatistics, normaliseFeatures } from './normalise.ts';
import { speechFrames } from './speech-frames.ts';

const SIZE = 2;
/** Features that tell utterance, frame and feature apart: 100 k + 10 t + feature + 1. */
const features = (k: number, frames: number) =>
  Float32Array.from({ length: frames * SIZE }, (_, at) => 100 * k + 10 * Math.floor(at / SIZE) + (at % SIZE) + 1);
const perFrame = [3, 2, 5].map((frames, k) => ({
  features: features(k, frames),
  frames,
  labels: Int32Array.from({ length: frames }, (_, t) => (t === 1 ? NO_LABEL : (k + t) % 7)),
}));
const whole = [3, 2, 5].map((frames, k) => ({ features: features(k, frames), frames, label: k + 4 }));
const options = { classes: 7, size: SIZE, repeat: 2 };

/** Feature 0 of each step of one element. */
const track = (batch: ReturnType<ReturnType<typeof speechFrames>['batch']>, b: number) => {
  const { data, time } = batch.inputs.input!;
  return Array.from({ length: time }, (_, t) => data[(t * batch.size + b) * SIZE]);
};

describe('speechFrames with a label per frame', () => {
  const task = speechFrames(perFrame, options);

  it('shows each frame repeatedly from the first step, and decides each frame', () => {
    const batch = task.batch([1, 2]);
    expect([task.maxFrames, task.steps, task.inputSize, task.count, task.cut]).toEqual([5, 10, SIZE, 3, 0]);
    expect(track(batch, 0)).toEqual([101, 101, 111, 111, 0, 0, 0, 0, 0, 0]);
    expect(track(batch, 1)).toEqual([201, 201, 211, 211, 221, 221, 231, 231, 241, 241]);
    expect([...batch.decisions.start]).toEqual([0, 2, 4, 6, 8]);
    expect([...batch.decisions.length]).toEqual([2, 2, 2, 2, 2]);
    // [window, batch]
    expect([...batch.decisions.labels]).toEqual([1, 2, -1, -1, -1, 4, -1, 5, -1, 6]);
  });

  it('cuts utterances that are longer than the batches', () => {
    const short = speechFrames(perFrame, { ...options, maxFrames: 2 });
    expect([short.steps, short.cut]).toEqual([4, 2]);
    expect(track(short.batch([2]), 0)).toEqual([201, 201, 211, 211]);
    expect([...short.batch([2]).decisions.labels]).toEqual([2, -1]);
  });

  it('covers all utterances once in test batches of equal size', () => {
    const batches = [...task.testBatches(2)];
    expect(batches.map(({ size, steps }) => [size, steps])).toEqual([
      [2, 10],
      [2, 10],
    ]);
    const labelled = batches.flatMap(({ decisions }) => [...decisions.labels]).filter((label) => label !== NO_LABEL);
    expect(labelled.length).toBe(perFrame.reduce((sum, { frames }) => sum + frames - 1, 0));
    expect([...batches[1]!.decisions.labels].filter((_, k) => k % 2 === 1)).toEqual(Array(5).fill(NO_LABEL));
  });
});

describe('speechFrames with one label each', () => {
  it('ends every utterance at the last step and decides over all frames', () => {
    const batch = speechFrames(whole, options).batch([1, 2]);
    expect(track(batch, 0)).toEqual([0, 0, 0, 0, 0, 0, 101, 101, 111, 111]);
    expect(batch.decisions).toEqual({
      start: Int32Array.of(0),
      length: Int32Array.of(10),
      labels: Int32Array.of(5, 6),
    });
  });

  it('decides over the last frames if asked, and keeps the first frames of what it cuts', () => {
    const batch = speechFrames(whole, { ...options, maxFrames: 3, decisionFrames: 2, input: 'sound' }).batch([2]);
    expect(batch.inputs.sound!.data.filter((_, k) => k % SIZE === 0)).toEqual(
      Float32Array.of(201, 201, 211, 211, 221, 221),
    );
    expect([batch.decisions.start[0], batch.decisions.length[0]]).toEqual([2, 4]);
  });

  it('draws training batches with replacement, the same for the same stream', () => {
    const draw = () => speechFrames(whole, options).trainingBatch(new RandomStream(3), 300);
    expect(draw().decisions).toEqual(draw().decisions);
    const fives = [...draw().decisions.labels].filter((label) => label === 5).length;
    // One of three utterances: five standard deviations of a binomial count.
    expect(Math.abs(fives - 100)).toBeLessThan(5 * Math.sqrt((300 * 2) / 9));
  });
});

describe('speechFrames refuses', () => {
  it.each<[string, () => unknown, typeof ShapeError, string]>([
    ['no utterance', () => speechFrames([], options), ShapeError, 'all have labels or all a label, got 0 and 0'],
    [
      'a wrong size',
      () => speechFrames(whole, { ...options, size: 3 }),
      ShapeError,
      'expected features [3, 3], got 6 values',
    ],
    [
      'too few labels',
      () => speechFrames([{ ...perFrame[0]!, labels: new Int32Array(2) }], options),
      ShapeError,
      'expected 3 labels for utterance 0, got 2',
    ],
    [
      'a label beyond the classes',
      () => speechFrames(whole, { ...options, classes: 5 }),
      ParameterError,
      'expected labels 0 to 4 or -1, got 5 in utterance 1',
    ],
    [
      'NaN',
      () => speechFrames([{ ...whole[0]!, features: Float32Array.of(1, 2, 3, NaN, 5, 6) }], options),
      NumericsError,
      'expected finite features, got NaN in frame 1',
    ],
    [
      'a half repeat',
      () => speechFrames(whole, { ...options, repeat: 0.5 }),
      ParameterError,
      'expected repeat to be an integer of at least 1, got 0.5',
    ],
    [
      'decisionFrames beyond the batch',
      () => speechFrames(whole, { ...options, decisionFrames: 6 }),
      ParameterError,
      'expected decisionFrames of 1 to 5, got 6',
    ],
    [
      'decisionFrames with labels per frame',
      () => speechFrames(perFrame, { ...options, decisionFrames: 1 }),
      ParameterError,
      'expected no decisionFrames with a label per frame, got 1',
    ],
    [
      'an unknown utterance',
      () => speechFrames(whole, options).batch([3]),
      ParameterError,
      'expected utterance numbers 0 to 2, got 3',
    ],
    [
      'test batches of nothing',
      () => [...speechFrames(whole, options).testBatches(0)],
      ParameterError,
      'expected size to be an integer of at least 1, got 0',
    ],
  ])('%s', (_, act, type, message) => {
    expect(act).toThrow(type);
    expect(act).toThrow(message);
  });
});

describe('normalisation', () => {
  it('leaves mean 0 and deviation 1 on the set it was taken of', () => {
    const set = whole.map((utterance) => ({ ...utterance, features: utterance.features.slice() }));
    const statistics = featureStatistics(set, SIZE);
    expect(statistics.frames).toBe(10);
    normaliseFeatures(set, statistics);
    const again = featureStatistics(set, SIZE);
    for (let k = 0; k < SIZE; k++) {
      // The normalised features are rounded to float32.
      expect(again.mean[k]!).toBeCloseTo(0, 6);
      expect(again.deviation[k]!).toBeCloseTo(1, 6);
    }
  });

  it('a feature that never varies becomes 0', () => {
    const set = [{ features: Float32Array.of(3, 1, 3, 2), frames: 2 }];
    const statistics = featureStatistics(set, SIZE);
    expect([...statistics.mean, ...statistics.deviation]).toEqual([3, 1.5, 1, 0.5]);
    normaliseFeatures(set, statistics);
    expect([...set[0]!.features]).toEqual([0, -1, 0, 1]);
    expect(() => featureStatistics([], SIZE)).toThrow('expected at least one frame, got none');
  });
});
