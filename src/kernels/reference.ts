import { csrReference } from './csr/reference.ts';
import { gemmReference } from './gemm/reference.ts';
import type { Kernels } from './kernels.ts';
import { leakyFeedbackReference } from './leaky-feedback/reference.ts';
import { oneToOneReference } from './one-to-one/reference.ts';
import { optimisersReference } from './optimisers/reference.ts';
import { randomReference } from './random/reference.ts';
import { rewiringReference } from './rewiring/reference.ts';
import { softmaxReference } from './softmax/reference.ts';
import { spikesReference } from './spikes/reference.ts';
import { vectorsReference } from './vectors/reference.ts';
import { viewsOf } from './views.ts';

/**
 * The same kernels as plain loops over the same memory: slow, obvious, the definition of correct.
 * The memory must not grow afterwards.
 */
export function referenceKernels(memory: WebAssembly.Memory): Kernels {
  const views = viewsOf(memory);
  return {
    ...gemmReference(views),
    ...spikesReference(views),
    ...csrReference(views),
    ...leakyFeedbackReference(views),
    ...oneToOneReference(views),
    ...vectorsReference(views),
    ...optimisersReference(views),
    ...randomReference(views),
    ...rewiringReference(views),
    ...softmaxReference(views),
  };
}
