import { ShapeError, UnsupportedError } from '../../base/errors.ts';
import type { Code } from './parameters.ts';

/** Whether the spike trains of a code order as its values do: one neuron, each weight at least the sum of the later ones. */
export function ordersLikeWords(code: Code): boolean {
  if (code.length !== 1) return false;
  let after = 0;
  for (const weight of [...code[0]!.weights].reverse()) {
    if (!(weight > 0 && weight >= after)) return false;
    after += weight;
  }
  return true;
}

/**
 * The spike train of the largest of several values, found while they arrive: all inputs start as candidates; in a step in which
 * any candidate spikes, a spike passes on and the silent candidates drop out. Exact for binary expansions of one code.
 *
 * @param code - of all inputs; see {@link ordersLikeWords}
 * @param trains - z(1) … z(K) of every input, one at least
 * @returns z(1) … z(K) of the largest
 * @throws UnsupportedError for a code whose trains do not order as its values do
 * @throws ShapeError for no train, or one of another length than K
 */
export function spikingMaximum(code: Code, trains: readonly (readonly boolean[])[]): boolean[] {
  if (!ordersLikeWords(code)) {
    throw new UnsupportedError('spikingMaximum', 'expected a binary code of one neuron, got another one', {
      hint: 'decode the values and take their maximum',
    });
  }
  const { steps } = code[0]!;
  const bad = trains.find((train) => train.length !== steps);
  if (trains.length === 0 || bad !== undefined) {
    throw new ShapeError('spikingMaximum', `expected trains of ${steps} steps, got ${bad?.length ?? 'none'}`);
  }
  let candidates = trains;
  return Array.from({ length: steps }, (_, t) => {
    const spiking = candidates.filter((train) => train[t]);
    if (spiking.length > 0) candidates = spiking;
    return spiking.length > 0;
  });
}
