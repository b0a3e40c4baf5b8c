import { ParameterError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { RandomStream } from '../base/random.ts';
import type { SpikeBatch } from '../tensor/batch.ts';
import { SpikeTrain } from '../tensor/bits.ts';
import { addPoissonGroups, spikeProbability } from './poisson.ts';
import { drawStoreRecallSequence, type StoreRecallSequence, SYMBOLS } from './store-recall-sequence.ts';

/** Parameters of store-recall; the defaults are those of the published task. */
export interface StoreRecallOptions {
  /** Positions of a sequence; default 12. */
  readonly length?: number;
  /** Duration of a position, ms; default 200. */
  readonly symbolDuration?: number;
  /** Expected number of positions between STORE and RECALL; default 6, which makes each come with probability 1/7. */
  readonly expectedDelay?: number;
  /** Rate of an input neuron while its symbol is on, Hz; default 50. */
  readonly rate?: number;
  /** Input neurons, a multiple of 4; default 100. */
  readonly inputSize?: number;
  /** ms; default 1. */
  readonly dt?: number;
  /** Name of the input population in the batches; default `input`. */
  readonly input?: string;
}

/** A batch together with the sequences behind its spikes. */
export interface StoreRecallBatch extends SpikeBatch {
  readonly sequences: readonly StoreRecallSequence[];
}

/** The store-recall task. */
export interface StoreRecall {
  readonly inputSize: number;
  /** Steps of a trial. */
  readonly steps: number;
  /** Steps of one position, which is also one decision window. */
  readonly symbolSteps: number;
  /** Positions of a sequence, which is also the number of decision windows. */
  readonly length: number;
  readonly classes: number;
  sequence(random: RandomStream): StoreRecallSequence;
  /** A batch of new sequences; labels are the bits to report in windows of RECALL, NO_LABEL in all others. */
  trainingBatch(random: RandomStream, size: number): StoreRecallBatch;
}

/**
 * Store-recall: keep the bit shown with STORE, through distracting bits, until RECALL asks for it.
 *
 * Input neurons form four groups in the order 0, 1, STORE, RECALL; a group fires while its symbol is shown. The
 * published training carries the network's state over from one batch to the next; that is the trainer's part.
 *
 * @throws ParameterError if a duration is no whole number of steps or a size does not fit
 */
export function storeRecall(options: StoreRecallOptions = {}): StoreRecall {
  checkedOptions('storeRecall', options, [
    'length',
    'symbolDuration',
    'expectedDelay',
    'rate',
    'inputSize',
    'dt',
    'input',
  ]);
  const { length = 12, symbolDuration = 200, expectedDelay = 6, rate = 50, inputSize = 100, dt = 1 } = options;
  const { input = 'input' } = options;
  const symbolSteps = Math.round(symbolDuration / dt);
  checkOptions({ length, symbolDuration, expectedDelay, inputSize, dt, symbolSteps });
  spikeProbability(rate, dt);
  const steps = length * symbolSteps;
  const sequence = (random: RandomStream) => drawStoreRecallSequence(random, length, 1 / (1 + expectedDelay));
  return {
    inputSize,
    steps,
    symbolSteps,
    length,
    classes: 2,
    sequence,
    trainingBatch(random, size) {
      const sequences = Array.from({ length: size }, () => sequence(random));
      const train = new SpikeTrain(steps, size, inputSize);
      for (const [b, { active }] of sequences.entries()) {
        addPoissonGroups(train, b, active, SYMBOLS, { symbolSteps, rate, dt }, random);
      }
      const labels = Int32Array.from(
        { length: length * size },
        (_, k) => sequences[k % size]!.targets[Math.floor(k / size)]!,
      );
      const decisions = {
        start: Int32Array.from({ length }, (_, window) => window * symbolSteps),
        length: new Int32Array(length).fill(symbolSteps),
        labels,
      };
      return { steps, size, inputs: { [input]: train }, decisions, sequences };
    },
  };
}

function checkOptions(
  values: Record<'length' | 'symbolDuration' | 'expectedDelay' | 'inputSize' | 'dt' | 'symbolSteps', number>,
): void {
  const { length, symbolDuration, expectedDelay, inputSize, dt, symbolSteps } = values;
  const fail = (rule: string, got: number) => {
    throw new ParameterError('storeRecall', `expected ${rule}, got ${got}`);
  };
  if (!Number.isInteger(length) || length < 3) fail('a length of at least 3 (STORE, bit, RECALL)', length);
  if (!(dt > 0)) fail('dt > 0', dt);
  // The quotient of two decimals may miss a whole number by rounding, hence not an exact test.
  if (symbolSteps < 1 || Math.abs(symbolSteps * dt - symbolDuration) > 1e-9 * symbolDuration) {
    fail(`a symbolDuration of whole steps of ${dt} ms`, symbolDuration);
  }
  if (!(expectedDelay > 0)) fail('expectedDelay > 0', expectedDelay);
  if (inputSize < SYMBOLS || inputSize % SYMBOLS !== 0) fail('an inputSize that is a multiple of 4', inputSize);
}
