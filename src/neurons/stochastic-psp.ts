import { defineNeuron } from '../expr/index.ts';

/**
 * Stochastic neuron whose potential is a sum of postsynaptic potentials of peak 1 and which never resets: it spikes with a rate
 * that is linear, exponential, or both, in the potential, and rests after a spike.
 *
 *   u = bias + Σ w · ε(t - t_spike),   ε(s) ∝ exp(-s / tauF) - exp(-s / tauR),  max ε = 1
 *   rate = max(0, c1 u + c2 exp(c3 u)),   p = 1 - exp(-rate dt)
 *
 * With an exponential rate, negative input divides: it multiplies the rate by a factor below 1. A spike counts as the first step
 * of `tRef`. An input spike begins to act on u in the step after it; `tauF` and `tauR` must differ.
 *
 * @eq jonke2017feedback (stochastic excitatory and inhibitory neurons)
 */
export const stochasticPsp = defineNeuron({
  name: 'stochastic-psp',
  cite: 'jonke2017feedback',
  params: {
    tauF: { symbol: 'τ_f', unit: 'ms', default: 10, min: 1e-3, doc: 'fall of potentials' },
    tauR: { symbol: 'τ_r', unit: 'ms', default: 1, min: 1e-3, doc: 'rise of potentials' },
    bias: { symbol: 'b', unit: '1', default: 0, doc: 'constant potential' },
    c1: { symbol: 'c_1', unit: 'kHz', default: 0, min: 0, doc: 'linear part of the rate' },
    c2: { symbol: 'c_2', unit: 'kHz', default: 0.1, min: 0, doc: 'exponential part of the rate' },
    c3: { symbol: 'γ', unit: '1', default: 2, min: 0, doc: 'steepness of the exponential part' },
    tRef: { symbol: 't_ref', unit: 'ms', default: 10, min: 0, doc: 'refractory time, the step of the spike included' },
  },
  derived: {
    decayF: 'exp(-dt / tauF)',
    decayR: 'exp(-dt / tauR)',
    tPeak: 'tauF * tauR / (tauF - tauR) * log(tauF / tauR)',
    scale: '1 / (exp(-tPeak / tauF) - exp(-tPeak / tauR))',
  },
  state: {
    f: 'input, falling',
    r: 'input, rising',
    u: 'potential',
    refractory: { doc: 'refractory time left', unit: 'ms' },
  },
  inputs: { I: 'weights of spikes' },
  output: 'z',
  equations: `
    f' = decayF * f + I
    r' = decayR * r + I
    u' = scale * (f' - r') + bias
    q  = max(0, c1 * u' + c2 * exp(c3 * u')) * dt
    p  = where(q < 1e-3, q - q^2 / 2, 1 - exp(-q))      # float32 would lose digits of a small p
    z  = bernoulli(where(refractory > dt / 2, 0, p))
    refractory' = where(z > 0, max(0, tRef - dt), max(0, refractory - dt))`,
});
