import { defineNeuron, triangular } from 'volley/expr';

/**
 * The neuron of NEST's `eprop_iaf_bsshslm_2020` and `eprop_iaf_adapt_bsshslm_2020` (bellec2020eprop): a spike resets by
 * the base threshold one step later, fires at the threshold itself, and blocks the next tRef steps. Without adaptation
 * for beta 0.
 */
export const nestNeuron = defineNeuron({
  name: 'nest-eprop-iaf-adapt',
  cite: 'bellec2020eprop',
  params: {
    tauM: { symbol: 'τ_m', unit: 'ms', default: 20, min: 1e-3, doc: 'membrane time constant' },
    tauA: { symbol: 'τ_a', unit: 'ms', default: 2000, min: 1e-3, doc: 'threshold-adaptation time constant' },
    vTh: { symbol: 'θ', unit: '1', default: 0.6, min: 1e-9, doc: 'threshold' },
    beta: { symbol: 'β', unit: '1', default: 0, min: 0, doc: 'threshold rise per recent spike' },
    gain: { symbol: 'g', unit: '1', default: 1, doc: 'factor of the synaptic current' },
    tRef: { symbol: 't_ref', unit: '1', default: 0, min: 0, doc: 'blocked time steps after a spike' },
  },
  derived: { alpha: 'exp(-dt / tauM)', rho: 'exp(-dt / tauA)' },
  state: { v: 'membrane potential', a: 'leaky count of the own spikes', r: 'blocked time steps left' },
  inputs: { I: 'synaptic current' },
  equations: `
    left = max(r - 1, 0)
    v' = alpha * v + gain * I - vTh * z
    a' = rho * a + z
    A  = vTh + beta * a'
    z' = where(left > 0, 0, spikeGe((v' - A) / vTh))
    r' = max(left, tRef * stop(z'))`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});
