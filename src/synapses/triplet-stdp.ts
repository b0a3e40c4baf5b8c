import { defineSynapse } from '../expr/index.ts';

/**
 * Triplet spike-timing-dependent plasticity, all-to-all: a pair counts more the more recent spikes of the same neuron are. The
 * defaults are those fitted to visual cortex.
 *
 * @eq pfister2006triplets (triplet rule)
 */
export const tripletStdp = defineSynapse({
  name: 'triplet-stdp',
  cite: 'pfister2006triplets',
  params: {
    tauPlus: { symbol: 'τ_+', unit: 'ms', default: 16.8, min: 1e-3, doc: 'fast presynaptic time constant' },
    tauX: { symbol: 'τ_x', unit: 'ms', default: 101, min: 1e-3, doc: 'slow presynaptic time constant' },
    tauMinus: { symbol: 'τ_-', unit: 'ms', default: 33.7, min: 1e-3, doc: 'fast postsynaptic time constant' },
    tauY: { symbol: 'τ_y', unit: 'ms', default: 125, min: 1e-3, doc: 'slow postsynaptic time constant' },
    a2Plus: { symbol: 'A_2^+', unit: '1', default: 5e-10, min: 0, doc: 'potentiation by a pair' },
    a3Plus: { symbol: 'A_3^+', unit: '1', default: 6.2e-3, min: 0, doc: 'potentiation by a triplet post-pre-post' },
    a2Minus: { symbol: 'A_2^-', unit: '1', default: 7e-3, min: 0, doc: 'depression by a pair' },
    a3Minus: { symbol: 'A_3^-', unit: '1', default: 2.3e-4, min: 0, doc: 'depression by a triplet pre-post-pre' },
    wMax: { symbol: 'w_max', unit: '1', default: 1, min: 0, doc: 'largest weight; the least is 0' },
  },
  derived: {
    decayPlus: 'exp(-dt / tauPlus)',
    decayX: 'exp(-dt / tauX)',
    decayMinus: 'exp(-dt / tauMinus)',
    decayY: 'exp(-dt / tauY)',
  },
  synapse: { w: { doc: 'weight', min: 0, max: 'wMax' } },
  pre: { r1: 'fast trace of presynaptic spikes', r2: 'slow trace of presynaptic spikes' },
  post: { o1: 'fast trace of postsynaptic spikes', o2: 'slow trace of postsynaptic spikes' },
  onPre: `
    w' = clip(w - o1 * (a2Minus + a3Minus * r2), 0, wMax)   # r2 before this spike
    r1' = r1 + 1
    r2' = r2 + 1`,
  onPost: `
    w' = clip(w + r1 * (a2Plus + a3Plus * o2), 0, wMax)     # o2 before this spike
    o1' = o1 + 1
    o2' = o2 + 1`,
  onStep: `
    r1' = decayPlus * r1
    r2' = decayX * r2
    o1' = decayMinus * o1
    o2' = decayY * o2`,
});
