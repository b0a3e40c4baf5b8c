import type { Batch } from '../tensor/index.ts';

/** What training makes small, as plain data. It reads the graded output y of one population. */
export type Loss =
  | { readonly kind: 'softmaxCrossEntropy'; readonly population: string }
  | { readonly kind: 'squaredError'; readonly population: string };

/**
 * -log softmax(mean of y over a decision window)[label], averaged over the labelled decisions of the batch. The batch's
 * windows decide what is read: the last step, the mean over time, or many decisions.
 */
export const softmaxCrossEntropy = ({ population = 'out' }: { population?: string } = {}): Loss => ({
  kind: 'softmaxCrossEntropy',
  population,
});

/** ½ Σ (y - target)² over steps (where the mask is set) and neurons, averaged over the sequences of the batch. */
export const squaredError = ({ population = 'out' }: { population?: string } = {}): Loss => ({
  kind: 'squaredError',
  population,
});

/** The parts of a batch that a loss reads. */
export type LossBatch = Pick<Batch, 'steps' | 'size' | 'decisions' | 'targets'>;
