import { defineNeuron, type SynapseInstance, triangular } from '../../expr/index.ts';
import { allToAll, defineNetwork, Simulation } from '../../network/index.ts';
import { FloatSequence, SpikeTrain } from '../../tensor/index.ts';

/** Never spikes; `bap` is its input. */
const mute = defineNeuron({
  name: 'mute',
  params: {},
  state: { bap: 'learning signal' },
  inputs: { told: 'learning signal', I: 'current' },
  equations: `
    bap' = told
    z'   = spike(-1 - 0 * I)`,
  pseudoDerivative: triangular(),
});

/** Neurons at the ends of the sampled synapses, all to all: 2000 synapses. */
const [PRE, POST] = [50, 40];

const identity = (size: number) => Array.from({ length: size * size }, (_, k) => Number(k % (size + 1) === 0));

/** Sampled synapses `in` on neurons that never spike, whose learning signal is told from outside. */
export function samplingSimulation(synapse: SynapseInstance, theta: number): Simulation {
  const network = defineNetwork({
    inputs: { x: { size: PRE }, told: { size: POST, kind: 'floats' }, dopa: { size: 1, kind: 'floats' } },
    populations: { cells: { size: POST, model: mute() } },
    projections: {
      told: { from: 'told', to: 'cells', input: 'told', weights: Float32Array.from(identity(POST)) },
      in: {
        from: 'x',
        to: 'cells',
        input: 'I',
        topology: allToAll(),
        weights: theta < 0 ? 0 : Math.exp(theta - 3),
        initial: { theta },
        synapse,
      },
    },
  });
  return new Simulation(network, { seed: 8, record: { outputs: [] } });
}

/** Inputs of some steps: no spikes, or one of every neuron in the first step; constant signals. */
export function samplingInputs(steps: number, { spike = false, bap = 0, dopa = 0 } = {}) {
  const x = new SpikeTrain(steps, 1, PRE);
  if (spike) for (let i = 0; i < PRE; i++) x.set(0, 0, i);
  const constant = (size: number, value: number) =>
    new FloatSequence(steps, 1, size, new Float32Array(steps * size).fill(value));
  return { x, told: constant(POST, bap), dopa: constant(1, dopa) };
}
