import { defineNeuron, triangular } from '../expr/index.ts';

/**
 * Leaky integrate-and-fire neuron whose input spikes cause currents w · (t/τ) · exp(1 - t/τ), which peak at w after τ:
 * integrated exactly between the steps. A spike holds the potential at `vReset` for tRef/dt steps, while currents go on.
 *
 * Needs `tauM` different from `tauE` and `tauI`, and `vReset` below `vTh`.
 *
 * @eq rotter1999exact (exact integration, alpha-shaped currents)
 */
export const iafPscAlpha = defineNeuron({
  name: 'iaf-psc-alpha',
  cite: 'rotter1999exact',
  params: {
    cM: { symbol: 'C_m', unit: 'pF', default: 250, min: 1e-3, doc: 'membrane capacitance' },
    tauM: { symbol: 'τ_m', unit: 'ms', default: 10, min: 1e-3, doc: 'membrane time constant' },
    tauE: { symbol: 'τ_e', unit: 'ms', default: 2, min: 1e-3, doc: 'time to the peak of excitatory currents' },
    tauI: { symbol: 'τ_i', unit: 'ms', default: 2, min: 1e-3, doc: 'time to the peak of inhibitory currents' },
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
    // ∫ of the membrane's response to currents that start as 1 · exp(-t/τ) and as t · exp(-t/τ)
    rateE: '1 / tauE - 1 / tauM',
    rateI: '1 / tauI - 1 / tauM',
    gainE: '(decayM - decayE) / rateE / cM',
    gainI: '(decayM - decayI) / rateI / cM',
    slopeGainE: '(decayM - decayE * (1 + rateE * dt)) / rateE^2 / cM',
    slopeGainI: '(decayM - decayI * (1 + rateI * dt)) / rateI^2 / cM',
    jumpE: 'exp(1) / tauE',
    jumpI: 'exp(1) / tauI',
    pull: '(1 - decayM) * (eL + iE * tauM / cM)',
  },
  state: {
    v: { doc: 'membrane potential', unit: 'mV', init: -70 },
    sE: { doc: 'slope of the excitatory current', unit: 'pA/ms' },
    cE: { doc: 'excitatory current', unit: 'pA' },
    sI: { doc: 'slope of the inhibitory current', unit: 'pA/ms' },
    cI: { doc: 'inhibitory current', unit: 'pA' },
    r: { doc: 'refractory time left', unit: 'ms' },
  },
  inputs: {
    exc: { doc: 'peaks of the excitatory currents that begin', unit: 'pA' },
    inh: { doc: 'peaks of the inhibitory currents that begin, negative', unit: 'pA' },
  },
  equations: `
    e  = sE + jumpE * exc
    i  = sI + jumpI * inh
    w  = gainE * cE + slopeGainE * e + gainI * cI + slopeGainI * i
    v1 = v + where(r > dt / 2, 0, w + (pull - (1 - decayM) * v))
    u  = (v1 - vTh) / (vTh - vReset)
    z' = spike(u)
    v' = where(z' > 0, vReset, v1)
    r' = max(r - dt, z' * tRef)
    cE' = (cE + dt * e) * decayE
    cI' = (cI + dt * i) * decayI
    sE' = e * decayE
    sI' = i * decayI`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});
