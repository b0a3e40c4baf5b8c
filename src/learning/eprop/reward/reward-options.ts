import { ParameterError, UnsupportedError } from '../../../base/errors.ts';
import { checkedOptions } from '../../../base/options.ts';
import { own } from '../../../base/own.ts';
import { emitsSpikes, type Network } from '../../../network/index.ts';
import { checkCommon } from '../../trainer-checks.ts';
import { ONLINE_OPTIONS, type OnlineCoreOptions } from '../online/online-core.ts';

/** How an agent learns from rewards. */
export interface RewardOptions extends OnlineCoreOptions {
  /** Graded population that reads out the agent: one logit per action, then the value. Default `out`. */
  readonly readout?: string;
  /** Time steps of the network per observation. Default 1. */
  readonly stepsPerFrame?: number;
  /** Discount γ from one observation to the next, 0 … 1. */
  readonly discount: number;
  /**
   * Weight c_V of the value's error beside the policy's. The value is corrected at every frame, the policy at decisions only: the
   * more frames between decisions, the smaller it should be. Default 0.02.
   */
  readonly valueCost?: number;
  /**
   * Weight c_H of the policy's entropy, which keeps actions that seem worse from dying out: every decision adds -c_H H(π) to what is
   * minimised, an error that waits for no reward. Default 0.
   */
  readonly entropyCost?: number;
}

const REWARD_OPTIONS = [
  ...ONLINE_OPTIONS,
  ...(['readout', 'stepsPerFrame', 'discount', 'valueCost', 'entropyCost'] as const),
] as const;

/** Default of `valueCost`. */
export const VALUE_COST = 0.02;

/** @throws ParameterError for unknown names and values out of range; UnsupportedError for another rule than e-prop */
export function checkRewardOptions(network: Network, options: RewardOptions): void {
  const where = 'RewardLearner';
  const { readout = 'out', discount, valueCost = VALUE_COST, entropyCost = 0, rule } = options;
  checkedOptions(where, options, REWARD_OPTIONS);
  checkCommon(network, options);
  if (!(discount >= 0 && discount <= 1))
    throw new ParameterError(where, `expected discount from 0 to 1, got ${discount}`);
  if (!(valueCost >= 0 && valueCost < Infinity)) {
    throw new ParameterError(where, `expected valueCost of 0 or more, got ${valueCost}`);
  }
  if (!(entropyCost >= 0 && entropyCost < Infinity)) {
    throw new ParameterError(where, `expected entropyCost of 0 or more, got ${entropyCost}`);
  }
  const population = own(network.populations, readout);
  if (!population || emitsSpikes(network, readout) || population.size < 2) {
    throw new ParameterError(
      where,
      `expected a graded readout of at least one action and the value, got "${readout}"`,
      {
        hint: 'a leakyReadout() of actions + 1 neurons, the value last',
      },
    );
  }
  if (rule !== undefined && rule.kind !== 'eprop') {
    throw new UnsupportedError(where, `expected rule: eprop(), got ${(rule as { kind: string }).kind}`);
  }
}
