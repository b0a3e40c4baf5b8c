import { defineNeuron, triangular } from '../expr/index.ts';

/**
 * Leaky integrate-and-fire neuron whose potential jumps with every input spike, the model of Brunel's network:
 * integrated exactly between the steps. A spike holds the potential at `vReset` for tRef/dt steps; what arrives in these is lost.
 *
 * Needs `vReset` below `vTh`.
 *
 * @eq brunel2000dynamics (1)
 */
export const iafPscDelta = defineNeuron({
  name: 'iaf-psc-delta',
  cite: 'brunel2000dynamics',
  params: {
    tauM: { symbol: 'τ_m', unit: 'ms', default: 20, min: 1e-3, doc: 'membrane time constant' },
    eL: { symbol: 'E_L', unit: 'mV', default: 0, doc: 'resting potential' },
    vTh: { symbol: 'θ', unit: 'mV', default: 20, doc: 'threshold' },
    vReset: { symbol: 'V_r', unit: 'mV', default: 10, below: 'vTh', doc: 'potential after a spike' },
    tRef: { symbol: 'τ_rp', unit: 'ms', default: 2, min: 0, doc: 'refractory time' },
    drive: { symbol: 'R I_e', unit: 'mV', default: 0, doc: 'what a constant current adds to the resting potential' },
  },
  derived: { decayM: 'exp(-dt / tauM)', pull: '(1 - decayM) * (eL + drive)' },
  state: {
    v: { doc: 'membrane potential', unit: 'mV' },
    r: { doc: 'refractory time left', unit: 'ms' },
  },
  inputs: { jump: { doc: 'jumps of the potential', unit: 'mV' } },
  equations: `
    v1 = v + where(r > dt / 2, 0, jump + (pull - (1 - decayM) * v))
    u  = (v1 - vTh) / (vTh - vReset)
    z' = spike(u)
    v' = where(z' > 0, vReset, v1)
    r' = max(r - dt, z' * tRef)`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});
