import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normal, uniform } from '../../src/base/distribution.ts';
import { RandomStream } from '../../src/base/random.ts';
import { defineNeuron, type SynapseModel, triangular } from '../../src/expr/index.ts';
import { digest } from '../../src/network/events/testing/digest.ts';
import {
  type EventNetworkSpec,
  EventSimulation,
  fixedInDegree,
  fixedProbability,
  PartitionedSimulation,
  pairs,
  randomPairs,
  slicesInTurn,
} from '../../src/network/index.ts';
import { leakyReadout, poissonSource } from '../../src/neurons/index.ts';
import { choiceLists } from './expr-models.ts';
import { randomSynapse } from './synapse-models.ts';

const SEED = 11;
const STEPS = [20, 1, 12] as const;

/** Spikes at random, and more with input. */
const cell = defineNeuron({
  name: 'cell',
  params: {},
  state: { v: 'low-passed noise' },
  inputs: { I: 'current' },
  equations: `
    v' = 0.7 * v + normal() + tanh(I)
    z' = spike(v' - 1.2)`,
  pseudoDerivative: triangular(),
});

/** Sizes around multiples of 64, where networks are cut; 4 parts have a unit each. */
const SIZES = [1, 17, 63, 64, 65, 100, 128, 130, 200] as const;

function randomNetwork(model: SynapseModel, seed: number): EventNetworkSpec {
  const random = new RandomStream(seed, 8);
  const size = () => SIZES[random.integer(SIZES.length)]!;
  const sizes: Readonly<Record<string, number>> = { first: size(), source: size(), cells: size() };
  const populations = {
    first: { size: sizes.first!, model: cell() },
    source: { size: sizes.source!, model: poissonSource({ rate: 0.3 }) },
    critic: { size: 1, model: leakyReadout() },
    cells: { size: sizes.cells!, model: cell(), start: { v: normal({ sd: 1 }) } },
    last: { size: 70, model: poissonSource({ rate: 0.1 }) },
  };
  const topology = (from: string, to: string) => {
    const [pre, post] = [sizes[from]!, sizes[to]!];
    const kinds = [
      () => fixedProbability(random.uniform()),
      () => fixedInDegree(1 + random.integer(Math.min(pre, 20))),
      () => randomPairs(random.integer(600)),
      () => {
        const ends = Array.from({ length: 300 }, () => [random.integer(pre), random.integer(post)] as const);
        return pairs(
          ends.map(([i]) => i),
          ends.map(([, j]) => j),
        );
      },
    ];
    return kinds[random.integer(kinds.length)]!();
  };
  const delay = () => (random.uniform() < 0.5 ? 1 + random.integer(5) : uniform(1 + random.integer(3), 6));
  const signals = { r: random.uniform() < 0.3 ? 'critic' : 'reward' };
  const between = (from: string, to: string) => {
    const weights = random.uniform() < 0.5 ? normal({ sd: 0.5 }) : 0.3;
    return { from, to, topology: topology(from, to), weights, delay: delay(), synapse: model(), signals } as const;
  };
  return {
    populations,
    projections: {
      in: between('source', 'cells'),
      rec: between('cells', 'cells'),
      back: between('cells', 'first'),
      judge: { from: 'cells', to: 'critic', topology: fixedProbability(1), weights: 0.1, delay: 3 },
    },
    signals: { reward: 0.3 },
  };
}

/** What a network says of itself and of its synapses, with new rewards between runs. */
async function story(simulation: EventSimulation | PartitionedSimulation) {
  const told: unknown[] = [simulation.synapses];
  for (const steps of STEPS) {
    told.push(await simulation.run(steps));
    for (const name of ['in', 'rec', 'back']) told.push(await simulation.plasticSynapses(name));
    await simulation.signal('reward', Math.sin(steps));
  }
  return digest(told);
}

async function compare(spec: EventNetworkSpec): Promise<number> {
  const options = { seed: SEED, dt: 0.5 };
  const simulation = new EventSimulation(spec, options);
  const whole = await story(simulation);
  const units = Object.values(spec.populations).reduce((sum, { size }) => sum + Math.ceil(size / 64), 0);
  for (const parts of [1, 2, 3, 4].filter((count) => count <= units)) {
    const divided = await PartitionedSimulation.create(spec, { ...options, executor: slicesInTurn({ parts }) });
    expect(await story(divided), `${parts} parts`).toEqual(whole);
    if (parts !== 3) continue;
    await divided.reset();
    expect(await story(divided), `${parts} parts, anew`).toEqual(whole);
  }
  return simulation.synapses;
}

describe('random plastic synapses of networks in parts', () => {
  it('have the bits of an EventSimulation', async () => {
    let synapses = 0;
    await fc.assert(
      fc.asyncProperty(choiceLists, fc.nat(1000), async (choices, seed) => {
        synapses += await compare(randomNetwork(randomSynapse(choices, { draws: true }), seed));
      }),
      { seed: 20261122, numRuns: 12 },
    );
    expect(synapses).toBeGreaterThan(10_000);
  });
});
