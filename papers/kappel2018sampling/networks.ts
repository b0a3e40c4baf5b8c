import {
  allToAll,
  defineNetwork,
  fixedProbability,
  initialParameters,
  type Network,
  type NetworkParameters,
  normal,
  type ProjectionSpec,
  pairs,
  poissonDoubleExponential,
  RandomStream,
  type SynapseInstance,
  streamOf,
} from 'volley';

/** Sizes and starting values of a network with sampled synapses. */
export interface Potential {
  /** Potential synapses per pair of neurons, each with a projection of its own. */
  readonly copies: number;
  /** Mean and standard deviation of θ at the start. */
  readonly mean: number;
  readonly sd: number;
}

type Sampled = Omit<ProjectionSpec<'input' | 'exc', 'exc'>, 'from' | 'to' | 'weights'>;

const named = <T>(name: string, count: number, make: (copy: number) => T): Record<string, T> =>
  Object.fromEntries(Array.from({ length: count }, (_, k) => [`${name}${k}`, make(k)]));

const sampled = (synapse: SynapseInstance, { mean, sd }: Potential): Sampled => ({
  input: 'exc',
  synapse,
  initial: { theta: normal({ mean, sd }) },
});

const INPUTS = { dopa: { size: 1, kind: 'floats' } } as const;

/** Pattern routing: inputs to all acting neurons. */
export function routingNetwork(
  sizes: { readonly inputs: number; readonly outputs: number },
  synapse: SynapseInstance,
  potential: Potential,
): Network {
  const common = { ...sampled(synapse, potential), from: 'input', to: 'exc', weights: 0 } as const;
  return defineNetwork({
    inputs: { input: { size: sizes.inputs }, ...INPUTS },
    populations: { exc: { size: sizes.outputs, model: poissonDoubleExponential() } },
    projections: named('in', potential.copies, () => ({ ...common, topology: allToAll() })),
  });
}

/** Sizes of the lever network; of the excitatory neurons, the first get input, and the last ones act. */
export const LEVER = { inputs: 50, hidden: 40, withInput: 30, acting: 20, inhibitory: 20 } as const;

/** Pairs of an input and one of the first hidden neurons, each with probability 1/2. */
function inputPairs(seed: number, copy: number): ReturnType<typeof pairs> {
  const random = new RandomStream(seed, streamOf(`lever inputs ${copy}`));
  const all = Array.from({ length: LEVER.inputs * LEVER.withInput }, (_, k) => k).filter(() => random.uniform() < 0.5);
  return pairs(
    all.map((k) => Math.floor(k / LEVER.withInput)),
    all.map((k) => k % LEVER.withInput),
  );
}

/** Lever press: a recurrent network in which synapses from inputs and between excitatory neurons are sampled. */
export function leverNetwork(synapse: SynapseInstance, potential: Potential, seed: number): Network {
  const { copies } = potential;
  const own = { ...sampled(synapse, potential), to: 'exc', weights: 0 } as const;
  const inhibition = { input: 'inh', weights: normal({ mean: -1, sd: 0.2 }) } as const;
  return defineNetwork({
    inputs: { input: { size: LEVER.inputs }, ...INPUTS },
    populations: {
      exc: { size: LEVER.hidden + LEVER.acting, model: poissonDoubleExponential() },
      inh: { size: LEVER.inhibitory, model: poissonDoubleExponential({ tRef: 2, stepA: 0 }) },
    },
    projections: {
      ...named('in', copies, (k) => ({ ...own, from: 'input' as const, topology: inputPairs(seed, k) })),
      ...named('rec', copies, () => ({
        ...own,
        from: 'exc' as const,
        topology: fixedProbability(0.5, { self: false }),
        delay: 1,
      })),
      excite: {
        ...{ from: 'exc', to: 'inh', input: 'exc', topology: fixedProbability(0.575), delay: 1 },
        weights: normal({ mean: 0.5, sd: 0.1 }),
      },
      inhibit: { ...inhibition, from: 'inh', to: 'exc', topology: fixedProbability(0.6), delay: 1 },
      disinhibit: { ...inhibition, from: 'inh', to: 'inh', topology: fixedProbability(0.55), delay: 1 },
    },
  });
}

/** The weight of a synapse whose parameter is θ. */
export function weightOf(theta: number, { values }: SynapseInstance): number {
  return theta >= 0 ? values.w0! * Math.exp(theta - values.offset!) : 0;
}

/** Initial parameters in which every weight is what its θ says. */
export function startingParameters(network: Network, seed: number): NetworkParameters {
  const parameters = initialParameters(network, seed);
  const connections = { ...parameters.connections };
  for (const [name, { theta }] of Object.entries(parameters.synapses ?? {})) {
    const { synapse } = network.projections[name]!.plastic!;
    connections[name] = { ...connections[name]!, weights: theta!.map((value) => weightOf(value, synapse)) };
  }
  return { ...parameters, connections };
}
