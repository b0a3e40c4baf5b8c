import { ParameterError, ShapeError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import { SpikeTrain } from '../tensor/bits.ts';

/** Parameters of the threshold-crossing code. */
export interface ThresholdCrossingOptions {
  /** Input neurons, even, at least 4; default 80. Half as many thresholds lie evenly on [0, 1]. */
  readonly channels?: number;
  /** Steps per pixel; default 1. */
  readonly extend?: number;
  /** Steps of the output cue behind the image; default 56 * extend. */
  readonly cueSteps?: number;
}

/** A resolved threshold-crossing code. */
export interface ThresholdCrossing {
  readonly channels: number;
  readonly extend: number;
  readonly cueSteps: number;
  /** The number of the highest threshold that a grey value reaches. */
  level(grey: number): number;
  /** Steps for an image of so many pixels, cue included. */
  steps(pixels: number): number;
  /** Adds the spikes of one image, given as levels in reading order, to batch element b. */
  addSpikes(train: SpikeTrain, b: number, levels: Uint8Array): void;
}

/**
 * The code of the sequential-MNIST task: spikes where the grey value crosses a threshold from one pixel to the next.
 *
 * Threshold k is θ_k = k / (K - 1), K = channels / 2. For k < K - 1, neuron 2k spikes at pixel p if g[p] < θ_k ≤ g[p+1]
 * ("up"), neuron 2k + 1 if g[p] ≥ θ_k > g[p+1] ("down"). Neuron 2K - 2 spikes while g = 1 ("touch"). Neuron 2K - 1 is the
 * cue: silent during the image, then a spike in every step. A pixel lasts `extend` steps; a crossing falls on the last of
 * them.
 *
 * @throws ParameterError for an odd or too small number of channels, or steps that are no whole numbers
 */
export function thresholdCrossing(options: ThresholdCrossingOptions = {}): ThresholdCrossing {
  checkedOptions('thresholdCrossing', options, ['channels', 'extend', 'cueSteps']);
  const { channels = 80, extend = 1, cueSteps = 56 * extend } = options;
  // A level is kept in one byte.
  if (channels % 2 !== 0 || channels < 4 || channels > 512) {
    throw new ParameterError('thresholdCrossing', `expected an even number of channels, 4 to 512, got ${channels}`);
  }
  if (!Number.isInteger(extend) || extend < 1) {
    throw new ParameterError('thresholdCrossing', `expected extend >= 1, got ${extend}`);
  }
  if (!Number.isInteger(cueSteps) || cueSteps < 0) {
    throw new ParameterError('thresholdCrossing', `expected cueSteps >= 0, got ${cueSteps}`);
  }
  const top = channels / 2 - 1;
  const code: ThresholdCrossing = {
    channels,
    extend,
    cueSteps,
    level: (grey) => levelOf(grey, top),
    steps: (pixels) => pixels * extend + cueSteps,
    addSpikes(train, b, levels) {
      const steps = code.steps(levels.length);
      if (train.size !== channels || train.time !== steps) {
        throw new ShapeError(
          'thresholdCrossing',
          `expected a train of [${steps}, B, ${channels}], got [${train.time}, ${train.batch}, ${train.size}]`,
        );
      }
      addCrossings(train, b, levels, top, extend);
      addCue(train, b, levels.length * extend);
    },
  };
  return code;
}

/**
 * Encodes one image; see {@link thresholdCrossing}.
 *
 * @param image - grey values in reading order: 0 to 255 in a Uint8Array, else 0 to 1
 * @returns spikes, [pixels * extend + cueSteps, 1, channels]
 */
export function encodeThresholdCrossing(image: ArrayLike<number>, options: ThresholdCrossingOptions = {}): SpikeTrain {
  const code = thresholdCrossing(options);
  const white = image instanceof Uint8Array ? 255 : 1;
  const levels = Uint8Array.from(image, (grey) => code.level(grey / white));
  const train = new SpikeTrain(code.steps(image.length), 1, code.channels);
  code.addSpikes(train, 0, levels);
  return train;
}

/** The largest k with k / top <= grey. Quotients are compared, not products, so that ties fall as in the formula. */
function levelOf(grey: number, top: number): number {
  if (!(grey >= 0 && grey <= 1)) {
    throw new ParameterError('thresholdCrossing', `expected a grey value of 0 to 1, got ${grey}`, {
      hint: 'pass 0 to 255 as a Uint8Array',
    });
  }
  let k = Math.floor(grey * top);
  if ((k + 1) / top <= grey) k++;
  if (k / top > grey) k--;
  return k;
}

function addCrossings(train: SpikeTrain, b: number, levels: Uint8Array, top: number, extend: number): void {
  const { data } = train;
  const touch = 2 * top;
  const set = (step: number, channel: number) => {
    const at = train.offset(step, b) + (channel >> 3);
    data[at] = data[at]! | (1 << (channel & 7));
  };
  for (let p = 0; p < levels.length; p++) {
    const here = levels[p]!;
    if (here === top) for (let e = 0; e < extend; e++) set(p * extend + e, touch);
    const next = levels[p + 1] ?? here;
    if (next === here) continue;
    const step = (p + 1) * extend - 1;
    for (let k = here + 1; k <= next && k < top; k++) set(step, 2 * k);
    for (let k = next + 1; k <= here && k < top; k++) set(step, 2 * k + 1);
  }
}

function addCue(train: SpikeTrain, b: number, from: number): void {
  for (let step = from; step < train.time; step++) train.set(step, b, train.size - 1);
}
