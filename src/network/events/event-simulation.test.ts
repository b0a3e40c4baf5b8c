import { describe, expect, it } from 'vitest';
import { normal, uniform } from '../../base/distribution.ts';
import { RandomStream } from '../../base/random.ts';
import { defineNeuron } from '../../expr/index.ts';
import { cobaExp, iafPscDelta, iafPscExp } from '../../neurons/index.ts';
import { defineNetwork } from '../network.ts';
import { Simulation } from '../simulation.ts';
import { fixedInDegree, fixedNumber, fixedProbability, pairs } from '../topology.ts';
import { EventSimulation } from './event-simulation.ts';
import type { EventNetworkSpec } from './event-spec.ts';
import type { SpikeList } from './spike-list.ts';
import { randomPairs } from './topology-kinds.ts';

const keys = ({ time, neuron }: SpikeList): string[] => [...time].map((t, k) => `${t}:${neuron[k]}`);

/** Noise from the equations, so that both kinds of simulation have the same. */
const noisy = defineNeuron({
  name: 'noisy',
  params: { size: { symbol: 's', unit: 'mV', default: 4, doc: 'size of the noise' } },
  state: { v: { doc: 'potential', unit: 'mV' } },
  inputs: { jump: { doc: 'jumps', unit: 'mV' } },
  equations: `
    v1 = 0.9 * v + size * normal() + jump
    s  = where(v1 > 5 * size / 4, 1, 0)
    v' = where(s > 0, 0, v1)`,
  output: 's',
});

/** Random pairs between two populations, without repetition. */
function randomList(pre: number, post: number, count: number, stream: number) {
  const random = new RandomStream(5, stream);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.integer(pre * post));
  const all = [...chosen].sort((a, b) => a - b);
  return { pre: all.map((k) => Math.floor(k / post)), post: all.map((k) => k % post), random };
}

describe('EventSimulation', () => {
  it('computes the bits of Simulation', () => {
    const a = randomList(70, 130, 900, 1);
    const b = randomList(130, 70, 900, 2);
    const weightsA = a.pre.map(() => a.random.normal());
    const populations = {
      one: { size: 70, model: noisy() },
      two: { size: 130, model: iafPscDelta({ vTh: 3, vReset: 0, drive: 2.9 }) },
    };
    const common = {
      ab: { from: 'one', to: 'two', topology: pairs(a.pre, a.post), weights: weightsA, delay: 3 },
      ba: { from: 'two', to: 'one', topology: pairs(b.pre, b.post), weights: 0.7, delay: 7 },
      aa: {
        from: 'one',
        to: 'one',
        topology: pairs([0, 1, 1], [1, 2, 2].slice(0, 2).concat(3)),
        weights: -0.3,
        delay: 1,
      },
    } as const;
    const events = new EventSimulation({ populations, projections: common }, { seed: 3, dt: 0.5 }).run(300);
    const net = defineNetwork({ inputs: {}, populations, projections: common });
    const dense = new Simulation(net, { seed: 3, dt: 0.5 }).run(undefined, 300);
    for (const name of ['one', 'two'] as const) {
      const { time, neuron } = dense.spikes[name].events();
      expect(keys(events.spikes[name])).toEqual([...time].map((t, k) => `${t}:${neuron[k]}`));
      expect(events.counts[name]).toBeGreaterThan(500);
    }
  });

  it('delivers every synapse after its own delay', () => {
    const { pre, post, random } = randomList(60, 60, 800, 3);
    const delay = pre.map(() => 1 + random.integer(20));
    const population = { size: 60, model: noisy() };
    const together: EventNetworkSpec = {
      populations: { n: population },
      projections: { all: { from: 'n', to: 'n', topology: pairs(pre, post), weights: 0.5, delay } },
    };
    const apart = Array.from({ length: 20 }, (_, d) => {
      const own = delay.flatMap((steps, k) => (steps === d + 1 ? [k] : []));
      const topology = pairs(
        own.map((k) => pre[k]!),
        own.map((k) => post[k]!),
      );
      return [`d${d}`, { from: 'n', to: 'n', topology, weights: 0.5, delay: d + 1 }] as const;
    });
    const separate: EventNetworkSpec = { populations: { n: population }, projections: Object.fromEntries(apart) };
    const [x, y] = [together, separate].map((spec) => new EventSimulation(spec, { seed: 4 }).run(400));
    expect(keys(x!.spikes.n!)).toEqual(keys(y!.spikes.n!));
    expect(x!.synapticEvents).toBe(y!.synapticEvents);
    expect(x!.counts.n).toBeGreaterThan(500);
  });

  it('delivers by 32-bit targets beyond 65,536 neurons', () => {
    const size = 70_000;
    const chain = pairs([0, 69_998], [69_998, 69_999]);
    const start = new Float32Array(size).fill(0);
    start[0] = 50;
    const simulation = new EventSimulation(
      {
        populations: { n: { size, model: iafPscDelta(), start: { v: start } } },
        projections: { chain: { from: 'n', to: 'n', topology: chain, weights: 30, delay: 2 } },
      },
      { seed: 1 },
    );
    expect(keys(simulation.run(10).spikes.n)).toEqual(['0:0', '2:69998', '4:69999']);
  });

  it('goes on from run to run, and starts anew after reset', () => {
    const spec: EventNetworkSpec = {
      populations: { n: { size: 200, model: cobaExp(), start: { v: uniform(-60, -50) } } },
      projections: {
        rec: {
          from: 'n',
          to: 'n',
          input: 'exc',
          topology: fixedProbability(0.1),
          weights: normal({ mean: 3, sd: 0.3 }),
          delay: normal({ mean: 15, sd: 7 }),
        },
      },
      poisson: { noise: { to: 'n', input: 'exc', rate: 700, weights: 5 } },
    };
    const simulation = new EventSimulation(spec, { seed: 2 });
    const whole = simulation.run(1000);
    const state = simulation.state('n', 'gE');
    simulation.reset();
    const parts = [130, 1, 869].map((steps) => simulation.run(steps));
    expect(parts.reduce((sum, part) => sum + part.counts.n!, 0)).toBe(whole.counts.n);
    expect(parts.reduce((sum, part) => sum + part.synapticEvents, 0)).toBe(whole.synapticEvents);
    expect(simulation.state('n', 'gE')).toEqual(state);
    expect(whole.counts.n).toBeGreaterThan(1000);
    const other = new EventSimulation(spec, { seed: 3 }).run(1000);
    expect(keys(other.spikes.n!)).not.toEqual(keys(whole.spikes.n!));
  });

  it('counts a synaptic event per synapse of a neuron that spiked', () => {
    const simulation = new EventSimulation(
      {
        populations: { a: { size: 50, model: noisy() }, b: { size: 80, model: iafPscExp() } },
        projections: {
          ab: { from: 'a', to: 'b', input: 'exc', topology: { kind: 'allToAll', self: true }, weights: 1, delay: 4 },
        },
      },
      { seed: 1 },
    );
    const { counts, spikes, synapticEvents } = simulation.run(500);
    const delivered = [...spikes.a.time].filter((t) => t < 496).length;
    expect(delivered).toBeLessThan(counts.a);
    expect(synapticEvents).toBe(80 * delivered);
    expect(simulation.synapses).toBe(4000);
    expect(simulation.synapseBytes).toBe(2 * 4000 + 4 * 51);
  });

  it.each([
    ['a delay of 0', { delay: 0 }, /delays of 1, 2/],
    ['an unknown source', { from: 'x' }, /unknown source "x"/],
    ['a missing input', { input: undefined }, /expected the input of the target/],
    ['too many sources', { topology: fixedInDegree(11) }, /at most 10 connections/],
    ['fixedNumber', { topology: fixedNumber(5) }, /got fixedNumber/],
    ['no topology', { topology: undefined }, /expected a topology, got undefined \(one of: allToAll/],
    ['another topology', { topology: { kind: 'ring' } }, /expected a topology, got ring/],
    ['a topology that was not called', { topology: fixedInDegree }, /got a function that was not called/],
    ['more synapses than fit', { topology: randomPairs(3e9) }, /at most 4 GiB of simulation memory, got about 5.6 GiB/],
    ['weights without pairs', { weights: [1, 2] }, /expected a number or a distribution/],
    ['a weight that is not finite', { weights: Number.NaN }, /expected a finite weight/],
    ['delays that reach below 1', { delay: uniform(-5, 0) }, /between 1 and 4096/],
  ])('refuses %s', (_, change, message) => {
    const projection = { from: 'n', to: 'n', input: 'exc', topology: fixedProbability(0.5), weights: 1, ...change };
    const spec = { populations: { n: { size: 10, model: cobaExp() } }, projections: { p: projection } };
    expect(() => new EventSimulation(spec as unknown as EventNetworkSpec, { seed: 1 })).toThrow(message);
  });

  it('says which state is not finite', () => {
    const simulation = new EventSimulation(
      {
        populations: { n: { size: 8, model: iafPscDelta() } },
        projections: {},
        poisson: { drive: { to: 'n', rate: 1000, weights: -3e38 } },
      },
      { seed: 1 },
    );
    expect(() => simulation.run(1000)).toThrow(/non-finite v in population "n"/);
  });
});
