import { uniform } from '../../base/distribution.ts';
import { RandomStream } from '../../base/random.ts';
import { defineNetwork, type Network, oneToOne } from '../../network/index.ts';
import { errorNeuron, twoCompartment } from '../../neurons/index.ts';
import { FloatSequence, SpikeTrain } from '../../tensor/index.ts';
import { erbp } from '../erbp.ts';

/** Time step, ms. */
export const DT = 0.5;
const [IN, HIDDEN, CLASSES] = [64, 50, 10];

/** Random feedback [hidden, class] whose sum over the classes is 0. */
function feedback(): { plus: Float32Array; minus: Float32Array } {
  const random = new RandomStream(1, 5);
  const limit = Math.sqrt(2 / (CLASSES + HIDDEN));
  const plus = new Float32Array(HIDDEN * CLASSES);
  for (let i = 0; i < HIDDEN; i++) {
    const row = Array.from({ length: CLASSES }, () => limit * (2 * random.uniform() - 1));
    const mean = row.reduce((sum, g) => sum + g, 0) / CLASSES;
    plus.set(
      row.map((g) => g - mean),
      i * CLASSES,
    );
  }
  return { plus, minus: plus.map((g) => -g) };
}

/** 64-50-10 with a pair of error neurons per class. */
export function erbpNetwork(): Network {
  const within = (fans: number) => uniform(-Math.sqrt(2 / fans), Math.sqrt(2 / fans));
  const { plus, minus } = feedback();
  const synapse = erbp({ eta: 4e-3 });
  const kick = { topology: oneToOne(), input: 'J' } as const;
  return defineNetwork({
    inputs: { data: { size: IN }, label: { size: CLASSES }, learning: { size: 1, kind: 'floats' } },
    populations: {
      hidden: { size: HIDDEN, model: twoCompartment() },
      prediction: { size: CLASSES, model: twoCompartment() },
      low: { size: CLASSES, model: errorNeuron() },
      high: { size: CLASSES, model: errorNeuron() },
    },
    projections: {
      first: { from: 'data', to: 'hidden', input: 'J', weights: within(IN + CLASSES + HIDDEN), synapse },
      second: { from: 'hidden', to: 'prediction', input: 'J', weights: within(HIDDEN + CLASSES), synapse },
      labelLow: { from: 'label', to: 'low', weights: 0.09, ...kick },
      labelHigh: { from: 'label', to: 'high', weights: -0.09, ...kick },
      predictionLow: { from: 'prediction', to: 'low', weights: -0.09, ...kick },
      predictionHigh: { from: 'prediction', to: 'high', weights: 0.09, ...kick },
      lowPrediction: { from: 'low', to: 'prediction', topology: oneToOne(), input: 'D', weights: 0.09, delay: 1 },
      highPrediction: { from: 'high', to: 'prediction', topology: oneToOne(), input: 'D', weights: -0.09, delay: 1 },
      lowHidden: { from: 'low', to: 'hidden', input: 'D', weights: plus, delay: 1 },
      highHidden: { from: 'high', to: 'hidden', input: 'D', weights: minus, delay: 1 },
    },
  });
}

/** Steps of one sample, 250 ms, and of its first part, which does not teach. */
const [STEPS, SETTLE] = [250 / DT, 50 / DT];

/** Samples of ten classes: a prototype of random bits, of which each is flipped with probability 0.1. */
export class Prototypes {
  readonly #random = new RandomStream(7, 3);
  readonly #prototypes = Array.from({ length: CLASSES }, () => Array.from({ length: IN }, () => this.#chance(0.5)));

  #chance(probability: number): boolean {
    return this.#random.uniform() < probability;
  }

  /** Spikes at a hazard in Hz, 4 ms apart at least. */
  #train(into: SpikeTrain, neuron: number, hazard: number): void {
    for (let t = 0; t < STEPS; t++) {
      if (!this.#chance(1 - Math.exp(-hazard * DT * 1e-3))) continue;
      into.set(t, 0, neuron);
      t += 4 / DT;
    }
  }

  /** Inputs of one sample; without `teach` the label is silent and weights stay. */
  sample(teach: boolean) {
    const label = this.#random.integer(CLASSES);
    const bits = this.#prototypes[label]!.map((bit) => bit !== this.#chance(0.1));
    const inputs = {
      data: new SpikeTrain(STEPS, 1, IN),
      label: new SpikeTrain(STEPS, 1, CLASSES),
      learning: new FloatSequence(STEPS, 1, 1),
    };
    bits.forEach((bit, i) => {
      if (bit) this.#train(inputs.data, i, 2830);
    });
    if (teach) {
      this.#train(inputs.label, label, 4800);
      inputs.learning.data.fill(1, SETTLE);
    }
    return { label, inputs };
  }
}
