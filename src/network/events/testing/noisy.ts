import { defineNeuron, triangular } from '../../../expr/index.ts';

/** Noise from the equations, so that all kinds of simulation have the same. */
export const noisy = defineNeuron({
  name: 'noisy',
  params: { gain: { symbol: 'G', unit: '1', default: 0.3, doc: 'share of the current' } },
  state: { v: 'membrane potential' },
  inputs: { I: 'current' },
  equations: `
    v' = 0.9 * v + gain * I + 0.35 * normal() - z
    z' = spike(v' - 1)`,
  pseudoDerivative: triangular(),
});
