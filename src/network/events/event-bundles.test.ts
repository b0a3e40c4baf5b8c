import { describe, expect, it } from 'vitest';
import { normal } from '../../base/distribution.ts';
import { RandomStream } from '../../base/random.ts';
import { defineNeuron } from '../../expr/index.ts';
import { defineNetwork } from '../network.ts';
import { Simulation } from '../simulation.ts';
import { allToAll, fixedInDegree, pairs } from '../topology.ts';
import { EventSimulation } from './event-simulation.ts';
import type { EventNetworkSpec } from './event-spec.ts';

/** Noise and spikes; the sum of what arrives decides bits, so that its order matters. */
const noisy = defineNeuron({
  name: 'noisy',
  params: {},
  state: { v: { doc: 'potential' } },
  inputs: { jump: { doc: 'jumps' }, other: { doc: 'other jumps' } },
  equations: `
    v1 = 0.9 * v + 4 * normal() + jump - 0.5 * other
    s  = where(v1 > 5, 1, 0)
    v' = where(s > 0, 0, v1)`,
  output: 's',
});

const sizes = { a: 70, b: 130, c: 65 };
type Name = keyof typeof sizes;
const populations = Object.fromEntries(
  Object.entries(sizes).map(([name, size]) => [name, { size, model: noisy() }]),
) as Record<Name, { size: number; model: ReturnType<typeof noisy> }>;

/** All-to-all but for every third pair, with weights that are drawn or one third. */
function projection(from: Name, to: Name, delay: number, drawn: boolean, input = 'jump') {
  const random = new RandomStream(9, from.charCodeAt(0) * 256 + to.charCodeAt(0));
  const all = Array.from({ length: sizes[from] * sizes[to] }, (_, k) => k).filter((k) => k % 3 > 0);
  const pre = all.map((k) => Math.floor(k / sizes[to]));
  const post = all.map((k) => k % sizes[to]);
  const weights = drawn ? pre.map(() => 0.1 * random.normal()) : 1 / 30;
  return { from, to, input, topology: pairs(pre, post), weights, delay };
}

describe('bundles', () => {
  it.each([
    [
      'targets of one source',
      [
        ['a', 'b'],
        ['a', 'c'],
        ['a', 'a'],
        ['b', 'c'],
        ['b', 'a'],
      ],
      ['a', 'b'],
    ],
    [
      'sources in another order for another target',
      [
        ['a', 'b'],
        ['b', 'c'],
        ['a', 'c'],
        ['c', 'b'],
        ['b', 'b'],
      ],
      ['a', 'b', 'a', 'c', 'b'],
    ],
  ] as const)('have the bits of Simulation: %s', (_, ends, tables) => {
    for (const drawn of [true, false]) {
      const projections = Object.fromEntries(
        ends.map(([from, to]) => [`${from}${to}`, projection(from, to, 3, drawn)]),
      );
      const events = new EventSimulation({ populations, projections }, { seed: 3 });
      const { spikes, counts } = events.run(200);
      const net = defineNetwork({ inputs: {}, populations, projections });
      const dense = new Simulation(net, { seed: 3, dt: 0.1, record: { states: { c: ['v'] } } }).run(undefined, 200);
      for (const name of ['a', 'b', 'c'] as const) {
        const { time, neuron } = dense.spikes[name].events();
        expect([...spikes[name].time]).toEqual([...time]);
        expect([...spikes[name].neuron]).toEqual([...neuron]);
        expect(counts[name]).toBeGreaterThan(500);
      }
      expect(events.state('c', 'v')).toEqual(dense.states.c!.v!.data.slice(-sizes.c));
      const rows = tables.reduce((sum, from) => sum + 4 * (sizes[from] + 1), 0);
      expect(events.synapseBytes).toBe((drawn ? 6 : 2) * events.synapses + rows);
    }
  });

  it('keep inputs, weights and delays apart', () => {
    const spec = (names: readonly string[]): EventNetworkSpec<Name> => {
      const all = {
        one: projection('a', 'b', 3, false),
        other: projection('a', 'b', 3, false, 'other'),
        late: projection('a', 'b', 5, false),
        strong: { ...projection('a', 'c', 3, false), weights: 0.5 },
        drawn: { ...projection('a', 'c', 3, true) },
        spread: {
          ...({ from: 'a', to: 'c', input: 'jump', topology: fixedInDegree(20), weights: 1 / 30 } as const),
          delay: normal({ mean: 10, sd: 3 }),
        },
      };
      return { populations, projections: Object.fromEntries(names.map((name) => [name, all[name as 'one']])) };
    };
    const names = ['one', 'other', 'late', 'strong', 'drawn', 'spread'];
    const synapses = (some: readonly string[]) => new EventSimulation(spec(some), { seed: 1 });
    const together = synapses(names).run(300);
    const alone = names.map((name) => synapses([name]).run(300));
    // Neurons of `a` receive nothing, so that they spike alike in all: every spike is delivered by all its synapses.
    expect(together.counts.a).toBeGreaterThan(500);
    for (const { counts } of alone) expect(counts.a).toBe(together.counts.a);
    expect(together.synapticEvents).toBe(alone.reduce((sum, { synapticEvents }) => sum + synapticEvents, 0));
  });

  it('beyond the reach of 16 bits are several', () => {
    const size = 40_000;
    const common = { from: 'a', input: 'jump', topology: allToAll(), weights: 0.1 } as const;
    const projections = { ax: { ...common, to: 'x' }, ay: { ...common, to: 'y' } } as const;
    const many = { size, model: noisy() };
    const simulation = new EventSimulation(
      { populations: { a: { size: 3, model: noisy() }, x: many, y: many }, projections },
      { seed: 1 },
    );
    expect(simulation.synapseBytes).toBe(2 * 6 * size + 2 * 4 * 4);
    const { counts, synapticEvents } = simulation.run(100);
    expect(counts.a).toBeGreaterThan(10);
    expect(synapticEvents % (2 * size)).toBe(0);
  });
});
