import { defineNeuron, triangular } from '../expr/index.ts';

const params = {
  tauM: { symbol: 'τ_m', unit: 'ms', default: 20, min: 1e-3, doc: 'membrane time constant' },
  tauA: { symbol: 'τ_a', unit: 'ms', default: 200, min: 1e-3, doc: 'threshold-adaptation time constant' },
  vTh: { symbol: 'v_th', unit: '1', default: 0.01, min: 1e-9, doc: 'baseline threshold' },
  beta: {
    symbol: 'β',
    unit: '1',
    default: 1.8,
    min: 0,
    doc: 'threshold rise per unit of adaptation; 0 gives a LIF neuron',
  },
  nRef: { symbol: 'n_ref', unit: '1', default: 5, min: 0, doc: 'least distance of two spikes, in time steps' },
} as const;

const derived = { alpha: 'exp(-dt / tauM)', rho: 'exp(-dt / tauA)' } as const;

const state = {
  v: 'membrane potential',
  a: 'adaptation: a low-pass of the own spikes, at most 1',
  r: 'refractory counter, in time steps; carries no gradient',
} as const;

/**
 * Adaptive LIF neuron: every own spike raises the threshold, which falls back with `tauA`. The canonical form: filters
 * are normalised, and the adaptive threshold A is both what a spike subtracts and the scale of the pseudo-derivative.
 *
 * A spike at t blocks steps t + 1 … t + nRef - 1.
 *
 * @eq bellec2018lsnn (1)-(3)
 */
export const alif = defineNeuron({
  name: 'alif',
  cite: 'bellec2018lsnn',
  params,
  derived,
  state,
  inputs: { I: 'synaptic current' },
  equations: `
    a' = rho * a + (1 - rho) * z
    A  = vTh + beta * a'
    v' = alpha * v + (1 - alpha) * I - z * A
    u  = (v' - A) / A
    z' = where(r > 0, 0, spike(u))
    r' = clip(r + nRef * stop(z') - 1, 0, nRef)`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});

/**
 * The canonical ALIF with the baseline threshold in place of the adaptive one in the reset and as the scale of the
 * pseudo-derivative: what {@link alifUnscaled} is an exact rescaling of.
 */
export const alifBaseThreshold = defineNeuron({
  name: 'alif-base-threshold',
  cite: 'bellec2018lsnn',
  params,
  derived,
  state,
  inputs: { I: 'synaptic current' },
  equations: `
    a' = rho * a + (1 - rho) * z
    v' = alpha * v + (1 - alpha) * I - z * vTh
    u  = (v' - vTh - beta * a') / vTh
    z' = where(r > 0, 0, spike(u))
    r' = clip(r + nRef * stop(z') - 1, 0, nRef)`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});
