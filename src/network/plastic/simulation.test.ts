import { describe, expect, it } from 'vitest';
import { UnsupportedError } from '../../base/errors.ts';
import { defineSynapse, type SynapseInstance } from '../../expr/index.ts';
import { leakyReadout, lif } from '../../neurons/index.ts';
import { FloatSequence, SpikeTrain } from '../../tensor/index.ts';
import { Engine } from '../engine.ts';
import { defineNetwork, type Network } from '../network.ts';
import type { ProjectionSpec } from '../network-spec.ts';
import { initialParameters } from '../parameters.ts';
import { toPlain } from '../plain.ts';
import { Simulation } from '../simulation.ts';
import { fixedProbability, oneToOne } from '../topology.ts';
import { everything, plasticInputs, plasticNetwork } from './testing/plastic-network.ts';

const SEED = 3;
const STEPS = 48;
const inputs = plasticInputs(STEPS, 2);

/** The inputs of steps `from` … `to - 1`. */
function part(from: number, to: number): typeof inputs {
  const floats = ({ batch, size, data }: FloatSequence) =>
    new FloatSequence(to - from, batch, size, data.slice(from * batch * size, to * batch * size));
  const { batch, size, rowBytes, data } = inputs.x;
  const bits = data.slice(from * batch * rowBytes, to * batch * rowBytes);
  return {
    x: new SpikeTrain(to - from, batch, size, bits),
    drive: floats(inputs.drive),
    reward: floats(inputs.reward),
  };
}

const everySynapse = (simulation: Simulation) => ['in', 'rec'].map((name) => simulation.synapses(name).variables);

describe('a simulation with plastic synapses', () => {
  it('gives the same bits in blocks of any length and in several runs', () => {
    const whole = new Simulation(plasticNetwork, { seed: SEED, batch: 2 });
    whole.run(inputs);
    const parts = new Simulation(plasticNetwork, { seed: SEED, batch: 2, blockSteps: 7 });
    for (const [from, to] of [
      [0, 1],
      [1, 20],
      [20, STEPS],
    ] as const) {
      parts.run(part(from, to));
      parts.synapses('in');
    }
    expect(everySynapse(parts)).toEqual(everySynapse(whole));
  });

  it('delivers a weight that goes back to a far rest as it is while no step has passed', () => {
    const far = defineSynapse({ name: 'far', params: {}, synapse: { w: 'weight' }, onStep: "w' = 0.5 * w + 1000" });
    const given = Float32Array.from([0.1, -0.7, 1e-3, 3, -1e-5]);
    const relay = leakyReadout({ tauOut: 1e-3 });
    const net = defineNetwork({
      inputs: { x: { size: 5 } },
      populations: { out: { size: 5, model: relay } },
      projections: { in: { from: 'x', to: 'out', topology: oneToOne(), weights: given, synapse: far() } },
    });
    const simulation = new Simulation(net, { seed: SEED, record: { outputs: ['out'] } });
    const { outputs } = simulation.run({ x: SpikeTrain.fromDense(new Uint8Array(5).fill(1), [1, 1, 5]) });
    // The readout forgets at once: it is the current, with a gain of 1 - exp(-1000).
    expect(outputs.out!.data).toEqual(given);
  });

  it('keeps variables whose names every object knows', () => {
    const odd = defineSynapse({
      name: 'odd',
      params: {},
      synapse: { w: 'weight', constructor: { doc: 'a name like any other', init: 0.5 } },
      onPre: "constructor' = constructor + 1",
    });
    const net = defineNetwork({
      inputs: { x: { size: 2 } },
      populations: { out: { size: 2, model: leakyReadout() } },
      projections: { in: { from: 'x', to: 'out', topology: oneToOne(), weights: 1, synapse: odd() } },
    });
    const simulation = new Simulation(net, { seed: SEED });
    simulation.run({ x: SpikeTrain.fromDense(Uint8Array.of(1, 0), [1, 1, 2]) });
    expect(simulation.synapses('in').variables.constructor).toEqual(Float32Array.of(1.5, 0.5));
  });

  it('starts anew after a reset', () => {
    const simulation = new Simulation(plasticNetwork, { seed: SEED, batch: 2 });
    const start = everySynapse(simulation);
    simulation.run(inputs);
    const end = everySynapse(simulation);
    expect(end).not.toEqual(start);
    simulation.reset();
    expect(everySynapse(simulation)).toEqual(start);
    simulation.run(inputs);
    expect(everySynapse(simulation)).toEqual(end);
  });

  it('starts from given values, and rows of a batch learn by themselves', () => {
    const simulation = new Simulation(plasticNetwork, { seed: SEED, batch: 2 });
    const { pre, post, variables } = simulation.synapses('in');
    const { connections, synapses } = initialParameters(plasticNetwork, SEED);
    const { weights } = connections.in!;
    expect(variables.w).toEqual(Float32Array.from([...weights, ...weights]));
    expect(variables.theta).toEqual(Float32Array.from([...synapses!.in!.theta!, ...synapses!.in!.theta!]));
    expect([pre.length, post.length]).toEqual([weights.length, weights.length]);
    simulation.run(inputs);
    const { w } = simulation.synapses('in').variables;
    expect(w!.subarray(0, weights.length)).not.toEqual(w!.subarray(weights.length));
  });

  it('goes on from a saved state as if it had not stopped', () => {
    const engine = () =>
      new Engine(plasticNetwork, initialParameters(plasticNetwork, SEED), { batch: 2, steps: 24, dt: 1, seed: SEED });
    const run = (own: Engine, from: number) => {
      own.writeInputs(inputs, from, 24);
      own.forward();
      own.carry();
    };
    const first = engine();
    run(first, 0);
    const saved = first.saveState();
    run(first, 24);
    const second = engine();
    second.loadState(saved);
    run(second, 24);
    expect(second.readPlastic('rec')).toEqual(first.readPlastic('rec'));
  });

  it('names what stops being finite', () => {
    const wild = defineSynapse({ name: 'wild', params: {}, synapse: { w: 'weight' }, onStep: "w' = 1e20 * w" });
    const network = defineNetwork({
      inputs: { x: { size: 3 } },
      populations: { cells: { size: 3, model: lif() } },
      projections: { p: { from: 'x', to: 'cells', topology: oneToOne(), weights: 1, synapse: wild() } },
    });
    const simulation = new Simulation(network, { seed: 1 });
    expect(() => simulation.run({ x: new SpikeTrain(3, 1, 3) })).toThrow(
      'Simulation: expected finite synapses, got a non-finite w in projection "p", index 0, within the last 3 steps',
    );
  });

  it('knows its plastic projections', () => {
    const simulation = new Simulation(plasticNetwork, { seed: SEED });
    expect(() => simulation.synapses('out')).toThrow('unknown plastic projection "out" (known: in, rec)');
  });
});

describe('a description with plastic synapses', () => {
  const network = (projection: Partial<ProjectionSpec>): Network =>
    defineNetwork({
      inputs: { x: { size: 4 }, reward: { size: 1, kind: 'floats' }, many: { size: 4, kind: 'floats' } },
      populations: { cells: { size: 4, model: lif() }, out: { size: 4, model: leakyReadout() } },
      projections: { p: { from: 'x', to: 'cells', weights: 0.5, ...projection } as ProjectionSpec<'x', 'cells'> },
    });
  const hebb = defineSynapse({ name: 'hebb', params: {}, synapse: { w: 'weight' }, onPost: "w' = w + 0.1" });
  const reading = (unit: string) =>
    defineSynapse({
      name: 'reading',
      params: {},
      synapse: { w: 'weight' },
      reads: { v: { doc: 'potential', unit } },
      onPost: "w' = 0.5 * w",
    });

  it.each([
    ['a signal without a source', { synapse: everything(), signals: { reward: 'x' } }, 'expected one graded value'],
    ['a signal of many values', { synapse: everything(), signals: { reward: 'many' } }, 'got 4 values'],
    ['an unknown signal', { synapse: hebb(), signals: { dopamine: 'reward' } }, 'unknown signal "dopamine"'],
    [
      'an unknown source',
      { synapse: everything(), signals: { reward: 'nobody' } },
      'expected a source of signal "reward", got none named "nobody"',
    ],
    ['a state in another unit', { synapse: reading('mV')() }, 'expected state "v" of lif in mV, got 1'],
    ['an unknown initial variable', { synapse: hebb(), initial: { e: 1 } }, 'unknown synapse variable "e"'],
    ['initial weights twice', { synapse: hebb(), initial: { w: 1 } }, 'expected weights for the initial w'],
    ['signals without a synapse', { signals: { reward: 'reward' } }, 'expected signals together with a synapse'],
    ['a synapse that was not called', { synapse: hebb as unknown as SynapseInstance }, 'a model that was not called'],
    [
      'a graded source',
      { from: 'many', synapse: hebb() },
      'expected a source that spikes for plastic synapses, got "many"',
    ],
    [
      'a graded target',
      { to: 'out', synapse: hebb() },
      'expected a target that spikes for plastic synapses, got "out"',
    ],
  ])('refuses %s', (_, projection, sentence) => {
    expect(() => network(projection)).toThrow(sentence);
  });

  it('refuses an interval that is no whole number of steps', () => {
    const timed = defineSynapse({
      name: 'timed',
      params: {},
      synapse: { w: 'weight' },
      every: { interval: 2.5, equations: "w' = 0.5 * w" },
    });
    const given = network({ synapse: timed() });
    expect(() => new Simulation(given, { seed: 1 })).toThrow('expected an interval of whole steps, got 2.5 ms');
    expect(() => new Simulation(given, { seed: 1, dt: 0.5 })).not.toThrow();
  });

  it('refuses initial values of another network', () => {
    const parameters = initialParameters(plasticNetwork, SEED);
    const start = (synapses: Record<string, Record<string, Float32Array>>) => () =>
      new Simulation(plasticNetwork, { seed: SEED, parameters: { ...parameters, synapses } });
    expect(start({ in: { theta: new Float32Array(3) } })).toThrow(/initial theta: expected \d+ values, got 3/);
    expect(start({ in: { v: new Float32Array(3) } })).toThrow(
      'unknown synapse variable "v" (known: e, rest, g, theta)',
    );
    expect(start({ out: {} })).toThrow('unknown plastic projection "out"');
    const wrong = parameters.synapses!.in!.theta!.slice().fill(Number.NaN);
    expect(start({ in: { theta: wrong } })).toThrow('expected finite weights, got NaN at index 0');
  });

  it('is for simulations: training and worker threads refuse it', () => {
    const given = network({ synapse: hebb(), topology: fixedProbability(0.5) });
    expect(() => toPlain(given)).toThrow(UnsupportedError);
    const training = { parameters: {}, readouts: [] };
    const options = { batch: 1, steps: 2, dt: 1, seed: 1, training };
    expect(() => new Engine(given, initialParameters(given, 1), options)).toThrow(
      'plastic synapses run in a Simulation',
    );
  });
});
