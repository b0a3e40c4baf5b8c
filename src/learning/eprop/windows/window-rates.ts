import type { Engine } from '../../../network/index.ts';
import { firingRateTerm, type Regulariser } from '../../regularisers.ts';

/** A window within what is advanced over: its steps, those up to its end, and all. */
export interface WindowSpan {
  readonly steps: number;
  readonly elapsed: number;
  readonly total: number;
}

/** Counts the spikes of an engine's populations over windows, and regulates firing rates by what has been seen so far. */
export class WindowRates {
  readonly #engine: Engine;
  readonly #regularisers: readonly Regulariser[];
  readonly #counts: ReadonlyMap<string, Float64Array>;

  constructor(engine: Engine, regularisers: readonly Regulariser[]) {
    const spiking = Object.entries(engine.layout.populations).filter(([, own]) => own.spiking);
    this.#engine = engine;
    this.#regularisers = regularisers;
    this.#counts = new Map(spiking.map(([name, { size }]) => [name, new Float64Array(size)]));
  }

  /**
   * Counts a window and leaves the regularisers' dE/d spike in the engine.
   *
   * @returns the window's share of the regularisation
   */
  regulate({ steps, elapsed, total }: WindowSpan): number {
    const { batch } = this.#engine.options;
    let sum = 0;
    for (const [name, count] of this.#counts) {
      const own = this.#engine.layout.populations[name]!;
      this.#engine.countSpikes(own, steps).forEach((spikes, n) => {
        count[n]! += spikes;
      });
      const constant = this.#engine.floats(own.adjoint!.dOutputConstant!, own.size).fill(0);
      for (const { population, target, strength } of this.#regularisers) {
        if (population !== name) continue;
        const term = firingRateTerm(count, { steps: elapsed, batch, dt: this.#engine.dt, target, strength });
        // A spike of this window changes the mean rate over all steps, of which a part has been seen.
        for (let n = 0; n < constant.length; n++) constant[n]! += (term.gradient[n]! * elapsed) / total;
        sum += (term.loss * steps) / total;
      }
    }
    return sum;
  }

  /** Mean firing rates over `steps` steps, the ones counted, in Hz. */
  rates(steps: number): Record<string, number> {
    const { batch } = this.#engine.options;
    const rate = (count: Float64Array) =>
      (1000 * count.reduce((sum, spikes) => sum + spikes, 0)) / (count.length * batch * steps * this.#engine.dt);
    return Object.fromEntries([...this.#counts].map(([name, count]) => [name, rate(count)]));
  }
}
