import { defineNeuron, triangular } from '../expr/index.ts';

/**
 * Leaky integrate-and-fire soma that a synaptic current drives, with a dendrite beside it. The dendrite holds an error for
 * plastic synapses and does not reach the soma.
 *
 * A spike holds the soma at 0 for tRef/dt steps, while current and dendrite go on. Input spikes reach the soma in their own
 * step.
 *
 * @eq neftci2017erbp (two-compartment neuron)
 */
export const twoCompartment = defineNeuron({
  name: 'two-compartment',
  cite: 'neftci2017erbp',
  params: {
    tauM: { symbol: 'τ_m', unit: 'ms', default: 1, min: 1e-3, doc: 'time constant of the soma' },
    tauS: { symbol: 'τ_s', unit: 'ms', default: 4, min: 1e-3, doc: 'time constant of the synaptic current' },
    tauD: { symbol: 'τ_d', unit: 'ms', default: 5, min: 1e-3, doc: 'time constant of the dendrite' },
    theta: { symbol: 'θ', unit: '1', default: 0.1, min: 0, doc: 'threshold' },
    tRef: { symbol: 't_ref', unit: 'ms', default: 3.9, min: 0, doc: 'refractory time' },
  },
  derived: { gain: 'dt / tauM', decayS: 'exp(-dt / tauS)', decayD: '1 - dt / tauD' },
  state: {
    V: 'soma',
    I: 'synaptic current',
    U: 'dendrite',
    r: { doc: 'refractory time left', unit: 'ms' },
  },
  inputs: { J: 'jumps of the synaptic current', D: 'jumps of the dendrite' },
  equations: `
    I'  = decayS * (I + J)
    v   = where(r > dt / 2, 0, V + gain * (I' - V))
    z'  = spike(v - theta)
    V'  = v * (1 - z')
    r'  = max(r - dt, z' * tRef)
    U'  = decayD * (U + D)`,
  pseudoDerivative: triangular(),
});
