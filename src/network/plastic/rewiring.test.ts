import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.ts';
import { defineSynapse } from '../../expr/index.ts';
import { SpikeTrain } from '../../tensor/index.ts';
import { defineNetwork, type Network } from '../network.ts';
import { initialParameters } from '../parameters.ts';
import { Simulation } from '../simulation.ts';
import { fixedNumber } from '../topology.ts';
import { cell } from './testing/plastic-network.ts';

const [PRE, POST, COUNT, STEPS] = [30, 17, 111, 120];

/** Learns, decays without a sweep, and walks until it retracts. */
const walker = defineSynapse({
  name: 'walker',
  params: {},
  synapse: { w: { doc: 'weight', init: 0.25 }, theta: { doc: 'retracted at 0 and below', init: 1 }, e: 'trace' },
  pre: { x: 'trace' },
  onPre: "x' = x + 1\ne' = e + 1",
  onPost: "w' = w + 0.01 * x + 0.001 * e",
  onStep: "x' = 0.9 * x\ne' = 0.95 * e",
  every: { interval: 5, equations: "theta' = theta + 0.4 * normal()" },
});

const network = (self = true): Network =>
  defineNetwork({
    inputs: { spikes: { size: PRE } },
    populations: { cells: { size: POST, model: cell() } },
    projections: {
      in: {
        from: 'spikes',
        to: 'cells',
        topology: fixedNumber(COUNT),
        weights: 0.5,
        synapse: walker(),
        rewiring: { interval: 20, active: 'theta' },
      },
      rec: {
        from: 'cells',
        to: 'cells',
        topology: fixedNumber(100, { self }),
        weights: 0.01,
        synapse: walker(),
        rewiring: { interval: 30, active: 'theta' },
      },
    },
  });

const dense = new RandomStream(2, 2);
const spikes = Uint8Array.from({ length: STEPS * PRE }, () => Number(dense.uniform() < 0.1));
const train = (from: number, to: number) => ({
  spikes: SpikeTrain.fromDense(spikes.slice(from * PRE, to * PRE), [to - from, 1, PRE]),
});

const look = (simulation: Simulation) => structuredClone(['in', 'rec'].map((name) => simulation.synapses(name)));

describe('rewiring', () => {
  it('keeps the number of synapses of every presynaptic neuron, each pair at most once, and no autapse', () => {
    const simulation = new Simulation(network(false), { seed: 4 });
    const before = look(simulation);
    simulation.run(train(0, STEPS));
    look(simulation).forEach(({ pre, post }, k) => {
      expect(pre).toEqual(before[k]!.pre);
      const moved = post.filter((j, synapse) => j !== before[k]!.post[synapse]);
      expect(moved.length).toBeGreaterThan(20);
      const all = [...pre].map((i, synapse) => `${i} ${post[synapse]}`);
      expect(new Set(all).size).toBe(all.length);
      if (k === 1) expect(all.filter((pair) => pair.split(' ')[0] === pair.split(' ')[1])).toEqual([]);
    });
  });

  it('starts what has retracted anew, and leaves the others', () => {
    const simulation = new Simulation(network(), { seed: 4 });
    simulation.run(train(0, 15));
    const early = look(simulation)[0]!.variables.theta!;
    simulation.run(train(15, 19));
    const before = look(simulation)[0]!;
    expect(before.variables.theta).toEqual(early);
    simulation.run(train(19, 20));
    const after = look(simulation)[0]!;
    const fresh = [...after.variables.theta!].map((theta) => theta === 1);
    expect(fresh).toContain(true);
    expect(fresh).toContain(false);
    fresh.forEach((isFresh, k) => {
      if (isFresh) expect([after.variables.w![k], after.variables.e![k]]).toEqual([0.25, 0]);
      else expect(after.post[k]).toBe(before.post[k]);
    });
    // None is left that has retracted.
    expect(after.variables.theta!.every((theta) => theta > 0)).toBe(true);
  });

  it('sees a variable that decays by itself as it is now', () => {
    /** Falls from 0.7 to 0 within 9 steps, unless a spike lifts it. */
    const fading = (swept: boolean) =>
      defineSynapse({
        name: 'fading',
        params: {},
        synapse: { w: { doc: 'weight', init: 0.7 } },
        onPre: "w' = w + 0.5",
        ...(swept ? { every: { interval: 1, equations: "w' = 0.9 * w - 0.05" } } : { onStep: "w' = 0.9 * w - 0.05" }),
      });
    const [lazy, swept] = [false, true].map((isSwept) => {
      const spec = defineNetwork({
        inputs: { spikes: { size: PRE } },
        populations: { cells: { size: POST, model: cell() } },
        projections: {
          in: {
            ...{ from: 'spikes', to: 'cells', topology: fixedNumber(COUNT), weights: 0.7, synapse: fading(isSwept)() },
            rewiring: { interval: 10, active: 'w' },
          },
        },
      });
      const simulation = new Simulation(spec, { seed: 4, blockSteps: 7 });
      const { post } = simulation.synapses('in');
      simulation.run(train(0, 60));
      const after = simulation.synapses('in');
      expect(after.post.filter((j, k) => j !== post[k]).length).toBeGreaterThan(20);
      return after;
    });
    expect(lazy!.post).toEqual(swept!.post);
    // 10 float32 roundings of numbers below 4 on one side, an exponential on the other.
    lazy!.variables.w!.forEach((w, k) => {
      expect(Math.abs(w - swept!.variables.w![k]!)).toBeLessThan(1e-5);
    });
  });

  it('does not depend on blocks or runs, and a reset undoes it', () => {
    const whole = new Simulation(network(), { seed: 4 });
    const start = look(whole);
    whole.run(train(0, STEPS));
    const parts = new Simulation(network(), { seed: 4, blockSteps: 7 });
    parts.run(train(0, 33));
    parts.run(train(33, STEPS));
    expect(look(parts)).toEqual(look(whole));
    const end = look(whole);
    whole.reset();
    expect(look(whole)).toEqual(start);
    whole.run(train(0, STEPS));
    expect(look(whole)).toEqual(end);
  });

  it('goes on as a network that had the new connections from the start', () => {
    // No postsynaptic events before the rewiring at 20, so that all state is in what can be given at the start.
    const quiet = { spikes: new SpikeTrain(20, 1, PRE) };
    const rewired = new Simulation(network(), { seed: 4 });
    rewired.run(quiet);
    const [{ pre, post, variables }] = look(rewired) as [ReturnType<Simulation['synapses']>];
    const order = [...pre.keys()].sort((a, b) => pre[a]! - pre[b]! || post[a]! - post[b]!);
    const spec = network();
    const parameters = initialParameters(spec, 4);
    const rowStart = (parameters.connections.in as { pattern: { rowStart: Uint32Array } }).pattern.rowStart;
    const sorted = (values: ArrayLike<number>) => order.map((k) => values[k]!);
    const connection = {
      kind: 'sparse' as const,
      pattern: { rowStart, post: Uint32Array.from(sorted(post)) },
      weights: Float32Array.from(sorted(variables.w!)),
    };
    const fresh = new Simulation(spec, {
      seed: 4,
      parameters: { ...parameters, connections: { ...parameters.connections, in: connection } },
    });
    rewired.run(train(20, 29));
    fresh.run(train(20, 29));
    expect(Float32Array.from(sorted(look(rewired)[0]!.variables.w!))).toEqual(look(fresh)[0]!.variables.w);
    expect(look(fresh)[0]!.variables.w).not.toEqual(connection.weights);
  });

  it('is refused for a batch and for an unknown variable', () => {
    expect(() => new Simulation(network(), { seed: 4, batch: 2 })).toThrow('expected a batch of 1 with rewiring');
    const wrong = () =>
      defineNetwork({
        inputs: { spikes: { size: 3 } },
        populations: { cells: { size: 3, model: cell() } },
        projections: {
          in: { from: 'spikes', to: 'cells', weights: 1, synapse: walker(), rewiring: { interval: 5, active: 'x' } },
        },
      });
    expect(wrong).toThrow('unknown synapse variable "x" (known: w, theta, e)');
  });

  it('is refused where synapses would be born retracted, and for an interval that is no time', () => {
    const spec = (rewiring: { interval: number; active: string }) => () =>
      defineNetwork({
        inputs: { spikes: { size: 3 } },
        populations: { cells: { size: 3, model: cell() } },
        projections: { in: { from: 'spikes', to: 'cells', weights: 1, synapse: walker(), rewiring } },
      });
    expect(spec({ interval: 5, active: 'e' })).toThrow('expected e to start above 0 where synapses grow anew, got 0');
    for (const interval of [0, -5, Number.NaN, '5' as unknown as number]) {
      expect(spec({ interval, active: 'w' })).toThrow('expected a rewiring interval above 0 ms');
    }
  });
});
