import { exp } from '../../base/math.ts';
import { checkedOptions } from '../../base/options.ts';

/** Turns rewards into a signal with a mean near 1. */
export interface RewardScaling {
  /** Time constant of the mean, in cycles; default 50,000, as if a cycle of 15 ms were one of 1 ms. */
  readonly cycles?: number;
  /** Least mean, default 0.02. */
  readonly least?: number;
  /** Signal without reward, default 0.02. */
  readonly offset?: number;
}

/**
 * Reward relative to its running mean m:  m ← max(a m + (1 - a) R, least),  signal = R / m + offset.
 *
 * @eq kappel2018sampling (normalised reward)
 */
export class RewardSignal {
  readonly #keep: number;
  readonly #least: number;
  readonly #offset: number;
  /** Mean reward. */
  mean: number;

  constructor(scaling: RewardScaling = {}) {
    checkedOptions('reward scaling', scaling, ['cycles', 'least', 'offset']);
    const { cycles = 50_000, least = 0.02, offset = 0.02 } = scaling;
    this.#keep = exp(-1 / cycles);
    this.#least = least;
    this.#offset = offset;
    this.mean = least;
  }

  /** The signal for the reward of one cycle. */
  next(reward: number): number {
    this.mean = Math.max(this.#keep * this.mean + (1 - this.#keep) * reward, this.#least);
    return reward / this.mean + this.#offset;
  }
}
