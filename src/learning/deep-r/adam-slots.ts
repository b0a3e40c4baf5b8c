import type { Adam } from '../optimisers.ts';
import { integerPower } from '../schedules.ts';

const f = Math.fround;

/** A run of the parameter vector whose entries count their updates each for themselves. */
export interface Slots {
  readonly offset: number;
  readonly count: number;
  /** Training step after which the entry began, [count]. */
  readonly born: Uint32Array;
}

/** Bias corrections of Adam by the number of updates, computed once each. */
class Corrections {
  readonly #optimiser: Adam;
  #first = new Float64Array(0);
  #second = new Float64Array(0);

  constructor(optimiser: Adam) {
    this.#optimiser = optimiser;
  }

  /** 1 - β1^n for n = 0 … `most`, and √(1 - β2^n). */
  upTo(most: number): { first: Float64Array; second: Float64Array } {
    if (most < this.#first.length) return { first: this.#first, second: this.#second };
    const { beta1, beta2 } = this.#optimiser;
    const length = 2 * most + 64;
    this.#first = Float64Array.from({ length }, (_, n) => 1 - integerPower(beta1, n));
    this.#second = Float64Array.from({ length }, (_, n) => Math.sqrt(1 - integerPower(beta2, n)));
    return { first: this.#first, second: this.#second };
  }
}

/** Adam's step for entries of different ages: the one of the kernel, bit for bit, where all are of the same age. */
export class AdamSlots {
  readonly #optimiser: Adam;
  readonly #corrections: Corrections;

  constructor(optimiser: Adam) {
    this.#optimiser = optimiser;
    this.#corrections = new Corrections(optimiser);
  }

  /**
   * @param iteration - number of this step, from 1
   * @param decay - learning rate times weight decay
   * @eq kingma2015adam (algorithm 1), with the number of updates of each entry
   */
  step(
    { offset, count, born }: Slots,
    arrays: { w: Float32Array; g: Float32Array; m: Float32Array; v: Float32Array },
    { learningRate, iteration, decay }: { learningRate: number; iteration: number; decay: number },
  ): void {
    const { w, g, m, v } = arrays;
    const { first, second } = this.#corrections.upTo(iteration);
    const { beta1, beta2, epsilon } = this.#optimiser;
    const [b1, b2, c1, c2, eps, shrink] = [f(beta1), f(beta2), f(1 - beta1), f(1 - beta2), f(epsilon), f(decay)];
    for (let slot = 0, k = offset; slot < count; slot++, k++) {
      const age = iteration - born[slot]!;
      const stepSize = f((learningRate * second[age]!) / first[age]!);
      const gradient = g[k]!;
      const mean = f(f(b1 * m[k]!) + f(c1 * gradient));
      const square = f(f(b2 * v[k]!) + f(c2 * f(gradient * gradient)));
      m[k] = mean;
      v[k] = square;
      const change = f(f(stepSize * mean) / f(f(Math.sqrt(square)) + eps));
      w[k] = f(w[k]! - f(shrink * w[k]!)) - change;
    }
  }
}
