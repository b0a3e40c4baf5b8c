import { describe, expect, it } from 'vitest';
import { normal } from '../../base/distribution.ts';
import { RandomStream } from '../../base/random.ts';
import { defineNeuron, defineSynapse, type SynapseInstance, triangular } from '../../expr/index.ts';
import { iafPscExp, leakyReadout, poissonSource } from '../../neurons/index.ts';
import { rStdp, stdp, tripletStdp, tsodyksMarkram } from '../../synapses/index.ts';
import { FloatSequence } from '../../tensor/index.ts';
import { defineNetwork } from '../network.ts';
import { everything } from '../plastic/testing/plastic-network.ts';
import { Simulation } from '../simulation.ts';
import { fixedInDegree, fixedProbability, pairs } from '../topology.ts';
import { EventSimulation } from './event-simulation.ts';
import type { EventNetworkSpec, EventProjectionSpec } from './event-spec.ts';
import { noisy } from './testing/noisy.ts';

const [PRE, POST, STEPS] = [70, 45, 400];

/** Pairs of two populations, each with a probability, with a value between 0 and 1 for each. */
function somePairs(pre: number, post: number, probability: number, stream: number) {
  const random = new RandomStream(5, stream);
  const found = { pre: [] as number[], post: [] as number[], values: [] as number[] };
  for (let i = 0; i < pre; i++) {
    for (let j = 0; j < post; j++) {
      if (random.uniform() > probability) continue;
      found.pre.push(i);
      found.post.push(j);
      found.values.push(random.uniform());
    }
  }
  return { topology: pairs(found.pre, found.post), values: found.values };
}

const feedforward = somePairs(PRE, POST, 0.3, 1);
const recurrent = somePairs(POST, POST, 0.2, 2);

const populations = {
  source: { size: PRE, model: poissonSource({ rate: 0.1 }) },
  cells: { size: POST, model: noisy() },
  critic: { size: 1, model: leakyReadout() },
};

/** Plastic synapses from Poisson sources and among neurons, and a population whose value is a signal. */
function projectionsOf(synapse: SynapseInstance) {
  const common = Object.hasOwn(synapse.model.definition.signals ?? {}, 'reward')
    ? { synapse, signals: { reward: 'critic' } }
    : { synapse };
  return {
    in: {
      from: 'source',
      to: 'cells',
      topology: feedforward.topology,
      weights: feedforward.values,
      delay: 3,
      ...common,
    },
    rec: { from: 'cells', to: 'cells', topology: recurrent.topology, weights: 0.3, delay: 2, ...common },
    judge: { from: 'cells', to: 'critic', topology: somePairs(POST, 1, 1, 3).topology, weights: 0.2, delay: 1 },
  } as const;
}

describe('plastic synapses of an EventSimulation', () => {
  it.each([
    ['stdp', stdp({ aPlus: 0.1, aMinus: 0.09, mu: 0.3 })],
    ['tripletStdp', tripletStdp({ a2Plus: 0.01, a3Plus: 0.02, a2Minus: 0.01, a3Minus: 0.01 })],
    ['tsodyksMarkram', tsodyksMarkram({ tauD: 60 })],
    ['a rule with all blocks, an interval, signals and draws', everything()],
  ])('have the bits of Simulation with %s', (_, synapse) => {
    const projections = projectionsOf(synapse);
    const events = new EventSimulation({ populations, projections }, { seed: 3, dt: 0.5 });
    const dense = new Simulation(defineNetwork({ inputs: {}, populations, projections }), { seed: 3, dt: 0.5 });
    const { counts } = events.run(STEPS);
    dense.run(undefined, STEPS);
    for (const name of ['in', 'rec']) {
      const [ours, theirs] = [events.plasticSynapses(name), dense.synapses(name)];
      expect(ours.pre).toEqual(theirs.pre);
      expect(ours.post).toEqual(theirs.post);
      expect(ours.variables).toEqual(theirs.variables);
    }
    expect(counts.source).toBeGreaterThan(1000);
    expect(counts.cells).toBeGreaterThan(500);
  });

  it('change their weights with either kind of spike', () => {
    const simulation = new EventSimulation({ populations, projections: projectionsOf(stdp()) }, { seed: 3 });
    const before = simulation.plasticSynapses('in').variables.w!;
    simulation.run(STEPS);
    const after = simulation.plasticSynapses('in').variables.w!;
    const changed = (sign: number) => after.filter((w, k) => sign * (w - before[k]!) > 0).length;
    expect(changed(1)).toBeGreaterThan(50);
    expect(changed(-1)).toBeGreaterThan(50);
  });

  it('have variables of the presynaptic side for every delay: as in a projection for each', () => {
    const random = new RandomStream(6, 1);
    const delay = feedforward.values.map(() => 1 + random.integer(6));
    const rule = tripletStdp({ a2Plus: 0.01, a3Plus: 0.02, a2Minus: 0.01, a3Minus: 0.01 });
    const { topology, values } = feedforward;
    if (topology.kind !== 'pairs') throw new Error('expected pairs');
    const base = { from: 'source', to: 'cells', synapse: rule } as const;
    const apart = [1, 2, 3, 4, 5, 6].map((steps) => {
      const own = delay.flatMap((d, k) => (d === steps ? [k] : []));
      const at = (all: ArrayLike<number>) => own.map((k) => all[k]!);
      const chosen = pairs(at(topology.pre), at(topology.post));
      return [`d${steps}`, { ...base, topology: chosen, weights: at(values), delay: steps }] as const;
    });
    const together = new EventSimulation(
      { populations, projections: { all: { ...base, topology, weights: values, delay } } },
      { seed: 3 },
    );
    const separate = new EventSimulation({ populations, projections: Object.fromEntries(apart) }, { seed: 3 });
    expect(together.run(STEPS)).toEqual(separate.run(STEPS));
    const weights = new Map<string, number>();
    for (const [name, { delay: steps }] of apart) {
      const { pre, post, variables } = separate.plasticSynapses(name);
      variables.w!.forEach((w, k) => {
        weights.set(`${pre[k]} ${post[k]} ${steps}`, w);
      });
    }
    const all = together.plasticSynapses('all');
    expect(all.pre.length).toBe(weights.size);
    all.variables.w!.forEach((w, k) => {
      expect(w).toBe(weights.get(`${all.pre[k]} ${all.post[k]} ${all.delay[k]}`));
    });
  });

  it('go on from run to run, and start anew after reset', () => {
    const recording: EventProjectionSpec = {
      ...{ from: 'source', to: 'cells', topology: fixedProbability(0.5), synapse: everything() },
      ...{ weights: normal({ mean: 0.2, sd: 0.1 }), delay: 2, initial: { theta: normal({ sd: 0.5 }) } },
    };
    const spec: EventNetworkSpec = { populations, projections: { p: recording }, signals: { reward: 0.5 } };
    const simulation = new EventSimulation(spec, { seed: 2 });
    const start = simulation.plasticSynapses('p');
    simulation.run(STEPS);
    const end = simulation.plasticSynapses('p');
    expect(end.variables.theta).not.toEqual(start.variables.theta);
    simulation.reset();
    expect(simulation.plasticSynapses('p')).toEqual(start);
    for (const steps of [70, 1, STEPS - 71]) simulation.run(steps);
    expect(simulation.plasticSynapses('p')).toEqual(end);
    const other = new EventSimulation(spec, { seed: 4 });
    expect(other.plasticSynapses('p').variables.w).not.toEqual(start.variables.w);
  });

  it('read signals from outside as Simulation does', () => {
    const { topology, values } = feedforward;
    const p = { from: 'source', to: 'cells', topology, weights: values, delay: 1, synapse: rStdp() } as const;
    const reward = Float32Array.from({ length: 60 }, (_, t) => Math.sin(t));
    const events = new EventSimulation({ populations, projections: { p }, signals: { reward: 0 } }, { seed: 1, dt: 1 });
    for (const value of reward) {
      events.signal('reward', value);
      events.run(1);
    }
    const net = defineNetwork({ inputs: { reward: { size: 1, kind: 'floats' } }, populations, projections: { p } });
    const dense = new Simulation(net, { seed: 1 });
    dense.run({ reward: new FloatSequence(60, 1, 1, reward) });
    expect(events.plasticSynapses('p').variables).toEqual(dense.synapses('p').variables);
    events.reset();
    expect(() => events.signal('rewards', 1)).toThrow('unknown signal "rewards" (known: reward)');
    expect(() => events.signal('reward', Number.NaN)).toThrow('expected a finite reward');
  });

  it('read states without what arrives in the step, although spikes are delivered into states', () => {
    const reading = defineSynapse({
      name: 'reading',
      params: {},
      synapse: { w: { doc: 'weight', unit: 'pA' }, seen: { doc: 'current', unit: 'pA' } },
      reads: { cE: { doc: 'current', unit: 'pA' } },
      onPre: "seen' = cE",
    });
    const groups = { source: populations.source, cells: { size: POST, model: iafPscExp() } };
    const p = { ...projectionsOf(reading()).in, input: 'exc' };
    const events = new EventSimulation({ populations: groups, projections: { p } }, { seed: 1, dt: 0.5 });
    const dense = new Simulation(defineNetwork({ inputs: {}, populations: groups, projections: { p } }), {
      seed: 1,
      dt: 0.5,
    });
    events.run(50);
    dense.run(undefined, 50);
    expect(events.plasticSynapses('p').variables).toEqual(dense.synapses('p').variables);
  });

  it('are found by 32-bit numbers beyond 65,536 neurons', () => {
    const size = 70_000;
    const chain = pairs([0, 69_998, 69_998], [69_998, 5, 69_999]);
    const each = defineNeuron({
      name: 'clock',
      params: {},
      state: { r: 'steps' },
      inputs: { I: 'current' },
      equations: `
        r' = where(r > 1.5, 0, r + 1)
        z' = spike(r' - 1.5)`,
      pseudoDerivative: triangular(),
    });
    const rule = stdp({ aPlus: 0.1, aMinus: 0 });
    const simulation = new EventSimulation(
      {
        populations: { n: { size, model: each() } },
        projections: { chain: { from: 'n', to: 'n', topology: chain, weights: 0.5, delay: 1, synapse: rule } },
      },
      { seed: 1, dt: 1 },
    );
    simulation.run(10);
    const { pre, post, variables } = simulation.plasticSynapses('chain');
    expect([...pre]).toEqual([0, 69_998, 69_998]);
    expect([...post]).toEqual([69_998, 5, 69_999]);
    expect(variables.w![0]).toBeGreaterThan(0.5);
    expect(new Set(variables.w)).toEqual(new Set([variables.w![0]]));
  });

  it('count synapses that deliver, and their bytes', () => {
    const spec: EventNetworkSpec = {
      populations,
      projections: { p: { from: 'source', to: 'cells', topology: fixedInDegree(20), weights: 0.1, synapse: stdp() } },
    };
    const simulation = new EventSimulation(spec, { seed: 1 });
    const { spikes, synapticEvents } = simulation.run(STEPS);
    const degrees = new Uint32Array(PRE);
    for (const i of simulation.plasticSynapses('p').pre) degrees[i]! += 1;
    let expected = 0;
    spikes.source!.neuron.forEach((i, k) => {
      if (spikes.source!.time[k]! < STEPS - 1) expected += degrees[i]!;
    });
    expect(synapticEvents).toBe(expected);
    // target 2, weight 4, and in its column the synapse 4 and the source 2; rows and columns
    expect(simulation.synapseBytes).toBe(12 * 20 * POST + 4 * (PRE + 1) + 4 * (POST + 1));
  });

  const wild = defineSynapse({ name: 'wild', params: {}, synapse: { w: 'weight' }, onStep: "w' = 1e20 * w" });
  it('name what stops being finite', () => {
    const projections = { p: { ...projectionsOf(wild()).in, delay: 200 } };
    const simulation = new EventSimulation({ populations, projections }, { seed: 1 });
    expect(() => simulation.run(3)).toThrow('a non-finite w in projection "p", index 0, by step 3');
  });

  it.each([
    [
      'rewiring',
      { synapse: wild(), rewiring: { interval: 1, active: 'w' } },
      'expected synapses that stay, got rewiring',
    ],
    ['a synapse that was not called', { synapse: stdp }, 'a model that was not called'],
    ['signals without a synapse', { signals: { reward: 'critic' } }, 'expected signals together with a synapse'],
    ['an unknown signal source', { synapse: rStdp() }, 'expected a source of signal "reward", got none named "reward"'],
    ['a signal of many values', { synapse: rStdp(), signals: { reward: 'cells' } }, 'got 45 spike trains'],
    ['a graded target', { to: 'critic', synapse: stdp() }, 'expected a target that spikes'],
    ['an unknown initial variable', { synapse: stdp(), initial: { e: 1 } }, 'unknown synapse variable "e"'],
    [
      'initial values without pairs',
      { synapse: everything(), initial: { e: [1] }, signals: { reward: 'critic' } },
      'got values',
    ],
    [
      'an interval that is no whole number of steps',
      { synapse: everything({ interval: 0.25 }), signals: { reward: 'critic' } },
      'expected an interval of whole steps',
    ],
  ])('refuse %s', (_, change, message) => {
    const p = { from: 'source', to: 'cells', topology: fixedProbability(0.5), weights: 0.1, ...change };
    const spec = { populations, projections: { p } } as unknown as EventNetworkSpec;
    expect(() => new EventSimulation(spec, { seed: 1 })).toThrow(message);
  });

  it('are refused before any is drawn if they do not fit, although static ones would', () => {
    const cells = { size: 40_000, model: iafPscExp() };
    const p = { from: 'cells', to: 'cells', input: 'exc', topology: fixedProbability(0.5), weights: 0.1 } as const;
    const spec = { populations: { cells }, projections: { p: { ...p, synapse: stdp() } } };
    // 8·10⁸ synapses of 2 + 4 + 6 bytes
    expect(() => new EventSimulation(spec, { seed: 1 })).toThrow('got about 8.9 GiB of synapses');
  });

  it('refuse a signal with the name of a population', () => {
    const spec = { populations, projections: {}, signals: { critic: 1 } };
    expect(() => new EventSimulation(spec, { seed: 1 })).toThrow('expected a name of its own');
  });
});
