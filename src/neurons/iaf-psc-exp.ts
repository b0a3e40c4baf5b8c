import { defineNeuron, triangular } from '../expr/index.ts';

/**
 * Leaky integrate-and-fire neuron with currents that jump with every input spike and decay exponentially: integrated
 * exactly between the steps. A spike holds the potential at `vReset` for tRef/dt steps, while currents go on.
 *
 * Needs `tauM` different from `tauE` and `tauI`, and `vReset` below `vTh`. An input spike acts on v from its own step on.
 *
 * @eq rotter1999exact (exact integration, exponential currents)
 */
export const iafPscExp = defineNeuron({
  name: 'iaf-psc-exp',
  cite: 'rotter1999exact',
  params: {
    cM: { symbol: 'C_m', unit: 'pF', default: 250, min: 1e-3, doc: 'membrane capacitance' },
    tauM: { symbol: 'τ_m', unit: 'ms', default: 10, min: 1e-3, doc: 'membrane time constant' },
    tauE: { symbol: 'τ_e', unit: 'ms', default: 2, min: 1e-3, doc: 'time constant of excitatory currents' },
    tauI: { symbol: 'τ_i', unit: 'ms', default: 2, min: 1e-3, doc: 'time constant of inhibitory currents' },
    eL: { symbol: 'E_L', unit: 'mV', default: -70, doc: 'resting potential' },
    vTh: { symbol: 'v_th', unit: 'mV', default: -55, doc: 'threshold' },
    vReset: { symbol: 'v_reset', unit: 'mV', default: -70, below: 'vTh', doc: 'potential after a spike' },
    tRef: { symbol: 't_ref', unit: 'ms', default: 2, min: 0, doc: 'refractory time' },
    iE: { symbol: 'I_e', unit: 'pA', default: 0, doc: 'constant current' },
  },
  derived: {
    decayM: 'exp(-dt / tauM)',
    decayE: 'exp(-dt / tauE)',
    decayI: 'exp(-dt / tauI)',
    gainE: '(decayM - decayE) / (1 / tauE - 1 / tauM) / cM',
    gainI: '(decayM - decayI) / (1 / tauI - 1 / tauM) / cM',
    pull: '(1 - decayM) * (eL + iE * tauM / cM)',
  },
  state: {
    v: { doc: 'membrane potential', unit: 'mV', init: -70 },
    cE: { doc: 'excitatory current', unit: 'pA' },
    cI: { doc: 'inhibitory current', unit: 'pA' },
    r: { doc: 'refractory time left', unit: 'ms' },
  },
  inputs: {
    exc: { doc: 'jumps of the excitatory current', unit: 'pA' },
    inh: { doc: 'jumps of the inhibitory current, negative', unit: 'pA' },
  },
  equations: `
    e  = cE + exc
    i  = cI + inh
    v1 = v + where(r > dt / 2, 0, gainE * e + gainI * i + (pull - (1 - decayM) * v))
    u  = (v1 - vTh) / (vTh - vReset)
    z' = spike(u)
    v' = where(z' > 0, vReset, v1)
    r' = max(r - dt, z' * tRef)
    cE' = e * decayE
    cI' = i * decayI`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});
