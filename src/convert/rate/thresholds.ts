import { ParameterError, UnsupportedError, unknownName } from '../../base/errors.ts';
import type { ActivationGate, StagedNetwork } from '../graph/stages.ts';

/**
 * The gates of a network, all of them ReLU: what spikes at a rate cannot stand for is refused by name.
 *
 * @throws UnsupportedError for another activation, a product or a max-pool
 */
export function reluGates(staged: StagedNetwork): ActivationGate[] {
  return staged.parts.flatMap((part) => {
    if (part.kind === 'linear') return [];
    if (part.kind === 'activation' && part.activation === 'relu') return [part];
    const got = part.kind === 'activation' ? `the activation ${part.activation}` : `a ${part.kind}`;
    throw new UnsupportedError('rate', `expected ReLU units and linear operators only, got ${got} in "${part.name}"`, {
      hint: part.kind === 'max-pool' ? 'train with average pooling instead' : 'few-spike conversion takes it',
      fields: { gate: part.name, kind: part.kind },
    });
  });
}

/** What is known of a gate's input; `ValueStatistics` of a calibration is one. */
export interface InputStatistics {
  readonly maximum: number;
  /** The value that a share (0 to 1) of all inputs does not exceed. */
  quantile(share: number): number;
}

/** The input that one spike per step is to stand for: the largest seen, or a percentile (0 to 100) of all. */
export type Normalisation = 'max' | { readonly percentile: number };

/**
 * Balanced thresholds: each gate's is the largest input that it is to code, so that no rate needs more than a spike per step. A
 * percentile gives up the rarest inputs for the speed of all others.
 *
 * @param statistics - by gate
 * @returns by gate; 1 where no input was positive, so that the neurons stay silent
 * @throws UnsupportedError unless every gate is a ReLU
 * @throws ParameterError for a missing gate, a percentile outside of (0, 100], or a number that is not finite
 * @see diehl2015balancing for the largest, rueckauer2017conversion for percentiles
 */
export function balanceThresholds(
  staged: StagedNetwork,
  statistics: ReadonlyMap<string, InputStatistics>,
  normalise: Normalisation = 'max',
): ReadonlyMap<string, number> {
  const gates = reluGates(staged);
  const share = shareOf(normalise);
  return new Map(
    gates.map(({ name }) => {
      const known = statistics.get(name);
      if (known === undefined) throw unknownName('balanceThresholds', 'gate', name, statistics.keys());
      const value = share === 1 ? known.maximum : known.quantile(share);
      if (!Number.isFinite(value)) {
        throw new ParameterError('balanceThresholds', `expected a finite largest input of "${name}", got ${value}`);
      }
      return [name, value > 0 ? value : 1];
    }),
  );
}

function shareOf(normalise: Normalisation): number {
  if (normalise === 'max') return 1;
  const { percentile } = normalise;
  if (percentile > 0 && percentile <= 100) return percentile / 100;
  throw new ParameterError('balanceThresholds', `expected 'max' or a percentile in (0, 100], got ${percentile}`);
}
