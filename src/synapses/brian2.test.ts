import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SynapseInstance } from '../expr/index.ts';
import {
  allToAll,
  initialParameters,
  type Network,
  oneToOne,
  Simulation,
  simulateReference,
} from '../network/index.ts';
import { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import { rStdp, stdp, tripletStdp, tsodyksMarkram } from './index.ts';
import { relayNetwork } from './testing/relay.ts';

interface Golden {
  readonly dt: number;
  readonly steps: number;
  readonly every: number;
  readonly pre: number;
  readonly post: number;
  readonly preSpikes: [step: number, neuron: number][];
  readonly postSpikes: [step: number, neuron: number][];
  readonly pairSpikes: [step: number, neuron: number][];
  readonly start: number[];
  readonly reward: number[];
  readonly rules: Record<string, { values: Record<string, number>; samples: number[][] }>;
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../../test/golden/brian2-synapses.json', import.meta.url), 'utf8'),
);
const { dt, steps, every, pre, post } = golden;
const PAIRS = golden.start.length;

function train(size: number, spikes: readonly [number, number][]): SpikeTrain {
  const dense = new Uint8Array(steps * size);
  for (const [step, neuron] of spikes) dense[step * size + neuron] = 1;
  return SpikeTrain.fromDense(dense, [steps, 1, size]);
}

function network(synapse: SynapseInstance, paired: boolean): Network {
  if (paired) {
    return relayNetwork({ pre: PAIRS, post: PAIRS }, { topology: oneToOne(), weights: golden.start, synapse });
  }
  return relayNetwork({ pre, post }, { topology: allToAll(), weights: byPost(golden.start), synapse });
}

/** [pre, post] → [post, pre]. */
const byPost = (values: readonly number[]): number[] =>
  values.map((_, k) => values[(k % pre) * post + Math.floor(k / pre)]!);

function inputs(paired: boolean) {
  const reward = Float32Array.from({ length: steps }, (_, t) => golden.reward[Math.floor(t / every)]!);
  return {
    pre: paired ? train(PAIRS, golden.pairSpikes) : train(pre, golden.preSpikes),
    told: paired ? train(PAIRS, []) : train(post, golden.postSpikes),
    reward: new FloatSequence(steps, 1, 1, reward),
  };
}

/** `every` steps of an activity. */
function cut(activity: SpikeTrain | FloatSequence, from: number): SpikeTrain | FloatSequence {
  const { size } = activity;
  if ('rowBytes' in activity) {
    const { rowBytes, data } = activity;
    return new SpikeTrain(every, 1, size, data.slice(from * rowBytes, (from + every) * rowBytes));
  }
  return new FloatSequence(every, 1, size, activity.data.slice(from * size, (from + every) * size));
}

/** Weights, or sums of what was delivered, after every `every` steps. */
function simulated(net: Network, paired: boolean): number[][] {
  const simulation = new Simulation(net, { seed: 1, dt, record: { states: { post: ['total'] } } });
  const all = inputs(paired);
  return Array.from({ length: steps / every }, (_, k) => {
    const part = Object.fromEntries(Object.entries(all).map(([name, activity]) => [name, cut(activity, k * every)]));
    const { states } = simulation.run(part);
    if (!paired) return [...simulation.synapses('plastic').variables.w!];
    return [...states.post!.total!.data.subarray(-PAIRS)];
  });
}

const RULES = [
  ['stdpAdditive', stdp, false],
  ['stdpMultiplicative', stdp, false],
  ['tripletStdp', tripletStdp, false],
  ['rStdp', rStdp, false],
  ['tsodyksMarkram', tsodyksMarkram, true],
] as const;

// @eq song2000stdp (modification function)
// @eq pfister2006triplets (triplet rule)
// @eq izhikevich2007dopamine (eligibility trace and weight)
// @eq tsodyks1998networks (facilitation and depression)
describe('twenty synapses on fixed spike trains go as in Brian2', () => {
  it.each(RULES)('%s', (name, model, paired) => {
    const { values, samples } = golden.rules[name]!;
    const got = simulated(network((model as typeof stdp)(values), paired), paired);
    let largest = 0;
    got.forEach((row, k) => {
      row.forEach((value, synapse) => {
        // A weight that has been of order 1 keeps the rounding of that when it is small.
        const size = Math.max(0.01, samples[k]![synapse]!);
        largest = Math.max(largest, Math.abs(value - samples[k]![synapse]!) / size);
      });
    });
    // Traces decay in float32, some hundred steps until they are small, each rounded to 6e-8.
    expect(largest).toBeLessThan(1e-5);
    // Something was learned, and differently by different synapses.
    const last = samples.at(-1)!;
    expect(Math.max(...last.map((value, synapse) => Math.abs(value - golden.start[synapse]!)))).toBeGreaterThan(0.05);
  });
});

it('the float64 reference is Brian2 to the digits that were kept', () => {
  const { values, samples } = golden.rules.tripletStdp!;
  const net = network(tripletStdp(values), false);
  const parameters = initialParameters(net, 1);
  const start = { ...parameters.connections.plastic!, weights: golden.start };
  const exact = { ...parameters, connections: { ...parameters.connections, plastic: start } };
  const part = 10 * every;
  const trace = simulateReference(net, exact, inputs(false), { batch: 1, dt, steps: part });
  trace.plastic.plastic!.variables.w!.forEach((w, k) => {
    expect(Math.abs(w - samples[9]![k]!)).toBeLessThan(1e-11);
  });
});
