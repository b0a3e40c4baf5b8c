import { defineSynapse } from '../expr/index.ts';

/**
 * Pair-based spike-timing-dependent plasticity, all pairs of spikes.
 *
 * A presynaptic spike after a postsynaptic one depresses, a postsynaptic spike after a presynaptic one potentiates, by
 * amounts that decay exponentially with the time between them. `mu` leads from additive changes, the same for all weights
 * (0), to multiplicative ones, in proportion to the distance from the bound (1).
 *
 * @eq song2000stdp (modification function)
 * @deviates the weight dependence is linear in `mu` where guetig2003stdp has a power: both are the same at 0 and at 1
 */
export const stdp = defineSynapse({
  name: 'stdp',
  cite: 'song2000stdp',
  params: {
    tauPlus: { symbol: 'τ_+', unit: 'ms', default: 20, min: 1e-3, doc: 'time constant of potentiation' },
    tauMinus: { symbol: 'τ_-', unit: 'ms', default: 20, min: 1e-3, doc: 'time constant of depression' },
    aPlus: { symbol: 'A_+', unit: '1', default: 0.005, min: 0, doc: 'largest potentiation, in units of wMax' },
    aMinus: { symbol: 'A_-', unit: '1', default: 0.00525, min: 0, doc: 'largest depression, in units of wMax' },
    wMax: { symbol: 'w_max', unit: '1', default: 1, min: 0, doc: 'largest weight; the least is 0' },
    mu: { symbol: 'μ', unit: '1', default: 0, min: 0, max: 1, doc: '0 for additive, 1 for multiplicative changes' },
  },
  derived: { decayPlus: 'exp(-dt / tauPlus)', decayMinus: 'exp(-dt / tauMinus)' },
  synapse: { w: { doc: 'weight', min: 0, max: 'wMax' } },
  pre: { x: 'trace of presynaptic spikes' },
  post: { y: 'trace of postsynaptic spikes' },
  onPre: `
    w' = clip(w - aMinus * (wMax - mu * (wMax - w)) * y, 0, wMax)
    x' = x + 1`,
  onPost: `
    w' = clip(w + aPlus * (wMax - mu * w) * x, 0, wMax)
    y' = y + 1`,
  onStep: `
    x' = decayPlus * x
    y' = decayMinus * y`,
});
