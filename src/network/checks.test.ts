import { describe, expect, it } from 'vitest';
import { normal, uniform } from '../base/distribution.ts';
import { ParameterError, ShapeError } from '../base/errors.ts';
import { defineNeuron } from '../expr/index.ts';
import { leakyReadout, lif } from '../neurons/index.ts';
import { FloatSequence } from '../tensor/index.ts';
import { defineNetwork } from './network.ts';
import type { PopulationSpec, ProjectionSpec } from './network-spec.ts';
import { initialParameters, type NetworkParameters } from './parameters.ts';
import { Simulation } from './simulation.ts';
import { allToAll, fixedProbability } from './topology.ts';
import { fanInNormal } from './weights.ts';

const define = (rec: Partial<ProjectionSpec> = {}, p: Partial<PopulationSpec> = {}, x: object = {}) =>
  defineNetwork({
    inputs: { x: { size: 2, ...x } },
    populations: { p: { size: 3, model: lif(), ...p } },
    projections: {
      in: { from: 'x', to: 'p', weights: 1 },
      rec: { weights: 1, ...rec, from: 'p', to: 'p' },
    },
  });

/** The initial parameters with others in place of some. */
function given(
  net: ReturnType<typeof define>,
  more: { rec?: object; neurons?: Record<string, Float64Array> },
): NetworkParameters {
  const { connections, neurons } = initialParameters(net, 1);
  const rec = { ...connections.rec, ...more.rec } as NetworkParameters['connections'][string];
  return { connections: { ...connections, rec }, neurons: { p: { ...neurons.p, ...more.neurons } } };
}
const build = (more: Parameters<typeof given>[1], net = define()) =>
  new Simulation(net, { seed: 1, parameters: given(net, more) });

describe('parameters given to a simulation', () => {
  it('are refused outside the range of the model', () => {
    expect(() => build({ neurons: { tauM: Float64Array.of(-5) } })).toThrow(
      'population "p", parameter tauM: expected 0.001 to ∞ ms, got -5',
    );
    expect(() => build({ neurons: { vTh: Float64Array.of(1, Number.NaN, 1) } })).toThrow('got NaN for neuron 1');
  });

  it('may be a bound rounded to float32, as learning leaves them', () => {
    expect(Math.fround(1e-9)).toBeLessThan(1e-9);
    build({ neurons: { vTh: Float64Array.of(Math.fround(1e-9)) } });
  });

  it('are refused with self-connections that the topology excludes', () => {
    const weights = new Float32Array(9);
    build({ rec: { weights } });
    weights[4] = 0.5;
    expect(() => build({ rec: { weights } })).toThrow('expected a weight of 0 from neuron 1 to itself, got 0.5');
    expect(() => build({ rec: { self: true, weights: new Float32Array(9) } })).toThrow(ParameterError);
    build({ rec: { weights } }, define({ topology: allToAll() }));
    const sparse = define({ topology: fixedProbability(0, { self: false }) });
    const pattern = { rowStart: Uint32Array.of(0, 0, 1, 1), post: Uint32Array.of(1) };
    expect(() => build({ rec: { pattern, weights: new Float32Array(1) } }, sparse)).toThrow('one of neuron 1');
  });

  it('are refused with a projection or population that the network lacks', () => {
    const { connections, neurons } = initialParameters(define(), 1);
    const more = { connections: { ...connections, old: connections.in! }, neurons };
    expect(() => new Simulation(define(), { seed: 1, parameters: more })).toThrow('unknown projection "old"');
    const other = { connections, neurons: { ...neurons, old: {} } };
    expect(() => new Simulation(define(), { seed: 1, parameters: other })).toThrow('unknown population "old"');
  });

  it('are refused with rows of synapses that run backwards', () => {
    const sparse = define({ topology: fixedProbability(0) });
    const pattern = { rowStart: Uint32Array.of(0, 2, 1, 2), post: Uint32Array.of(0, 1) };
    expect(() => build({ rec: { pattern, weights: new Float32Array(2) } }, sparse)).toThrow(ShapeError);
  });
});

describe('initial values', () => {
  it('on a diagonal without self-connections are refused, not dropped', () => {
    const weights = [0, 1, 1, 1, 2, 1, 1, 1, 0];
    expect(() => initialParameters(define({ weights }), 1)).toThrow(
      'from neuron 1 to itself, got 2 (topology: allToAll()',
    );
    weights[4] = 0;
    expect([...initialParameters(define({ weights }), 1).connections.rec!.weights]).toEqual(weights);
  });

  it('drawn out of range name the neuron and how to mend it', () => {
    const net = define({}, { model: lif({ tauM: uniform(-3, -2) }) });
    expect(() => initialParameters(net, 1)).toThrow(/for neuron 0 \(a distribution must stay/);
  });
});

describe('a network', () => {
  it('refuses what plain JavaScript lets through', () => {
    expect(() => define({}, {}, { kind: 'float' })).toThrow(`expected kind 'spikes' or 'floats', got "float"`);
    expect(() => define({}, { model: lif as unknown as PopulationSpec['model'] })).toThrow(
      'population "p": expected a model with its values, got a model that was not called (call the model',
    );
    expect(() => define({}, { model: undefined })).toThrow(ParameterError);
    for (const weights of [undefined, null, 'abc', { kind: 'gauss' }]) {
      expect(() => define({ weights: weights as unknown as number })).toThrow('projection "rec": expected weights');
    }
    expect(() => fanInNormal({ gain: Number.NaN })).toThrow(ParameterError);
    const arithmetic = 'fats' as 'fast';
    expect(() => new Simulation(define(), { seed: 1, arithmetic })).toThrow(`'deterministic' or 'fast', got "fats"`);
  });

  it('does not change with the objects it was made of', () => {
    const p = { size: 3, model: lif() };
    const net = define({}, p);
    const x = { size: 2 };
    const other = defineNetwork({ inputs: { x }, populations: { p }, projections: {} });
    p.size = 7;
    x.size = 7;
    expect([other.populations.p.size, other.inputs.x.size, net.populations.p.size]).toEqual([3, 2, 3]);
    expect(() => Object.assign(other.populations.p, { size: 8 })).toThrow(TypeError);
    expect(() => Object.assign(net.projections.rec, { delay: 8 })).toThrow(TypeError);
  });

  it('delivers 0 from before the first step, also where the initial state is not 0', () => {
    const bright = defineNeuron({
      name: 'bright',
      params: {},
      state: { y: { doc: 'level', init: 4 } },
      inputs: { I: 'unused' },
      equations: `y' = y + 0 * I`,
      output: 'y',
    });
    const net = defineNetwork({
      inputs: {},
      populations: { a: { size: 1, model: bright() }, b: { size: 1, model: leakyReadout() } },
      projections: { ab: { from: 'a', to: 'b', weights: 1, delay: 2 } },
    });
    const { outputs } = new Simulation(net, { seed: 1 }).run({}, 3);
    expect([...outputs.a.data]).toEqual([4, 4, 4]);
    expect([...outputs.b.data].map((y) => y > 0)).toEqual([false, false, true]);
  });
});

describe('numbers', () => {
  it('that are not finite make no distribution', () => {
    expect(() => normal({ mean: Number.NaN, sd: 1 })).toThrow(ParameterError);
    expect(() => normal({ sd: Number.POSITIVE_INFINITY })).toThrow(ParameterError);
    for (const [low, high] of [
      [Number.NaN, 1],
      [0, Number.NaN],
      [0, Number.POSITIVE_INFINITY],
    ] as const) {
      expect(() => uniform(low, high)).toThrow(ParameterError);
    }
  });

  it('below 0 are no shape', () => {
    expect(() => new FloatSequence(-1, 1, -1)).toThrow(ShapeError);
    expect(() => new FloatSequence(1.5, 1, 2)).toThrow(ShapeError);
  });
});

describe('topologies', () => {
  it.each<[string, unknown, string]>([
    ['a name', 'allToAll', 'projection "rec": expected a topology, got allToAll (one of: allToAll(), '],
    ['a function', allToAll, 'expected a topology, got a function that was not called'],
    ['an unknown kind', { kind: 'ring' }, 'expected a topology, got ring'],
    ['a kind without its number', { kind: 'fixedProbability' }, 'expected a probability from 0 to 1, got undefined'],
    ['pairs without ends', { kind: 'pairs' }, 'expected arrays of pre and post indices, got undefined'],
  ])('%s is none', (_, topology, message) => {
    const rec = { topology } as Partial<ProjectionSpec>;
    expect(() => define(rec)).toThrow(ParameterError);
    expect(() => define(rec)).toThrow(message);
  });
});
