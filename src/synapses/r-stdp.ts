import { defineSynapse } from '../expr/index.ts';

/**
 * Reward-modulated spike-timing-dependent plasticity: pairs of spikes leave an eligibility trace, which the signal `reward`
 * turns into a change of the weight while it lasts.
 *
 *   dc/dt = -c / τ_c + STDP        dw/dt = reward · c
 *
 * Both are integrated exactly for a reward that is constant within a step.
 *
 * @eq izhikevich2007dopamine (eligibility trace and weight)
 */
export const rStdp = defineSynapse({
  name: 'r-stdp',
  cite: 'izhikevich2007dopamine',
  params: {
    tauPlus: { symbol: 'τ_+', unit: 'ms', default: 20, min: 1e-3, doc: 'time constant of potentiation' },
    tauMinus: { symbol: 'τ_-', unit: 'ms', default: 20, min: 1e-3, doc: 'time constant of depression' },
    tauC: { symbol: 'τ_c', unit: 'ms', default: 1000, min: 1e-3, doc: 'time constant of the eligibility trace' },
    aPlus: { symbol: 'A_+', unit: '1', default: 1, doc: 'eligibility of a pair pre-post' },
    aMinus: { symbol: 'A_-', unit: '1', default: 1.5, doc: 'eligibility of a pair post-pre, counted against' },
    wMax: { symbol: 'w_max', unit: '1', default: 1, min: 0, doc: 'largest weight; the least is 0' },
  },
  derived: {
    decayPlus: 'exp(-dt / tauPlus)',
    decayMinus: 'exp(-dt / tauMinus)',
    decayC: 'exp(-dt / tauC)',
    area: 'tauC * (1 - exp(-dt / tauC))',
  },
  synapse: { w: { doc: 'weight', min: 0, max: 'wMax' }, c: 'eligibility trace' },
  pre: { x: 'trace of presynaptic spikes' },
  post: { y: 'trace of postsynaptic spikes' },
  signals: { reward: { doc: 'reward, or dopamine beyond its baseline', unit: 'kHz' } },
  onPre: `
    c' = c - aMinus * y
    x' = x + 1`,
  onPost: `
    c' = c + aPlus * x
    y' = y + 1`,
  onStep: `
    w' = clip(w + reward * area * c, 0, wMax)
    c' = decayC * c
    x' = decayPlus * x
    y' = decayMinus * y`,
});
