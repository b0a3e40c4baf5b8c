import {
  alif,
  defineNetwork,
  Engine,
  fanInNormal,
  glorotUniform,
  initialParameters,
  leakyReadout,
  type Network,
} from 'volley';
import { randomSpikes } from './random-spikes.ts';

/** One size of the LSNN benchmark. */
export interface LsnnCase {
  readonly batch: number;
  readonly neurons: number;
  readonly steps: number;
  /** Gain of the input weights at which 3 % of the neurons spike per step; found by bisection, see `rate`. */
  readonly gain: number;
}

const INPUTS = 80;
const INPUT_RATE = 0.05;

/** The benchmark's network: `neurons` ALIF, half of them adapting, and ten leaky readouts. */
export function benchNetwork(neurons: number, gain: number): Network {
  const beta = Array.from({ length: neurons }, (_, n) => (n % 2 === 0 ? 0 : 1.8));
  return defineNetwork({
    inputs: { x: { size: INPUTS } },
    populations: {
      hidden: { size: neurons, model: alif({ beta, tauA: 700 }) },
      out: { size: 10, model: leakyReadout() },
    },
    projections: {
      in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain }) },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal({ gain }) },
      out: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });
}

/** An engine with inputs written and a loss gradient in place, as in training. */
export function lsnnEngine({ batch, neurons, steps, gain }: LsnnCase): Engine {
  const network = benchNetwork(neurons, gain);
  const training = { parameters: {}, readouts: ['out'] };
  const engine = new Engine(network, initialParameters(network, 1), { batch, steps, dt: 1, seed: 1, training });
  engine.writeInputs({ x: randomSpikes(steps, batch, INPUTS, INPUT_RATE) }, 0, steps);
  const { base, slotBytes, slots } = engine.layout.populations.out!.lossGradient!;
  // Softmax cross-entropy on the mean of the last 28 steps gives gradients of this size there, and none before.
  const gradient = engine.floats(base + (slots - 28) * slotBytes, (28 * slotBytes) / 4);
  for (let k = 0; k < gradient.length; k++) gradient[k] = (k % 12 < 10 ? (k % 12) - 4.5 : 0) / (28 * 4.5 * batch);
  return engine;
}
