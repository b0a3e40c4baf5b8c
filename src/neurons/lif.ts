import { defineNeuron, triangular } from '../expr/index.ts';

/**
 * Leaky integrate-and-fire neuron with reset by subtraction and a refractory counter: the canonical ALIF without adaptation.
 *
 * @eq bellec2018lsnn (1)
 */
export const lif = defineNeuron({
  name: 'lif',
  cite: 'bellec2018lsnn',
  params: {
    tauM: { symbol: 'τ_m', unit: 'ms', default: 20, min: 1e-3, doc: 'membrane time constant' },
    vTh: { symbol: 'v_th', unit: '1', default: 0.01, min: 1e-9, doc: 'threshold' },
    nRef: { symbol: 'n_ref', unit: '1', default: 5, min: 0, doc: 'least distance of two spikes, in time steps' },
  },
  derived: { alpha: 'exp(-dt / tauM)' },
  state: {
    v: 'membrane potential',
    r: 'refractory counter, in time steps; carries no gradient',
  },
  inputs: { I: 'synaptic current' },
  equations: `
    v' = alpha * v + (1 - alpha) * I - z * vTh
    u  = (v' - vTh) / vTh
    z' = where(r > 0, 0, spike(u))
    r' = clip(r + nRef * stop(z') - 1, 0, nRef)`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});
