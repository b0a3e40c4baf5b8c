import { FloatSequence, SpikeTrain } from 'volley';
import { CLASSES, type Examples } from './examples.ts';
import type { Values } from './network.ts';
import { addPulses, Waits } from './sources.ts';

/** Inputs of the network for one example. */
export type Inputs = Readonly<Record<'data' | 'label', SpikeTrain>> & { readonly learning: FloatSequence };

/** Shows examples for a fixed time; the inputs that it returns are valid until the next call. */
export class Presenter {
  readonly steps: number;
  readonly #values: Values;
  readonly #examples: Examples;
  readonly #inputs: Inputs;
  readonly #waits: Waits;

  /** @param duration - ms */
  constructor(values: Values, examples: Examples, duration: number, seed: number) {
    this.#values = values;
    this.#waits = new Waits(seed, '');
    this.#examples = examples;
    this.steps = Math.round(duration / values.dt);
    const { steps } = this;
    this.#inputs = {
      data: new SpikeTrain(steps, 1, examples.size),
      label: new SpikeTrain(steps, 1, CLASSES),
      learning: new FloatSequence(steps, 1, 1),
    };
  }

  /**
   * Spikes of an example and, in training, of its label.
   *
   * @param purpose - what it is shown for; its spikes are a function of that and of the seed
   * @param rate - factor of the learning rate after the first part; without it, the label is silent and nothing is learned
   */
  show(example: number, purpose: string, rate?: number): Inputs {
    const { dt, sourceTRef, labelHazard, burnInMs } = this.#values;
    const { data, label, learning } = this.#inputs;
    data.data.fill(0);
    label.data.fill(0);
    learning.data.fill(0);
    const waits = this.#waits.restart(purpose);
    const hazards = this.#examples.hazards(example);
    for (let i = 0; i < hazards.length; i++) {
      if (hazards[i]! > 0) addPulses(data, i, { hazard: hazards[i]!, tRef: sourceTRef, dt }, waits);
    }
    if (rate !== undefined) {
      addPulses(label, this.#examples.label(example), { hazard: labelHazard, tRef: sourceTRef, dt }, waits);
      learning.data.fill(rate, Math.round(burnInMs / dt));
    }
    return this.#inputs;
  }
}
