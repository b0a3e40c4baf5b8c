import { defineNeuron, triangular } from '../expr/index.ts';

/**
 * Leaky integrate-and-fire neuron with conductances that jump with every input spike and decay exponentially.
 *
 * Conductances are exact. The potential takes Crank-Nicolson steps with conductances held at their values at the start of
 * the step: it misses exponential Euler's by less than (dt g / C)³ / 12 of its distance to the equilibrium, 10⁻⁵ at ten times
 * the resting conductance and 0.1 ms. A spike holds it at `vReset` for tRef/dt steps, while conductances go on. Needs
 * `vReset` below `vTh`.
 *
 * @eq vogels2005signal (conductance-based model)
 */
export const cobaExp = defineNeuron({
  name: 'coba-exp',
  cite: 'vogels2005signal',
  params: {
    cM: { symbol: 'C_m', unit: 'pF', default: 200, min: 1e-3, doc: 'membrane capacitance' },
    gL: { symbol: 'g_L', unit: 'nS', default: 10, min: 1e-3, doc: 'leak conductance' },
    eL: { symbol: 'E_L', unit: 'mV', default: -60, doc: 'resting potential' },
    eE: { symbol: 'E_e', unit: 'mV', default: 0, doc: 'excitatory reversal potential' },
    eI: { symbol: 'E_i', unit: 'mV', default: -80, doc: 'inhibitory reversal potential' },
    tauE: { symbol: 'τ_e', unit: 'ms', default: 5, min: 1e-3, doc: 'time constant of excitation' },
    tauI: { symbol: 'τ_i', unit: 'ms', default: 10, min: 1e-3, doc: 'time constant of inhibition' },
    vTh: { symbol: 'v_th', unit: 'mV', default: -50, doc: 'threshold' },
    vReset: { symbol: 'v_reset', unit: 'mV', default: -60, below: 'vTh', doc: 'potential after a spike' },
    tRef: { symbol: 't_ref', unit: 'ms', default: 5, min: 0, doc: 'refractory time' },
    iE: { symbol: 'I_e', unit: 'pA', default: 0, doc: 'constant current' },
  },
  derived: { decayE: 'exp(-dt / tauE)', decayI: 'exp(-dt / tauI)', rate: '2 * cM / dt' },
  state: {
    v: { doc: 'membrane potential', unit: 'mV', init: -60 },
    gE: { doc: 'excitatory conductance', unit: 'nS' },
    gI: { doc: 'inhibitory conductance', unit: 'nS' },
    r: { doc: 'refractory time left', unit: 'ms' },
  },
  inputs: {
    exc: { doc: 'jumps of the excitatory conductance', unit: 'nS' },
    inh: { doc: 'jumps of the inhibitory conductance, positive', unit: 'nS' },
  },
  equations: `
    ge = gE + exc
    gi = gI + inh
    g  = gL + ge + gi
    i  = gL * eL + ge * eE + gi * eI + iE
    v1 = where(r > dt / 2, vReset, ((rate - g) * v + 2 * i) / (rate + g))
    u  = (v1 - vTh) / (vTh - vReset)
    z' = spike(u)
    v' = where(z' > 0, vReset, v1)
    r' = max(r - dt, z' * tRef)
    gE' = ge * decayE
    gI' = gi * decayI`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});
