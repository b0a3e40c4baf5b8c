import { describe, expect, it } from 'vitest';
import { normal, uniform } from '../../base/distribution.ts';
import { NumericsError } from '../../base/errors.ts';
import { defineNeuron } from '../../expr/index.ts';
import { cobaExp, iafPscDelta, iafPscExp } from '../../neurons/index.ts';
import { fixedInDegree, fixedProbability, pairs } from '../topology.ts';
import { EventSimulation } from './event-simulation.ts';
import type { EventNetworkSpec } from './event-spec.ts';
import { PartitionedSimulation } from './partitioned-simulation.ts';
import { slicesInTurn } from './slice-executor.ts';
import type { SpikeList } from './spike-list.ts';
import { checksum } from './testing/digest.ts';
import { randomPairs } from './topology-kinds.ts';

const keys = ({ time, neuron }: SpikeList): string[] => [...time].map((t, k) => `${t}:${neuron[k]}`);

/** Uniform and normal draws, a parameter per neuron. */
const noisy = defineNeuron({
  name: 'noisy',
  params: {
    size: { symbol: 's', unit: 'mV', default: 4, doc: 'size of the noise' },
    bound: { symbol: 'b', unit: 'mV', default: 5, doc: 'threshold' },
  },
  state: { v: { doc: 'potential', unit: 'mV' } },
  inputs: { jump: { doc: 'jumps', unit: 'mV' } },
  equations: `
    v1 = 0.9 * v + size * normal() + (size * uniform() - size / 2) + jump
    s  = where(v1 > bound, 1, 0)
    v' = where(s > 0, 0, v1)`,
  output: 's',
});

const groups = ['exc', 'inh'] as const;
const between = <T>(make: (from: (typeof groups)[number], to: (typeof groups)[number]) => T) =>
  Object.fromEntries(groups.flatMap((from) => groups.map((to) => [`${from}-${to}`, { from, to, ...make(from, to) }])));

const networks: Record<string, EventNetworkSpec> = {
  'conductances, a delay of one step': {
    populations: Object.fromEntries(
      groups.map((name) => [
        name,
        {
          size: name === 'exc' ? 330 : 90,
          model: cobaExp(),
          start: { v: uniform(-60, -50), gE: normal({ mean: 40, sd: 15 }) },
        },
      ]),
    ),
    projections: between((from) => ({
      input: from,
      topology: fixedProbability(0.2, { self: false }),
      weights: from === 'exc' ? 6 : 67,
    })),
    poisson: { kick: { to: 'exc', input: 'exc', rate: 300, weights: 6 } },
  },
  'delta synapses, a delay of 15 steps': {
    populations: { exc: { size: 400, model: iafPscDelta() }, inh: { size: 100, model: iafPscDelta() } },
    projections: between((from) => ({
      topology: fixedInDegree(from === 'exc' ? 40 : 10),
      weights: from === 'exc' ? 0.5 : -2.5,
      delay: 15,
    })),
    poisson: { exc: { to: 'exc', rate: 4400, weights: 0.5 }, inh: { to: 'inh', rate: 4400, weights: 0.5 } },
  },
  'drawn weights and delays, populations of one unit and less': {
    populations: {
      a: { size: 61, model: iafPscExp({ tauE: 0.5, tauI: 0.5 }), start: { v: normal({ mean: -58, sd: 5 }) } },
      b: { size: 200, model: iafPscExp({ tauE: 0.5, tauI: 0.5 }), start: { v: normal({ mean: -58, sd: 5 }) } },
      c: { size: 1, model: iafPscDelta({ drive: 40 }) },
    },
    projections: {
      ab: {
        from: 'a',
        to: 'b',
        input: 'exc',
        topology: randomPairs(1500),
        weights: normal({ mean: 100, sd: 10 }),
        delay: normal({ mean: 15, sd: 7 }),
      },
      ba: {
        from: 'b',
        to: 'a',
        input: 'inh',
        topology: randomPairs(1500),
        weights: normal({ mean: -50, sd: 5 }),
        delay: uniform(3, 8),
      },
      cb: { from: 'c', to: 'b', input: 'exc', topology: fixedProbability(0.5), weights: 500, delay: 20 },
    },
    poisson: {
      a: { to: 'a', input: 'exc', rate: 9000, weights: 150 },
      b: { to: 'b', input: 'exc', rate: 9000, weights: 150 },
      c: { to: 'c', rate: 9000, weights: 8 },
    },
  },
  'draws in equations, parameters per neuron, an unheard population': {
    populations: {
      one: { size: 300, model: noisy({ size: Array.from({ length: 300 }, (_, n) => 3 + (n % 7) / 3) }) },
      two: {
        size: 130,
        model: noisy({ bound: uniform(5, 9) }),
        start: { v: Float32Array.from({ length: 130 }, (_, n) => n / 100) },
      },
    },
    projections: {
      listed: {
        ...{ from: 'one', to: 'two', topology: pairs([0, 150, 299, 299, 64], [129, 64, 63, 63, 0]) },
        ...{ weights: [1, -2, 3, 4, 5], delay: [2, 9, 70, 2, 3] },
      },
      inner: { from: 'one', to: 'one', topology: fixedProbability(0.05), weights: 0.5, delay: 2 },
    },
  },
};

/** Everything that a network says of itself after runs of several lengths. */
async function story(simulation: EventSimulation | PartitionedSimulation, spec: EventNetworkSpec) {
  const runs = [];
  for (const steps of [200, 1, 399]) {
    const { spikes, counts, synapticEvents } = await simulation.run(steps);
    const lists = Object.entries(spikes).map(([name, { time, neuron, ...rest }]) => {
      return { name, ...rest, time: checksum(time), neuron: checksum(neuron) };
    });
    runs.push({ lists, counts, synapticEvents });
  }
  const states: Record<string, number> = {};
  for (const [name, { model }] of Object.entries(spec.populations)) {
    for (const state of Object.keys(model.model.definition.state)) {
      states[`${name}.${state}`] = checksum(await simulation.state(name, state));
    }
  }
  return { runs, states, synapses: simulation.synapses };
}

describe.each(Object.entries(networks))('PartitionedSimulation, %s', (_, spec) => {
  it('has the bits of EventSimulation in 1, 2, 3 and 4 parts', async () => {
    const whole = await story(new EventSimulation(spec, { seed: 5 }), spec);
    for (const count of Object.values(whole.runs[2]!.counts)) expect(count).toBeGreaterThan(10);
    for (const parts of [1, 2, 3, 4]) {
      const simulation = await PartitionedSimulation.create(spec, { seed: 5, executor: slicesInTurn({ parts }) });
      expect(await story(simulation, spec), `${parts} parts`).toEqual(whole);
      await simulation.reset();
      expect(await story(simulation, spec), `${parts} parts, anew`).toEqual(whole);
    }
  });
});

describe('PartitionedSimulation', () => {
  it.each([1, 2, 5, 64, 70])('hands a spike on to another part after a delay of %i steps exactly', async (delay) => {
    const size = 200;
    const start = new Float32Array(size);
    start[10] = 50;
    const chain = pairs([10, 190, 70, 130], [190, 70, 130, 10]);
    const spec: EventNetworkSpec = {
      populations: { n: { size, model: iafPscDelta({ tRef: 0.1 }), start: { v: start } } },
      projections: { chain: { from: 'n', to: 'n', topology: chain, weights: 30, delay } },
    };
    const simulation = await PartitionedSimulation.create(spec, { seed: 1, executor: slicesInTurn({ parts: 4 }) });
    const { spikes } = await simulation.run(4 * delay + 1);
    expect(keys(spikes.n!)).toEqual([10, 190, 70, 130, 10].map((neuron, k) => `${k * delay}:${neuron}`));
  });

  it('names the state that is not finite as an undivided network does, and starts anew after it', async () => {
    const spec: EventNetworkSpec = {
      populations: { quiet: { size: 70, model: iafPscDelta() }, n: { size: 300, model: iafPscDelta() } },
      projections: {},
      poisson: { drive: { to: 'n', rate: 20, weights: -3e38 } },
    };
    const messages = [];
    const whole = new EventSimulation(spec, { seed: 1 });
    try {
      whole.run(1000);
    } catch (error) {
      messages.push((error as Error).message);
    }
    for (const parts of [2, 4]) {
      const simulation = await PartitionedSimulation.create(spec, { seed: 1, executor: slicesInTurn({ parts }) });
      for (let again = 0; again < 2; again++) {
        const error: unknown = await simulation.run(1000).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(NumericsError);
        messages.push((error as Error).message);
        await simulation.reset();
      }
    }
    expect(messages).toHaveLength(5);
    expect(new Set(messages).size).toBe(1);
    expect(messages[0]).toMatch(/non-finite v in population "n"/);
  });

  it('refuses what EventSimulation refuses', async () => {
    const spec: EventNetworkSpec = { populations: { n: { size: 100, model: iafPscDelta() } }, projections: {} };
    const create = (parts: number) =>
      PartitionedSimulation.create(spec, { seed: 1, executor: slicesInTurn({ parts }) });
    await expect(create(3)).rejects.toThrow(/expected 1 to 2 parts, got 3/);
    const simulation = await create(2);
    await expect(simulation.run(-1)).rejects.toThrow(/whole number of steps/);
    await expect(simulation.run(1, { record: ['x'] })).rejects.toThrow(/unknown spiking population "x"/);
    await expect(simulation.state('x', 'v')).rejects.toThrow(/unknown population "x"/);
    await expect(simulation.state('n', 'w')).rejects.toThrow(/unknown state "w"/);
  });
});
