import { normal, uniform } from '../../base/distribution.ts';
import { RandomStream } from '../../base/random.ts';
import { defineNeuron, triangular } from '../../expr/index.ts';
import { alif, leakyReadout } from '../../neurons/index.ts';
import { FloatSequence, SpikeTrain } from '../../tensor/index.ts';
import { defineNetwork } from '../network.ts';
import { fixedInDegree, fixedProbability, oneToOne } from '../topology.ts';
import { fanInNormal } from '../weights.ts';

export const STEPS = 60;
export const BATCH = 3;
/** Values of the graded input. */
export const FLOATS = 3;

/** A graded unit whose output is no state variable. */
const graded = defineNeuron({
  name: 'graded',
  params: { tau: { symbol: 'τ', unit: 'ms', default: 5, min: 1e-3, doc: 'time constant' } },
  derived: { k: 'exp(-dt / tau)' },
  state: { x: 'filtered input' },
  inputs: { I: 'current' },
  equations: `
    x' = k * x + (1 - k) * I
    y = tanh(2 * x')`,
  output: 'y',
});

/** A LIF neuron with noise on its membrane and a second, graded input. */
const noisy = defineNeuron({
  name: 'noisy-lif',
  params: { tau: { symbol: 'τ', unit: 'ms', default: 15, min: 1e-3, doc: 'time constant' } },
  derived: { alpha: 'exp(-dt / tau)' },
  state: { v: 'membrane potential' },
  inputs: { I: 'current', modulation: 'graded current' },
  equations: `
    v' = alpha * v + I + 0.1 * modulation + 0.2 * normal() + 0.1 * uniform() - z
    z' = spike(v' - 1)`,
  pseudoDerivative: triangular(),
});

/** Every kind of projection between every kind of source; delays of 0 to 9; values drawn per neuron. */
export const mixedNetwork = defineNetwork({
  inputs: { x: { size: 13 }, f: { size: FLOATS, kind: 'floats' } },
  populations: {
    hidden: {
      size: 70,
      model: alif({ tauM: uniform(5, 30), tauA: normal({ mean: 200, sd: 20 }), beta: uniform(0, 2), nRef: 2 }),
    },
    noisy: { size: 21, model: noisy({ tau: uniform(5, 25) }) },
    middle: { size: 21, model: graded() },
    out: { size: 3, model: leakyReadout({ bias: [0.1, -0.2, 0.3] }) },
  },
  projections: {
    in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain: 0.3 }) },
    floats: {
      from: 'f',
      to: 'hidden',
      topology: fixedProbability(0.5),
      weights: fanInNormal({ gain: 0.02 }),
      delay: 2,
    },
    rec: { from: 'hidden', to: 'hidden', weights: fanInNormal({ gain: 0.3 }) },
    late: { from: 'hidden', to: 'hidden', topology: oneToOne(), weights: uniform(-0.02, 0.02), delay: 9 },
    down: { from: 'hidden', to: 'noisy', input: 'I', topology: fixedInDegree(9), weights: fanInNormal({ gain: 3 }) },
    up: { from: 'noisy', to: 'middle', topology: oneToOne(), weights: uniform(0, 2) },
    modulation: { from: 'middle', to: 'noisy', input: 'modulation', weights: fanInNormal(), delay: 4 },
    paired: { from: 'middle', to: 'noisy', input: 'modulation', topology: oneToOne(), weights: 0.5, delay: 1 },
    sparse: { from: 'middle', to: 'hidden', topology: fixedProbability(0.2), weights: uniform(-0.01, 0.01), delay: 1 },
    direct: { from: 'f', to: 'out', weights: fanInNormal(), delay: 3 },
    read: { from: 'middle', to: 'out', weights: fanInNormal() },
  },
});

/** Random spikes of `x` and random values of `f`. */
export function randomInputs(steps: number, batch: number): { x: SpikeTrain; f: FloatSequence } {
  const random = new RandomStream(4, 2);
  const dense = Uint8Array.from({ length: steps * batch * 13 }, () => Number(random.uniform() < 0.2));
  const values = Float32Array.from({ length: steps * batch * FLOATS }, () => random.normal());
  return {
    x: SpikeTrain.fromDense(dense, [steps, batch, 13]),
    f: new FloatSequence(steps, batch, FLOATS, values),
  };
}
