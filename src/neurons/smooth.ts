import { defineNeuron } from '../expr/index.ts';

/** Rectified linear unit, y = max(0, I): no memory, no spikes; differentiated exactly, with derivative 0 at I = 0. */
export const relu = defineNeuron({
  name: 'relu',
  cite: 'nair2010relu',
  params: {},
  state: {},
  inputs: { I: 'weighted sum' },
  equations: 'y = max(0, I)',
  output: 'y',
});

/** Linear unit, y = I + b: what a softmax reads in a network without time. */
export const linear = defineNeuron({
  name: 'linear',
  cite: 'bellec2018deepr',
  params: { bias: { symbol: 'b', unit: '1', default: 0, doc: 'offset of the output' } },
  state: {},
  inputs: { I: 'weighted sum' },
  equations: 'y = I + bias',
  output: 'y',
});
