import { defineNeuron } from '../expr/index.ts';

/**
 * Stochastic spiking neuron: in every step it spikes with a probability that depends on its potential, a difference of
 * exponentials after every input spike, over an adaptive threshold.
 *
 *   rate = c1 (V - A) + c2 exp(c3 (V - A))        p = 1 - exp(-rate dt)
 *
 * The threshold A sinks all the time and rises with every spike, which drives the rate to `targetRate` in the long run. The state
 * `bap` is what a rule that follows a policy gradient reads: the spike minus its probability, 0 while refractory. An input spike
 * begins to act on V in the step after it; exponentials with a fall as fast as their rise have no peak, so the two must differ.
 *
 * @eq kappel2018sampling (stochastic neuron with homeostatic threshold)
 */
export const poissonDoubleExponential = defineNeuron({
  name: 'poisson-double-exponential',
  cite: 'kappel2018sampling',
  params: {
    tauFExc: { symbol: 'τ_m', unit: 'ms', default: 20, min: 1e-3, doc: 'fall of excitatory potentials' },
    tauRExc: { symbol: 'τ_r', unit: 'ms', default: 2, min: 1e-3, doc: 'rise of excitatory potentials' },
    tauFInh: { symbol: 'τ_m,i', unit: 'ms', default: 10, min: 1e-3, doc: 'fall of inhibitory potentials' },
    tauRInh: { symbol: 'τ_r,i', unit: 'ms', default: 1, min: 1e-3, doc: 'rise of inhibitory potentials' },
    bias: { symbol: 'I_e', unit: '1', default: -3, doc: 'constant potential' },
    c1: { symbol: 'c_1', unit: 'kHz', default: 0, min: 0, doc: 'linear part of the rate' },
    c2: { symbol: 'c_2', unit: 'kHz', default: 0.001, min: 0, doc: 'exponential part of the rate' },
    c3: { symbol: 'c_3', unit: '1', default: 1, min: 0, doc: 'steepness of the exponential part' },
    tRef: { symbol: 't_ref', unit: 'ms', default: 5, min: 0, doc: 'refractory time' },
    targetRate: { symbol: 'r_0', unit: 'kHz', default: 0.005, min: 0, doc: 'rate that the threshold drives to' },
    stepA: {
      symbol: 's_A',
      unit: '1',
      default: 0.1,
      min: 0,
      doc: 'rise of the threshold with a spike; 0: no adaptation',
    },
  },
  derived: {
    decayFExc: 'exp(-dt / tauFExc)',
    decayRExc: 'exp(-dt / tauRExc)',
    decayFInh: 'exp(-dt / tauFInh)',
    decayRInh: 'exp(-dt / tauRInh)',
    peakExc: 'tauFExc / (tauFExc - tauRExc)',
    peakInh: 'tauFInh / (tauFInh - tauRInh)',
  },
  state: {
    fExc: 'excitatory input, falling',
    rExc: 'excitatory input, rising',
    fInh: 'inhibitory input, falling',
    rInh: 'inhibitory input, rising',
    threshold: 'adaptive threshold A',
    refractory: { doc: 'refractory time left', unit: 'ms' },
    bap: 'spike minus its probability',
  },
  inputs: { exc: 'weights of excitatory spikes', inh: 'weights of inhibitory spikes, negative' },
  output: 'z',
  equations: `
    fExc' = decayFExc * fExc + exc
    rExc' = decayRExc * rExc + exc
    fInh' = decayFInh * fInh + inh
    rInh' = decayRInh * rInh + inh
    V     = peakExc * (fExc' - rExc') + peakInh * (fInh' - rInh') + bias
    sunk  = threshold - stepA * targetRate * dt
    x     = V - sunk
    q     = max(0, c1 * x + c2 * exp(c3 * x)) * dt
    p     = where(q < 1e-3, q - q^2 / 2, 1 - exp(-q))      # float32 would lose digits of a small p
    free  = where(refractory > dt / 2, 0, 1)
    z     = bernoulli(free * p)
    bap'  = free * (z - p)
    threshold'  = sunk + stepA * z
    refractory' = where(z > 0, tRef, max(0, refractory - dt))`,
});
