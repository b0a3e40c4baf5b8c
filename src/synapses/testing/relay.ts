import { defineNeuron, type SynapseInstance, triangular } from '../../expr/index.ts';
import { defineNetwork, type Network, oneToOne, type Topology, type Weights } from '../../network/index.ts';

/** Spikes when the input `told` does, and adds up the currents of `I`. */
export const relay = defineNeuron({
  name: 'relay',
  params: {},
  state: { total: 'sum of all currents' },
  inputs: { told: 'spikes to repeat', I: 'current' },
  equations: `
    total' = total + I
    z' = spike(told - 0.5)`,
  pseudoDerivative: triangular(),
});

/** A plastic projection from the input `pre` onto neurons that repeat the spikes of the input `told`; a signal `reward`. */
export function relayNetwork(
  sizes: { readonly pre: number; readonly post: number },
  projection: { readonly topology: Topology; readonly weights: Weights; readonly synapse: SynapseInstance },
): Network {
  return defineNetwork({
    inputs: { pre: { size: sizes.pre }, told: { size: sizes.post }, reward: { size: 1, kind: 'floats' } },
    populations: { post: { size: sizes.post, model: relay() } },
    projections: {
      told: { from: 'told', to: 'post', input: 'told', topology: oneToOne(), weights: 1 },
      plastic: { from: 'pre', to: 'post', input: 'I', ...projection },
    },
  });
}
