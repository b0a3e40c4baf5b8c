import { defineSynapse } from '../expr/index.ts';

/**
 * Spike-timing-dependent plasticity as online expectation maximisation: depression does not depend on the weight, potentiation
 * falls exponentially with it, so that a weight settles where exp(w - 1) is the probability of a presynaptic spike shortly
 * before a postsynaptic one, relative to that of one after it.
 *
 * @eq jonke2017feedback (STDP rule)
 */
export const emStdp = defineSynapse({
  name: 'em-stdp',
  cite: 'jonke2017feedback',
  params: {
    eta: { symbol: 'η', unit: '1', default: 0.02, min: 0, doc: 'learning rate' },
    tauPlus: { symbol: 'τ_+', unit: 'ms', default: 10, min: 1e-3, doc: 'time constant of potentiation' },
    tauMinus: { symbol: 'τ_-', unit: 'ms', default: 25, min: 1e-3, doc: 'time constant of depression' },
    wMin: { symbol: 'w_min', unit: '1', default: 0.01, below: 'wMax', doc: 'least weight' },
    wMax: { symbol: 'w_max', unit: '1', default: 1, doc: 'largest weight' },
  },
  derived: { decayPlus: 'exp(-dt / tauPlus)', decayMinus: 'exp(-dt / tauMinus)' },
  synapse: { w: { doc: 'weight', min: 'wMin', max: 'wMax' } },
  pre: { x: 'trace of presynaptic spikes' },
  post: { y: 'trace of postsynaptic spikes' },
  onPre: `
    w' = max(w - eta * y, wMin)
    x' = x + 1`,
  onPost: `
    w' = min(w + eta * exp(1 - w) * x, wMax)
    y' = y + 1`,
  onStep: `
    x' = decayPlus * x
    y' = decayMinus * y`,
});
