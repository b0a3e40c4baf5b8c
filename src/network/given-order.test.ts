import { describe, expect, it } from 'vitest';
import { defineSynapse } from '../expr/index.ts';
import { lif } from '../neurons/index.ts';
import { stdp } from '../synapses/index.ts';
import { EventSimulation } from './events/index.ts';
import { defineNetwork, type Network } from './network.ts';
import type { ProjectionSpec } from './network-spec.ts';
import { initialParameters } from './parameters.ts';
import { Simulation } from './simulation.ts';
import { allToAll, pairs } from './topology.ts';

const marked = defineSynapse({
  name: 'marked',
  params: {},
  synapse: { w: 'weight', mark: '' },
  onPost: "mark' = mark",
});

const SIZE = 3;

const network = (projection: Partial<ProjectionSpec>, from = 'x'): Network =>
  defineNetwork<string, string, string>({
    inputs: { x: { size: SIZE } },
    populations: { cells: { size: SIZE, model: lif() } },
    projections: { p: { from, to: 'cells', weights: 0, ...projection } },
  });

/** What every synapse has, by its ends. */
function table(given: Network, variable: string): Record<string, number> {
  const { pre, post, variables } = new Simulation(given, { seed: 1 }).synapses('p');
  return Object.fromEntries([...pre].map((i, k) => [`${i} ${post[k]}`, variables[variable]![k]!]));
}

describe('values that are given one by one reach the synapses that they are meant for', () => {
  // [post, pre]: 10 post + pre.
  const matrix = Array.from({ length: SIZE ** 2 }, (_, k) => 10 * Math.floor(k / SIZE) + (k % SIZE));

  it('all-to-all: [post, pre], weights and initial values alike', () => {
    const given = network({ topology: allToAll(), weights: matrix, initial: { mark: matrix }, synapse: marked() });
    const wanted = { '0 0': 0, '0 1': 10, '0 2': 20, '1 0': 1, '1 1': 11, '1 2': 21, '2 0': 2, '2 1': 12, '2 2': 22 };
    expect(table(given, 'w')).toEqual(wanted);
    expect(table(given, 'mark')).toEqual(wanted);
  });

  it('all-to-all without self-connections: the same, whatever stands on the diagonal', () => {
    const given = network({ initial: { mark: matrix }, synapse: marked() }, 'cells');
    expect(table(given, 'mark')).toEqual({ '0 1': 10, '0 2': 20, '1 0': 1, '1 2': 21, '2 0': 2, '2 1': 12 });
  });

  it('pairs: one per pair, in any order, weights and initial values alike', () => {
    const topology = pairs([2, 0, 0], [1, 2, 0]);
    const values = [21, 2, 0];
    const given = network({ topology, weights: values, initial: { mark: values }, synapse: marked() });
    const wanted = { '2 1': 21, '0 2': 2, '0 0': 0 };
    expect(table(given, 'w')).toEqual(wanted);
    expect(table(given, 'mark')).toEqual(wanted);
    // Without a plastic synapse: sorted by (pre, post).
    const { weights } = initialParameters(network({ topology, weights: values }), 1).connections.p!;
    expect([...weights]).toEqual([0, 2, 21]);
  });

  it('pairs: as in an event-driven simulation', () => {
    const [topology, weights] = [pairs([2, 0], [1, 0]), [3, 0.25]] as const;
    const event = new EventSimulation(
      {
        populations: {
          a: { size: SIZE, model: lif({ vTh: 1 }), start: { v: [0, 0, 5] } },
          b: { size: SIZE, model: lif() },
        },
        projections: { p: { from: 'a', to: 'b', topology, weights } },
      },
      { seed: 1, dt: 1 },
    );
    event.run(2);
    const v = event.state('b', 'v');
    // Neuron 2 alone has spiked.
    expect(v[1]).not.toBe(0);
    expect(v[0]).toBe(0);
    expect(table(network({ topology, weights, synapse: marked() }), 'w')['2 1']).toBe(3);
  });
});

it('all-to-all synapses beyond 4 GiB are refused before they are made', () => {
  const huge = (synapse?: ProjectionSpec['synapse']) => () =>
    initialParameters(
      defineNetwork<string, string, string>({
        inputs: { x: { size: 20_000 } },
        populations: { cells: { size: synapse ? 20_000 : 60_000, model: lif() } },
        projections: { p: { from: 'x', to: 'cells', weights: 0, ...(synapse ? { synapse } : {}) } },
      }),
      1,
    );
  // 4·10⁸ synapses of 16 bytes: target, weight, and two words in a column; 1.2·10⁹ dense weights of 4.
  expect(huge(stdp())).toThrow('projection "p": expected at most 4 GiB of simulation memory, got 6.0 GiB of synapses');
  expect(huge()).toThrow('got 4.5 GiB of synapses');
});
