import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError } from '../base/errors.ts';
import { alif, leakyReadout, lif } from '../neurons/index.ts';
import { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import { defineNetwork, type Network } from './network.ts';
import { Simulation } from './simulation.ts';

const net = defineNetwork({
  inputs: { x: { size: 2 } },
  populations: { hidden: { size: 3, model: alif() }, out: { size: 1, model: leakyReadout() } },
  projections: { in: { from: 'x', to: 'hidden', weights: 1 }, out: { from: 'hidden', to: 'out', weights: 1 } },
});
const x = SpikeTrain.fromDense([1, 1, 1, 1], [2, 1, 2]);

describe('names of a network in types', () => {
  it('are known to the simulation and to what it records', () => {
    const simulation = new Simulation(net, { seed: 1, record: { states: { hidden: ['v'] } } });
    const { spikes, outputs, states } = simulation.run({ x });
    const { neuron } = spikes.hidden.events();
    expect(neuron.length).toBeGreaterThan(0);
    expect([outputs.out.size, states.hidden.v?.size]).toEqual([1, 3]);
    // @ts-expect-error no population of this name
    expect(spikes.nonexistent).toBeUndefined();
  });

  it('are refused where they are wrong, by the compiler and at run time', () => {
    const simulation = new Simulation(net, { seed: 1 });
    // @ts-expect-error no input of this name
    expect(() => simulation.run({ y: x })).toThrow('unknown input "y" (known: x)');
    // @ts-expect-error the input is missing
    expect(() => simulation.run({}, 2)).toThrow('expected input "x", got none');
    // @ts-expect-error no population of this name
    expect(() => new Simulation(net, { seed: 1, record: { states: { q: ['v'] } } })).toThrow(ParameterError);
    // @ts-expect-error no population of this name
    expect(() => new Simulation(net, { seed: 1, record: { outputs: ['q'] } })).toThrow(ParameterError);
  });

  it('may be plain strings', () => {
    const simulation: Simulation = new Simulation(net as Network, { seed: 1, record: { outputs: ['hidden'] } });
    const inputs: Record<string, SpikeTrain> = { x };
    expect(simulation.run(inputs).spikes.hidden?.size).toBe(3);
  });
});

describe('names that every object inherits', () => {
  const populations = { p: { size: 2, model: lif() } };
  const define = (projection: { from: string; to: string }): Network =>
    defineNetwork<string, string, string>({
      inputs: { x: { size: 2 } },
      populations,
      projections: { in: { ...projection, weights: 1 } },
    });

  it.each(['constructor', 'toString'])('"%s" is unknown', (name) => {
    expect(() => define({ from: name, to: 'p' })).toThrow(`unknown source "${name}"`);
    expect(() => define({ from: 'x', to: name })).toThrow(`unknown population "${name}"`);
    const plain = define({ from: 'x', to: 'p' });
    const simulate = (record: object) => new Simulation(plain, { seed: 1, record });
    expect(() => simulate({ outputs: [name] })).toThrow(`unknown population "${name}"`);
    expect(() => simulate({ states: { [name]: ['v'] } })).toThrow(`unknown population "${name}"`);
    expect(() => simulate({ states: { p: [name] } })).toThrow(`unknown state "${name}"`);
    expect(() => simulate({}).run({ x, [name]: x })).toThrow(`unknown input "${name}"`);
  });

  it('may be given to inputs and populations', () => {
    const odd = defineNetwork<string, string, string>({
      inputs: { toString: { size: 2 } },
      populations: { constructor: { size: 2, model: lif() } },
      projections: {
        in: { from: 'toString', to: 'constructor', weights: 1 },
        rec: { from: 'constructor', to: 'constructor', weights: 1 },
      },
    });
    const { spikes } = new Simulation(odd, { seed: 1 }).run({ toString: x });
    expect(Object.values(spikes).map((train) => train.size)).toEqual([2]);
    // An object always has a toString: it is not taken for the input.
    expect(() => new Simulation(odd, { seed: 1 }).run({}, 2)).toThrow('expected input "toString", got none');
  });
});

describe('a run that is refused', () => {
  const two = defineNetwork({
    inputs: { a: { size: 1, kind: 'floats' }, b: { size: 1, kind: 'floats' } },
    populations: { out: { size: 1, model: leakyReadout() } },
    projections: { a: { from: 'a', to: 'out', weights: 1 }, b: { from: 'b', to: 'out', weights: 1 } },
  });
  const ones = (time: number) => new FloatSequence(time, 1, 1, new Float32Array(time).fill(1));

  it('leaves the state as it was, though one input lasts for the first blocks', () => {
    const simulation = new Simulation(two, { seed: 1 });
    expect(() => simulation.run({ a: ones(600), b: ones(300) })).toThrow(ShapeError);
    const fresh = new Simulation(two, { seed: 1 });
    expect(simulation.run({ a: ones(5), b: ones(5) })).toEqual(fresh.run({ a: ones(5), b: ones(5) }));
  });

  it('is refused at the door for what is no activity', () => {
    const run = (b: unknown) => () => new Simulation(two, { seed: 1 }).run({ a: ones(5), b: b as FloatSequence });
    for (const b of [undefined, [1, 2, 3], 7, new SpikeTrain(5, 1, 1)]) expect(run(b)).toThrow(ShapeError);
  });
});
