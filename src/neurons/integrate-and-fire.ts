import { defineNeuron, triangular } from '../expr/index.ts';

/**
 * Integrate-and-fire neuron without leak, reset by subtraction within the step: `v` is what no spike has accounted for yet, so
 * that after T steps v(T) + v_th · (number of spikes) = v(0) + Σ I.
 *
 * A constant input between 0 and v_th is coded by the rate of its spikes: the neuron of rate-coded conversion.
 */
export const integrateAndFire = defineNeuron({
  name: 'integrate-and-fire',
  cite: 'rueckauer2017conversion',
  params: { vTh: { symbol: 'v_th', unit: '1', default: 1, min: 1e-9, doc: 'threshold, and what a spike takes off' } },
  state: { v: 'membrane potential' },
  inputs: { I: 'weighted input of one step, bias included' },
  equations: `
    z' = spikeGe((v + I - vTh) / vTh)
    v' = v + I - vTh * z'`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});
