import { checkedOptions } from '../base/options.ts';
import type { Batch } from '../tensor/index.ts';

/** What training makes small, as plain data. It reads the graded output y of one population. */
export type Loss =
  | { readonly kind: 'softmaxCrossEntropy'; readonly population: string; readonly over: 'mean' | 'steps' }
  | { readonly kind: 'squaredError'; readonly population: string };

/**
 * -log softmax(y)[label], averaged over the labelled decisions of the batch. The batch's windows decide what is read: the
 * last step, a stretch of time, or many decisions. The decision is always the largest mean of y over its window.
 *
 * @param options.over - take the softmax of the mean of y over the window (`'mean'`, the default), or the mean over the
 * window of the loss of every step (`'steps'`), which learning online needs
 */
export function softmaxCrossEntropy(options: { population?: string; over?: 'mean' | 'steps' } = {}): Loss {
  const { population = 'out', over = 'mean' } = checkedOptions('softmaxCrossEntropy', options, ['population', 'over']);
  return { kind: 'softmaxCrossEntropy', population, over };
}

/** ½ Σ (y - target)² over steps (where the mask is set) and neurons, averaged over the sequences of the batch. */
export function squaredError(options: { population?: string } = {}): Loss {
  const { population = 'out' } = checkedOptions('squaredError', options, ['population']);
  return { kind: 'squaredError', population };
}

/** The parts of a batch that a loss reads. */
export type LossBatch = Pick<Batch, 'steps' | 'size' | 'decisions' | 'targets'>;
