import { normal, uniform } from '../../../base/distribution.ts';
import { RandomStream } from '../../../base/random.ts';
import { defineNeuron, defineSynapse, triangular } from '../../../expr/index.ts';
import { leakyReadout } from '../../../neurons/index.ts';
import { FloatSequence, SpikeTrain } from '../../../tensor/index.ts';
import { defineNetwork } from '../../network.ts';
import { fixedProbability } from '../../topology.ts';

const spec = { symbol: 'p', doc: 'parameter' };

/** Every kind of variable in every block, with lazy and dense decays, signals, states of the neuron and draws of all scopes. */
export const everything = defineSynapse({
  name: 'everything',
  params: {
    tau: { ...spec, unit: 'ms', default: 20 },
    tauSlow: { ...spec, unit: 'ms', default: 300 },
    eta: { ...spec, unit: '1', default: 0.02 },
    interval: { ...spec, unit: 'ms', default: 7 },
  },
  derived: { decay: 'exp(-dt / tau)', slow: 'exp(-dt / tauSlow)' },
  synapse: {
    w: 'weight',
    e: 'eligibility, decays between events',
    rest: { doc: 'goes back to 0.25 between events', init: 1 },
    g: 'dense: reads the signal',
    theta: { doc: 'a walk', init: 0.1 },
  },
  pre: { x: 'trace', noisy: 'a trace with noise' },
  post: { y: 'trace', drive: 'low-passed membrane' },
  signals: { reward: 'reward' },
  reads: { v: 'membrane potential' },
  onPre: `
    hit = bernoulli(0.7)
    x' = x + 1
    noisy' = noisy + 0.1 * uniform()
    w' = clip(w - eta * y * hit + 0.001 * v, -1, 1)
    e' = e + hit * x'
    rest' = 0.9 * rest + 0.01 * normal()`,
  onPost: `
    y' = y + 1 + 0.1 * normal()
    w' = clip(w + eta * x * (1 - w) + 0.001 * uniform(), -1, 1)
    rest' = rest + 0.1 * y' - 0.02 * x
    e' = 0.5 * e + v * bernoulli(0.8)`,
  onStep: `
    x' = decay * x
    noisy' = decay * noisy + 0.01 * normal()
    y' = decay * y
    drive' = slow * drive + (1 - slow) * v
    e' = slow * e
    rest' = rest + 0.05 * (0.25 - rest)
    g' = 0.9 * g + reward * x' + 0.1 * (y - y') + 0.02 * noisy' + 0.01 * uniform()`,
  every: {
    interval: 'interval',
    equations: `
      theta' = theta + 0.01 * normal() + 0.1 * g + 0.01 * e
      x' = x + 0.001
      y' = y + 0.01 * uniform()
      w' = clip(0.99 * w + 0.01 * tanh(theta'), -1, 1)`,
  },
  transmit: "hit * w' * (1 + 0.1 * x)",
});

/** A leaky neuron whose potential is a number of order 1. */
export const cell = defineNeuron({
  name: 'cell',
  params: {},
  state: { v: 'membrane potential' },
  inputs: { I: 'current' },
  equations: `
    v' = 0.9 * v + 0.3 * I - z
    z' = spike(v' - 1)`,
  pseudoDerivative: triangular(),
});

export const PRE = 37;
export const POST = 23;

/** Plastic synapses from an input and within a population, sparse and all-to-all, with delays. */
export const plasticNetwork = defineNetwork({
  inputs: { x: { size: PRE }, drive: { size: POST, kind: 'floats' }, reward: { size: 1, kind: 'floats' } },
  populations: {
    hidden: { size: POST, model: cell() },
    out: { size: 1, model: leakyReadout() },
  },
  projections: {
    drive: { from: 'drive', to: 'hidden', weights: uniform(-0.1, 0.5) },
    in: {
      from: 'x',
      to: 'hidden',
      topology: fixedProbability(0.6),
      weights: uniform(-0.2, 0.3),
      synapse: everything(),
      initial: { theta: normal({ sd: 0.5 }) },
      delay: 2,
    },
    rec: {
      from: 'hidden',
      to: 'hidden',
      weights: uniform(-0.3, 0.1),
      synapse: everything({ tau: 10, interval: 3 }),
      signals: { reward: 'out' },
    },
    out: { from: 'hidden', to: 'out', weights: uniform(-0.5, 0.5) },
  },
});

/** Random inputs of the network. */
export function plasticInputs(steps: number, batch: number) {
  const random = new RandomStream(9, 1);
  const dense = Uint8Array.from({ length: steps * batch * PRE }, () => Number(random.uniform() < 0.1));
  const floats = (size: number) =>
    new FloatSequence(
      steps,
      batch,
      size,
      Float32Array.from({ length: steps * batch * size }, () => random.uniform()),
    );
  return { x: SpikeTrain.fromDense(dense, [steps, batch, PRE]), drive: floats(POST), reward: floats(1) };
}
