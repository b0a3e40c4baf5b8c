import { describe, expect, it } from 'vitest';
import { InternalError, ParameterError, VolleyError } from '../../base/errors.ts';
import { cobaExp } from '../../neurons/index.ts';
import { rStdp, stdp } from '../../synapses/index.ts';
import { allToAll, pairs } from '../topology.ts';
import { EventSimulation } from './event-simulation.ts';
import type { EventNetworkSpec } from './event-spec.ts';
import { PartitionedSimulation } from './partitioned-simulation.ts';
import { slicesInTurn } from './slice-executor.ts';

type Parts = Record<string, Record<string, object>>;

/** A network as a program without types writes it, with `more` in one of its parts. */
function specWith(part: string, name: string, more: object): EventNetworkSpec {
  const parts: Parts = {
    populations: { e: { size: 4, model: cobaExp() }, f: { size: 3, model: cobaExp() } },
    projections: { p: { from: 'e', to: 'f', input: 'exc', topology: allToAll(), weights: 0.5 } },
    poisson: { noise: { to: 'e', input: 'exc', rate: 10, weights: 1 } },
    signals: { reward: 0 as unknown as object },
  };
  parts[part] = { ...parts[part], [name]: { ...parts[part]![name], ...more } };
  return parts as unknown as EventNetworkSpec;
}

/** What none of the parts takes, or only some do. */
const JUNK: readonly unknown[] = [
  ...[null, Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 1e12, 5n, 'x', true, () => 1],
  ...[[], {}, [1], [Number.NaN], { kind: 'foo' }],
  ...[{ kind: 'normal' }, { kind: 'normal', mean: 1, sd: Number.NaN }, { kind: 'uniform', low: 2, high: 1 }],
  ...[{ kind: 'fixedProbability' }, { kind: 'fixedInDegree', inDegree: -1 }, { kind: 'randomPairs', count: 0.5 }],
  ...[{ kind: 'pairs' }, { kind: 'pairs', pre: [0], post: [9] }, { kind: 'pairs', pre: [0.5], post: [1] }],
];

const PROJECTION = ['from', 'to', 'input', 'topology', 'weights', 'delay', 'synapse', 'signals', 'initial'];
const places: [string, (junk: unknown) => EventNetworkSpec][] = [
  ...PROJECTION.map((key): (typeof places)[number] => [
    `${key} of a projection`,
    (junk) => specWith('projections', 'p', { [key]: junk }),
  ]),
  ...['signals', 'initial', 'weights', 'delay'].map((key): (typeof places)[number] => [
    `${key} of plastic synapses`,
    (junk) => specWith('projections', 'p', { synapse: stdp(), [key]: junk }),
  ]),
  ...['weights', 'delay'].map((key): (typeof places)[number] => [
    `${key} of pairs`,
    (junk) => specWith('projections', 'p', { topology: pairs([0], [1]), [key]: junk }),
  ]),
  ['an initial variable', (junk) => specWith('projections', 'p', { synapse: rStdp(), initial: { c: junk } })],
  ...['size', 'model', 'start'].map((key): (typeof places)[number] => [
    `${key} of a population`,
    (junk) => specWith('populations', 'e', { [key]: junk }),
  ]),
  ['a start value', (junk) => specWith('populations', 'e', { start: { v: junk } })],
  ...['to', 'input', 'rate', 'weights'].map((key): (typeof places)[number] => [
    `${key} of a Poisson drive`,
    (junk) => specWith('poisson', 'noise', { [key]: junk }),
  ]),
  ...['populations', 'projections', 'poisson', 'signals'].flatMap((part): typeof places => [
    [part, (junk) => ({ ...specWith('populations', 'e', {}), [part]: junk }) as never],
    [`one of the ${part}`, (junk) => ({ ...specWith('populations', 'e', {}), [part]: { a: junk } }) as never],
  ]),
  ['the network itself', (junk) => junk as never],
];

const isTyped = (error: unknown) => error instanceof VolleyError && !(error instanceof InternalError);

async function outcome(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('junk in an event-driven network', () => {
  it.each(places)('as %s gives a typed error, or means something', async (_, specOf) => {
    for (const junk of JUNK) {
      const executor = slicesInTurn({ parts: 1 });
      const outcomes = [
        await outcome(() => new EventSimulation(specOf(junk), { seed: 1 }).run(2)),
        await outcome(async () => (await PartitionedSimulation.create(specOf(junk), { seed: 1, executor })).run(2)),
      ];
      for (const error of outcomes) expect(error === undefined || isTyped(error), `${String(error)}`).toBe(true);
    }
  });

  it.each(['seed', 'dt', 'arithmetic'])('as option %s gives a typed error, or means something', async (key) => {
    const spec = specWith('populations', 'e', {});
    for (const junk of JUNK) {
      const error = await outcome(() => new EventSimulation(spec, { seed: 1, [key]: junk } as never));
      expect(error === undefined || isTyped(error), `${String(error)}`).toBe(true);
    }
  });

  it.each<[string, (simulation: EventSimulation, junk: unknown) => unknown]>([
    ['a number of steps', (simulation, junk) => simulation.run(junk as never)],
    ['options of a run', (simulation, junk) => simulation.run(1, junk as never)],
    ['populations to record', (simulation, junk) => simulation.run(1, { record: junk as never })],
    ['a population to record', (simulation, junk) => simulation.run(1, { record: [junk as never] })],
    ['a population', (simulation, junk) => simulation.state(junk as never, 'v')],
    ['a state', (simulation, junk) => simulation.state('e', junk as never)],
    ['a projection', (simulation, junk) => simulation.plasticSynapses(junk as never)],
    ['a signal', (simulation, junk) => simulation.signal(junk as never, 1)],
    ['the value of a signal', (simulation, junk) => simulation.signal('reward', junk as never)],
  ])('as %s gives a typed error, or means something', async (_, call) => {
    const simulation = new EventSimulation(specWith('populations', 'e', {}), { seed: 1 });
    for (const junk of JUNK.filter((value) => value !== 1e12)) {
      const error = await outcome(() => call(simulation, junk));
      expect(error === undefined || isTyped(error), `${String(error)}`).toBe(true);
    }
  });
});

describe('the errors', () => {
  const build = (part: string, name: string, more: object) => () =>
    new EventSimulation(specWith(part, name, more), { seed: 1 });

  it.each<[string, () => unknown, string]>([
    [
      'a delay in ms',
      build('projections', 'p', { delay: 1.5 }),
      '1, 2 … time steps, got 1.5 (a delay in ms divided by dt)',
    ],
    ['a delay of null', build('projections', 'p', { delay: null }), 'a distribution or values as delay, got null'],
    [
      'an unknown distribution',
      build('projections', 'p', { weights: { kind: 'gamma' } }),
      'unknown distribution "gamma"',
    ],
    ['a probability of NaN', build('projections', 'p', { topology: { kind: 'fixedProbability' } }), 'got undefined'],
    ['an uncalled model', build('populations', 'e', { model: cobaExp }), 'expected a model with its values'],
    ['a start value of text', build('populations', 'e', { start: { v: 'x' } }), 'a distribution or a value per neuron'],
    [
      'a rate of NaN',
      build('poisson', 'noise', { rate: Number.NaN }),
      'expected a finite rate of 0 Hz or more, got NaN',
    ],
    ['no parts', () => slicesInTurn({ parts: 0 }), 'expected a whole number of parts, 1 or more, got 0'],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(message);
  });

  it('a simulation in parts without an executor', async () => {
    const create = PartitionedSimulation.create(specWith('populations', 'e', {}), { seed: 1 } as never);
    await expect(create).rejects.toThrow('expected an executor, got undefined');
  });
});
