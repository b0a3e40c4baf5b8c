import { defineSynapse } from '../expr/index.ts';

/**
 * Short-term plasticity: a spike uses the fraction u of the available resources x. Use facilitates (u grows), resources
 * recover. What is delivered is w·u·x, with u after and x before the spike; w itself is fixed.
 *
 * u and x depend on presynaptic spikes alone, so there is one of each per presynaptic neuron.
 *
 * @eq tsodyks1998networks (facilitation and depression)
 */
export const tsodyksMarkram = defineSynapse({
  name: 'tsodyks-markram',
  cite: 'tsodyks1998networks',
  params: {
    use: { symbol: 'U', unit: '1', default: 0.5, min: 0, max: 1, doc: 'use of resources by a first spike' },
    tauD: { symbol: 'τ_rec', unit: 'ms', default: 800, min: 1e-3, doc: 'time constant of recovery' },
    tauF: { symbol: 'τ_facil', unit: 'ms', default: 50, min: 1e-3, doc: 'time constant of facilitation' },
  },
  derived: { decayD: 'exp(-dt / tauD)', decayF: 'exp(-dt / tauF)' },
  synapse: { w: 'weight' },
  pre: { u: 'use of resources', x: { doc: 'available resources', init: 1 } },
  onPre: `
    u' = u + use * (1 - u)
    x' = x - u' * x`,
  onStep: `
    u' = decayF * u
    x' = 1 - decayD * (1 - x)`,
  transmit: "w * u' * x",
});
