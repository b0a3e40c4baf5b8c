import { ParameterError, unknownName } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import type { ActivationGate } from '../graph/stages.ts';

/** How `rateRun` runs a network. */
export interface RateOptions {
  /** By gate, see `balanceThresholds`. */
  readonly thresholds: ReadonlyMap<string, number>;
  /** Numbers of time steps at which to look, ascending. */
  readonly checkpoints: readonly number[];
  /** Images at once. Default 32. */
  readonly batch?: number;
  /** Membrane potential before the first step, as a share of the threshold; ½ rounds where 0 truncates. Default 0. */
  readonly start?: number;
  /** Called after every batch with the number of images done. */
  readonly onProgress?: (done: number) => void;
}

/** @throws ParameterError for the first option that is out of its range, or a threshold that is missing */
export function checkRateOptions(gates: readonly ActivationGate[], options: RateOptions): void {
  checkedOptions('rateRun', options, ['thresholds', 'checkpoints', 'batch', 'start', 'onProgress']);
  const { checkpoints, batch = 32, start = 0, thresholds } = options;
  const ascending = checkpoints.every((t, i) => Number.isInteger(t) && t > (checkpoints[i - 1] ?? 0));
  if (checkpoints.length === 0 || !ascending) {
    throw new ParameterError('rateRun', `expected ascending numbers of steps from 1, got [${checkpoints}]`);
  }
  if (!Number.isInteger(batch) || batch < 1) throw new ParameterError('rateRun', `expected a batch >= 1, got ${batch}`);
  if (!(start >= 0 && start < 1)) throw new ParameterError('rateRun', `expected a start in [0, 1), got ${start}`);
  for (const { name } of gates) {
    const value = thresholds.get(name);
    if (value === undefined) throw unknownName('rateRun', 'threshold', name, thresholds.keys());
    if (value > 0 && value < Number.POSITIVE_INFINITY) continue;
    throw new ParameterError('rateRun', `expected a positive threshold of "${name}", got ${value}`);
  }
}
