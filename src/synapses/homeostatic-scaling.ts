import { defineSynapse } from '../expr/index.ts';

/**
 * Synaptic scaling: every so often, all weights onto a neuron grow or shrink by the same factor, until it fires at its target rate.
 *
 *   dw/dt = w / τ_w · (1 - rate / target)
 *
 * @eq vanrossum2000scaling (synaptic scaling)
 * @deviates in proportion to the deviation alone, without the integral term, and in units of the target rate
 */
export const homeostaticScaling = defineSynapse({
  name: 'homeostatic-scaling',
  cite: 'vanrossum2000scaling',
  params: {
    target: { symbol: 'r_0', unit: 'kHz', default: 0.005, min: 1e-6, doc: 'target rate of the postsynaptic neuron' },
    tauRate: { symbol: 'τ_r', unit: 'ms', default: 5000, min: 1e-3, doc: 'time constant of the estimated rate' },
    tauW: { symbol: 'τ_w', unit: 'ms', default: 20000, min: 1e-3, doc: 'time constant of scaling' },
    interval: { symbol: 'Δ', unit: 'ms', default: 100, min: 1e-3, doc: 'time between two changes' },
    wMax: { symbol: 'w_max', unit: '1', default: 1, min: 0, doc: 'largest weight; the least is 0' },
  },
  derived: { decay: 'exp(-dt / tauRate)', step: 'interval / tauW' },
  synapse: { w: { doc: 'weight', min: 0, max: 'wMax' } },
  post: { rate: { doc: 'estimated rate', unit: 'kHz' } },
  onPost: "rate' = rate + 1 / tauRate",
  onStep: "rate' = decay * rate",
  every: { interval: 'interval', equations: "w' = clip(w * (1 + step * (1 - rate / target)), 0, wMax)" },
});
