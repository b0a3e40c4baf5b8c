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
export const softmaxCrossEntropy = ({
  population = 'out',
  over = 'mean',
}: {
  population?: string;
  over?: 'mean' | 'steps';
} = {}): Loss => ({ kind: 'softmaxCrossEntropy', population, over });

/** ½ Σ (y - target)² over steps (where the mask is set) and neurons, averaged over the sequences of the batch. */
export const squaredError = ({ population = 'out' }: { population?: string } = {}): Loss => ({
  kind: 'squaredError',
  population,
});

/** The parts of a batch that a loss reads. */
export type LossBatch = Pick<Batch, 'steps' | 'size' | 'decisions' | 'targets'>;
