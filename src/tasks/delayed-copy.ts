import { ParameterError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { RandomStream } from '../base/random.ts';
import type { SpikeBatch } from '../tensor/batch.ts';
import { SpikeTrain } from '../tensor/bits.ts';
import { wholeSteps } from './cue-accumulation.ts';
import { addBernoulliSpikes, spikeProbability } from './poisson.ts';

/** Parameters of delayed copy. */
export interface DelayedCopyOptions {
  /** Symbols of a pattern; default 3. */
  readonly length?: number;
  /** Different symbols, at least 2; default 4. */
  readonly symbols?: number;
  /** Duration of a symbol, when shown and when reported, ms; default 20. */
  readonly symbolDuration?: number;
  /** Time from the end of the pattern to the go cue, ms; default 100. */
  readonly delay?: number;
  /** How often the pattern is to be reported; default 1. */
  readonly repeats?: number;
  /** Rate of a neuron while its symbol, or the go cue, is on, Hz; default 100. */
  readonly rate?: number;
  /** Input neurons, a multiple of symbols + 1; default 10 (symbols + 1). */
  readonly inputSize?: number;
  /** ms; default 1. */
  readonly dt?: number;
  /** Name of the input population in the batches; default `input`. */
  readonly input?: string;
}

/** A batch together with the patterns behind its spikes. */
export interface DelayedCopyBatch extends SpikeBatch {
  /** Symbols, one array [length] per trial. */
  readonly patterns: readonly Int32Array[];
}

/** The delayed-copy task. */
export interface DelayedCopy {
  readonly inputSize: number;
  /** Steps of a trial. */
  readonly steps: number;
  /** Steps of one symbol, which is also one decision window. */
  readonly symbolSteps: number;
  /** Number of decision windows, length x repeats. */
  readonly windows: number;
  /** Number of symbols. */
  readonly classes: number;
  /** A batch of new patterns, every symbol drawn evenly; window w asks for symbol w mod length of the pattern. */
  trainingBatch(random: RandomStream, size: number): DelayedCopyBatch;
}

/**
 * Delayed copy: see a pattern of symbols, wait, then report it in order, once or several times.
 *
 * Input neurons form symbols + 1 equal groups, one for each symbol and the last for the go cue. The pattern comes first,
 * one group after another; nothing fires during the delay; the go group fires from then on to the end of the trial while
 * the symbols are reported in adjoining decision windows.
 *
 * @example
 * const task = delayedCopy({ length: 2, repeats: 2 });
 * task.trainingBatch(new RandomStream(1), 32).decisions.start; // 140, 160, 180, 200
 *
 * @throws ParameterError if a duration is no whole number of steps, the rate is too high, or a count does not fit
 */
export function delayedCopy(options: DelayedCopyOptions = {}): DelayedCopy {
  checkedOptions('delayedCopy', options, [
    'length',
    'symbols',
    'symbolDuration',
    'delay',
    'repeats',
    'rate',
    'inputSize',
    'dt',
    'input',
  ]);
  const { length = 3, symbols = 4, symbolDuration = 20, delay = 100, repeats = 1, rate = 100, dt = 1 } = options;
  const groups = symbols + 1;
  const { inputSize = 10 * groups, input = 'input' } = options;
  checkOptions(length, symbols, repeats, inputSize);
  const symbolSteps = wholeSteps('delayedCopy', 'symbolDuration', symbolDuration, dt, 1);
  const go = length * symbolSteps + wholeSteps('delayedCopy', 'delay', delay, dt, 0);
  const probability = spikeProbability(rate, dt);
  const windows = length * repeats;
  const steps = go + windows * symbolSteps;
  const count = inputSize / groups;
  const addTrial = (train: SpikeTrain, batch: number, pattern: Int32Array, random: RandomStream) => {
    const add = (group: number, start: number, duration: number) =>
      addBernoulliSpikes(train, { batch, start, steps: duration, first: group * count, count }, probability, random);
    for (const [k, symbol] of pattern.entries()) add(symbol, k * symbolSteps, symbolSteps);
    add(symbols, go, steps - go);
  };
  return {
    inputSize,
    steps,
    symbolSteps,
    windows,
    classes: symbols,
    trainingBatch(random, size) {
      const train = new SpikeTrain(steps, size, inputSize);
      const patterns = Array.from({ length: size }, () => Int32Array.from({ length }, () => random.integer(symbols)));
      for (const [b, pattern] of patterns.entries()) addTrial(train, b, pattern, random);
      const decisions = {
        start: Int32Array.from({ length: windows }, (_, w) => go + w * symbolSteps),
        length: new Int32Array(windows).fill(symbolSteps),
        labels: Int32Array.from(
          { length: windows * size },
          (_, k) => patterns[k % size]![Math.floor(k / size) % length]!,
        ),
      };
      return { steps, size, inputs: { [input]: train }, decisions, patterns };
    },
  };
}

function checkOptions(length: number, symbols: number, repeats: number, inputSize: number): void {
  const fail = (rule: string, got: number) => {
    throw new ParameterError('delayedCopy', `expected ${rule}, got ${got}`);
  };
  if (!Number.isInteger(length) || length < 1) fail('a length of at least 1', length);
  if (!Number.isInteger(symbols) || symbols < 2) fail('at least 2 symbols', symbols);
  if (!Number.isInteger(repeats) || repeats < 1) fail('at least 1 repeats', repeats);
  if (!(inputSize >= 1) || inputSize % (symbols + 1) !== 0) {
    fail(`an inputSize that is a multiple of ${symbols + 1} (symbols + 1)`, inputSize);
  }
}
