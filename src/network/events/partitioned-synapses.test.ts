import { describe, expect, it } from 'vitest';
import { normal, uniform } from '../../base/distribution.ts';
import { NumericsError } from '../../base/errors.ts';
import { defineSynapse, type SynapseInstance } from '../../expr/index.ts';
import { leakyReadout, poissonSource } from '../../neurons/index.ts';
import { rStdp, stdp, tripletStdp, tsodyksMarkram } from '../../synapses/index.ts';
import { everything } from '../plastic/testing/plastic-network.ts';
import { fixedInDegree, fixedProbability, pairs } from '../topology.ts';
import { EventSimulation } from './event-simulation.ts';
import type { EventNetworkSpec, EventProjectionSpec } from './event-spec.ts';
import { PartitionedSimulation } from './partitioned-simulation.ts';
import { slicesInTurn } from './slice-executor.ts';
import { digest } from './testing/digest.ts';
import { noisy } from './testing/noisy.ts';
import { randomPairs } from './topology-kinds.ts';

const listening = defineSynapse({
  name: 'listening',
  params: {},
  synapse: { w: 'weight' },
  pre: { x: 'what was heard' },
  signals: { reward: 'reward' },
  onStep: `
    x' = 0.9 * x + reward
    w' = 0.9 * w + 0.1 * reward`,
});

/** Slices of 64 neurons and less, and a critic that is in one part alone. */
const populations = {
  source: { size: 200, model: poissonSource({ rate: 0.1 }) },
  cells: { size: 150, model: noisy({ gain: 0.1 }) },
  critic: { size: 1, model: leakyReadout() },
};

const judge: EventProjectionSpec = {
  ...{ from: 'cells', to: 'critic', topology: fixedProbability(1), weights: 0.02, delay: 4 },
};

/** A plastic projection from Poisson sources and one among neurons, and what is heard of them. */
function networkOf(synapse: SynapseInstance, change: Partial<EventProjectionSpec> = {}): EventNetworkSpec {
  const common = { weights: uniform(0, 1), synapse, ...change };
  return {
    populations,
    projections: {
      in: { from: 'source', to: 'cells', topology: fixedProbability(0.2), delay: uniform(2, 9), ...common },
      rec: { from: 'cells', to: 'cells', topology: randomPairs(2000), delay: 3, ...common },
      judge,
    },
  };
}

const heard = { signals: { reward: 'critic' } };
const rules: Record<string, EventNetworkSpec> = {
  'pair STDP': networkOf(stdp({ aPlus: 0.1, aMinus: 0.09, mu: 0.3 })),
  'triplets of spikes': networkOf(tripletStdp({ a2Plus: 0.01, a3Plus: 0.02, a2Minus: 0.01, a3Minus: 0.01 })),
  'short-term plasticity': networkOf(tsodyksMarkram({ tauD: 60 })),
  'a reward from outside': { ...networkOf(rStdp()), signals: { reward: 0.5 } },
  'all blocks, an interval, draws of all kinds, a population as a signal': networkOf(everything(), {
    ...heard,
    initial: { theta: normal({ sd: 0.5 }) },
  }),
  'a population as a signal that is heard from the first step on': networkOf(listening(), heard),
  'draws, rows of one target, equal in-degrees': networkOf(everything({ interval: 0.3 }), {
    ...heard,
    ...{ topology: fixedInDegree(3), delay: 2, weights: 0.5 },
  }),
};

type Either = EventSimulation | PartitionedSimulation;

/** Everything that a network says of itself and of its plastic synapses, after runs of several lengths. */
async function story(simulation: Either, { projections, signals = {} }: EventNetworkSpec) {
  const told: unknown[] = [simulation.synapses];
  for (const [run, steps] of [150, 1, 99].entries()) {
    for (const name of Object.keys(signals)) await simulation.signal(name, run - 0.7);
    told.push(await simulation.run(steps));
    for (const [name, { synapse }] of Object.entries(projections)) {
      if (synapse) told.push(await simulation.plasticSynapses(name));
    }
    told.push(await simulation.state('cells', 'v'));
  }
  return digest(told);
}

const inParts = (spec: EventNetworkSpec, parts: number) =>
  PartitionedSimulation.create(spec, { seed: 5, executor: slicesInTurn({ parts }) });

describe.each(Object.entries(rules))('plastic synapses in parts, %s', (_, spec) => {
  it('have the bits of EventSimulation in 1, 2, 3 and 4 parts', async () => {
    const simulation = new EventSimulation(spec, { seed: 5 });
    const start = simulation.plasticSynapses('in');
    const whole = await story(simulation, spec);
    // The rules do something, or the test says nothing.
    expect(digest(simulation.plasticSynapses('in').variables)).not.toEqual(digest(start.variables));
    for (const parts of [1, 2, 3, 4]) {
      const divided = await inParts(spec, parts);
      expect(await story(divided, spec), `${parts} parts`).toEqual(whole);
      await divided.reset();
      expect(digest(await divided.plasticSynapses('in'))).toEqual(digest(start));
      expect(await story(divided, spec), `${parts} parts, anew`).toEqual(whole);
    }
  });
});

describe('plastic synapses in parts', () => {
  it('are shared out: a part has the synapses onto its neurons alone', async () => {
    const spec = networkOf(stdp());
    const whole = new EventSimulation(spec, { seed: 5 });
    const infos: { synapses: number; synapseBytes: number }[] = [];
    const turns = slicesInTurn({ parts: 2 });
    await PartitionedSimulation.create(spec, {
      seed: 5,
      executor: async (plan) => {
        const executor = await turns(plan);
        infos.push(...executor.infos);
        return executor;
      },
    });
    expect(infos[0]!.synapses + infos[1]!.synapses).toBe(whole.synapses);
    // 128 of 150 neurons, up to what is drawn; the other part has 22 and the critic.
    expect(infos[0]!.synapses / whole.synapses).toBeCloseTo(128 / 150, 1);
    // Rows of both parts: 8 delays of 200 sources, and 150 neurons; all else is shared out.
    const rows = 4 * (8 * 200 + 1 + 151);
    const [one, two] = infos.map(({ synapseBytes }) => synapseBytes);
    expect(Math.abs(one! + two! - whole.synapseBytes - rows)).toBeLessThan(0.01 * whole.synapseBytes);
  });

  it('have the presynaptic side of a part that has targets', async () => {
    const spec: EventNetworkSpec = {
      populations: {
        first: { size: 64, model: poissonSource({ rate: 0.2 }) },
        cells: { size: 64, model: noisy({ gain: 0.1 }) },
        critic: populations.critic,
      },
      projections: {
        in: {
          ...{ from: 'first', to: 'cells', topology: fixedProbability(0.2), weights: 0.5 },
          synapse: tripletStdp(),
        },
      },
    };
    const whole = new EventSimulation(spec, { seed: 5 });
    const divided = await inParts(spec, 3);
    whole.run(100);
    await divided.run(100);
    expect(digest(await divided.plasticSynapses('in'))).toEqual(digest(whole.plasticSynapses('in')));
    expect(whole.plasticSynapses('in').variables).toHaveProperty('r1');
  });

  it('name what is not finite as an undivided network does', async () => {
    const wild = defineSynapse({
      name: 'wild',
      params: {},
      synapse: { w: 'weight', e: 'grows after a postsynaptic spike' },
      onPost: "e' = 1",
      onStep: "e' = 1e20 * e",
      transmit: 'w',
    });
    const spec = networkOf(wild());
    const errors: unknown[] = [];
    const whole = new EventSimulation(spec, { seed: 5 });
    try {
      whole.run(40);
    } catch (error) {
      errors.push(error);
    }
    for (const parts of [2, 3]) {
      const divided = await inParts(spec, parts);
      errors.push(await divided.run(40).catch((reason: unknown) => reason));
      expect(digest(await divided.plasticSynapses('rec'))).toEqual(digest(whole.plasticSynapses('rec')));
    }
    for (const error of errors) expect(error).toBeInstanceOf(NumericsError);
    expect(errors.map((error) => (error as NumericsError).message)).toEqual(
      Array(3).fill((errors[0] as Error).message),
    );
    expect((errors[0] as Error).message).toMatch(/non-finite e in projection "in"/);
  });

  it('refuse what EventSimulation refuses', async () => {
    const divided = await inParts({ ...networkOf(rStdp()), signals: { reward: 0 } }, 2);
    await expect(divided.signal('rewards', 1)).rejects.toThrow('unknown signal "rewards" (known: reward)');
    await expect(divided.signal('reward', Number.NaN)).rejects.toThrow('expected a finite reward');
    await expect(divided.plasticSynapses('judge')).rejects.toThrow('unknown plastic projection "judge"');
    await expect(inParts(networkOf(rStdp()), 2)).rejects.toThrow('expected a source of signal "reward"');
    const chain = { topology: pairs([0], [0]), weights: 1, delay: 1, rewiring: { interval: 1, active: 'w' } };
    await expect(inParts(networkOf(stdp(), chain as Partial<EventProjectionSpec>), 2)).rejects.toThrow('got rewiring');
  });
});
