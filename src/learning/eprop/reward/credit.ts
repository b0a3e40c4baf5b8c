import type { Place } from '../../../expr/index.ts';
import type { Engine } from '../../../network/index.ts';
import type { LaidTraces } from '../online/projection-traces.ts';

/** The credit of synapses for rewards to come: what the compiled traces read at each step, and its end. */
export class Credit {
  readonly #engine: Engine;
  readonly #projections: readonly LaidTraces[];
  /** f32 per slot. */
  readonly #discount: Place;
  /** [batch] f32 per slot. */
  readonly #error: Place;

  constructor(engine: Engine, projections: readonly LaidTraces[], places: { discount: Place; error: Place }) {
    this.#engine = engine;
    this.#projections = projections;
    this.#discount = places.discount;
    this.#error = places.error;
  }

  /** Prepares a block: at its first step the credit so far meets `errors`, [batch], and is discounted once. */
  begin(errors: ArrayLike<number>, discount: number, steps: number): void {
    const first = this.#engine.layout.origin + 1;
    const rows = errors.length;
    this.#engine.floats(this.#discount.base + first * this.#discount.slotBytes, steps).fill(1)[0] = discount;
    const into = this.#engine.floats(this.#error.base + first * this.#error.slotBytes, steps * rows).fill(0);
    for (let b = 0; b < rows; b++) into[b] = errors[b]!;
  }

  /** Adds errors · credit to the gradients, for errors that no further step will meet, [batch]. */
  settle(errors: ArrayLike<number>): void {
    for (const { places } of this.#projections) {
      const count = places.synapses;
      const gradient = this.#engine.floats(places.gradient, count);
      for (let b = 0; b < errors.length; b++) {
        const credit = this.#engine.floats(places.credit!.address + 4 * b * count, count);
        for (let k = 0; k < count; k++) gradient[k]! += errors[b]! * credit[k]!;
      }
    }
  }
}
