import { defineNeuron } from '../expr/index.ts';

/**
 * Source of a Poisson spike train: it spikes with the probability of one spike or more in a step, 1 - exp(-rate dt), and has
 * neither state nor input.
 */
export const poissonSource = defineNeuron({
  name: 'poisson-source',
  params: { rate: { symbol: 'r', unit: 'kHz', default: 0.01, min: 0, doc: 'rate' } },
  derived: { p: '1 - exp(-rate * dt)' },
  state: {},
  inputs: {},
  output: 'z',
  equations: 'z = bernoulli(p)',
});
