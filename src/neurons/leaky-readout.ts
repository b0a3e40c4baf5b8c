import { defineNeuron } from '../expr/index.ts';

/** Leaky readout: a normalised low-pass of its input plus a bias; smooth, so differentiated exactly. */
export const leakyReadout = defineNeuron({
  name: 'leaky-readout',
  cite: 'bellec2018lsnn',
  params: {
    tauOut: { symbol: 'τ_out', unit: 'ms', default: 20, min: 1e-3, doc: 'readout time constant' },
    bias: { symbol: 'b', unit: '1', default: 0, doc: 'offset of the output' },
  },
  derived: { kappa: 'exp(-dt / tauOut)' },
  state: { y: 'filtered input' },
  inputs: { I: 'weighted spikes' },
  equations: `
    y' = kappa * y + (1 - kappa) * I
    o  = y' + bias`,
  output: 'o',
});
