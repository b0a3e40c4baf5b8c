import { log } from '../../base/math.ts';
import { type RandomState, RandomStream } from '../../base/random.ts';
import type { SpikeTrain } from '../../tensor/bits.ts';

/** What a {@link PoissonSource} needs to go on where it stopped. */
export interface PoissonSourceState {
  readonly random: RandomState;
  readonly left: readonly number[];
}

const wait = (random: RandomStream): number => -log(random.uniform());

/**
 * Poisson neurons whose rates change from one call to the next: a neuron spikes in a step with probability
 * 1 - exp(-rate · dt), independently of all others. The cost is one draw per spike.
 */
export class PoissonSource {
  readonly #random: RandomStream;
  /** Expected spikes until the next one, per neuron: exponential, so that rates may change at any step. */
  readonly #left: Float64Array;

  private constructor(random: RandomStream, left: Float64Array) {
    this.#random = random;
    this.#left = left;
  }

  static of(size: number, random: RandomStream): PoissonSource {
    return new PoissonSource(
      random,
      Float64Array.from({ length: size }, () => wait(random)),
    );
  }

  static from({ random, left }: PoissonSourceState): PoissonSource {
    return new PoissonSource(RandomStream.from(random), Float64Array.from(left));
  }

  /** The state to store in a checkpoint. */
  get state(): PoissonSourceState {
    return { random: this.#random.state, left: [...this.#left] };
  }

  /**
   * Replaces the spikes of batch row 0 of a train.
   *
   * @param rates - Hz, per neuron
   * @param dt - ms
   */
  fill(train: SpikeTrain, rates: ArrayLike<number>, dt: number): void {
    train.data.fill(0);
    for (let i = 0; i < this.#left.length; i++) {
      const perStep = (rates[i]! * dt) / 1000;
      let left = this.#left[i]!;
      let step = 0;
      for (;;) {
        const next = step + Math.max(1, Math.ceil(left / perStep));
        if (next > train.time) break;
        train.set(next - 1, 0, i);
        step = next;
        left = wait(this.#random);
      }
      this.#left[i] = left - perStep * (train.time - step);
    }
  }
}
