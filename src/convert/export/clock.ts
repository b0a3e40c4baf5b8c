import { defineNeuron, type NeuronModel, triangular } from '../../expr/index.ts';

/** Passes a spike on in the same step; remembers nothing. A ring of them is a clock. */
export const relay = defineNeuron({
  name: 'relay',
  params: {},
  state: {},
  inputs: { I: 'spikes, weighted 1' },
  equations: "z' = spike(I - 0.5)",
  pseudoDerivative: triangular(),
});

/**
 * What reads few-spike neurons out: adds up what their spikes are worth in one phase, without spiking.
 *
 * Inputs as those of `fewSpikeNeuron`, except that what arrives in the step of `load` already counts for the new phase.
 *
 * @param sources - number of populations that project to it, each with its own d(t)
 */
export function fewSpikeReadout(sources: number): NeuronModel {
  const numbers = Array.from({ length: sources }, (_, k) => k + 1);
  return defineNeuron({
    name: 'few-spike-readout',
    cite: 'stoeckl2021fs',
    params: { inputBias: { symbol: 'b_in', unit: '1', default: 0, doc: 'bias of the weighted sum' } },
    state: { F: 'sum of this phase so far' },
    inputs: {
      ...Object.fromEntries(numbers.map((k) => [`I${k}`, `weighted spikes of source ${k}`])),
      ...Object.fromEntries(numbers.map((k) => [`D${k}`, `what a spike of source ${k} is worth now`])),
      load: 'positive where a new phase begins',
    },
    equations: [
      ["F' = where(load > 0, 0, F)", ...numbers.map((k) => `D${k} * I${k}`)].join(' + '),
      "y  = F' + inputBias",
    ].join('\n'),
    output: 'y',
  });
}
