import { describe, expect, it } from 'vitest';
import { uniform } from '../base/distribution.ts';
import { ParameterError } from '../base/errors.ts';
import { defineNeuron, defineSynapse } from '../expr/index.ts';
import { allToAll, defineNetwork, EventSimulation, initialParameters, pairs } from '../network/index.ts';
import { cobaExp, iafPscAlpha, iafPscDelta, iafPscExp, lif } from '../neurons/index.ts';
import { emStdp, erbp, homeostaticScaling, rStdp, stdp, synapticSampling, tripletStdp } from './index.ts';

const bound = (name: string, more: object) => ({ symbol: name, unit: '1', default: 0, doc: name, ...more });
const neuron = (low: object, high: object) =>
  defineNeuron({
    name: 'clamp',
    params: { low: bound('low', low), high: bound('high', high) },
    state: { y: 'state' },
    inputs: { I: 'input' },
    equations: "y' = clip(I, low, high)",
    output: 'y',
  });
const clamp = neuron({ default: -1, below: 'high' }, { default: 1 });
const one = defineNetwork({ inputs: {}, populations: { n: { size: 50, model: lif() } }, projections: {} });

describe('parameters in order', () => {
  it.each([
    ['emStdp', () => emStdp({ wMin: 2 }), 'em-stdp: expected wMin below wMax, got 2 and 1 1'],
    ['erbp', () => erbp({ bMin: 0.5, bMax: -0.5 }), 'expected bMin below bMax, got 0.5 and -0.5'],
    ['synapticSampling', () => synapticSampling({ most: -3 }), 'expected least below most, got -2 and -3'],
    ['cobaExp', () => cobaExp({ vReset: -50 }), 'expected vReset below vTh, got -50 and -50 mV'],
    ['iafPscExp', () => iafPscExp({ vTh: -80 }), 'expected vReset below vTh, got -70 and -80 mV'],
    ['iafPscAlpha', () => iafPscAlpha({ vTh: -80 }), 'expected vReset below vTh'],
    ['iafPscDelta', () => iafPscDelta({ vReset: 30 }), 'expected vReset below vTh'],
    ['a neuron of many values', () => clamp({ low: [0, 2], high: 1 }), 'expected low below high, got 2 and 1'],
    ['a default', () => neuron({ default: 1, below: 'high' }, {}), 'expected low below high, got 1 and 0'],
    ['an unknown name', () => neuron({ below: 'hihg' }, {}), 'unknown parameter above low "hihg" (known: high)'],
    ['its own name', () => neuron({ below: 'low' }, {}), 'unknown parameter above low "low"'],
  ])('%s: refused where they are not', (_, act, message) => {
    expect(act).toThrow(ParameterError);
    expect(act).toThrow(message);
  });

  it('holds for values that are drawn, once they are', () => {
    const model = clamp({ low: uniform(-1, 3), high: 1 });
    const network = { ...one, populations: { n: { size: 50, model } } };
    expect(() => initialParameters(network, 1)).toThrow(/^population "n": expected low below high, got [123]/);
  });

  it('leaves what is in order alone', () => {
    expect(clamp({ low: [-1, 0], high: [1, 0.5] }).values.low).toEqual([-1, 0]);
    expect(emStdp({ wMin: 0.5 }).values.wMin).toBe(0.5);
  });
});

describe('weights to start from', () => {
  const network = (synapse: ReturnType<typeof stdp>, weights: number | readonly number[], more: object = {}) =>
    defineNetwork({
      inputs: { reward: { size: 1, kind: 'floats' } },
      populations: { n: { size: 2, model: lif() } },
      projections: { p: { from: 'n', to: 'n', weights, synapse, ...more } },
    });

  it.each([
    ['stdp', stdp({ wMax: 0.5 }), 0.6, 'expected w from 0 to 0.5, got 0.6'],
    ['rStdp', rStdp(), -0.1, 'expected w from 0 to 1, got -0.1'],
    ['tripletStdp', tripletStdp(), 2, 'expected w from 0 to 1, got 2'],
    ['homeostaticScaling', homeostaticScaling(), 2, 'expected w from 0 to 1, got 2'],
    ['emStdp', emStdp(), 0, 'expected w from 0.01 to 1, got 0'],
  ])('beyond the bounds of %s are refused', (_, synapse, weights, message) => {
    expect(() => network(synapse, weights)).toThrow(ParameterError);
    expect(() => network(synapse, weights)).toThrow(message);
  });

  it('are refused as arrays too, but not for a connection that is absent', () => {
    const synapse = emStdp();
    expect(() => network(synapse, [0, 0.5, 0.5, 0])).not.toThrow();
    expect(() => network(synapse, [0, 0.5, 0, 0], { topology: allToAll() })).toThrow(
      'expected w from 0.01 to 1, got 0',
    );
    expect(() => network(synapse, [0.5, 2], { topology: pairs([0, 1], [1, 0]) })).toThrow('got 2');
    // All four pairs: none is absent.
    const four = { topology: pairs([0, 0, 1, 1], [0, 1, 0, 1]) };
    expect(() => network(synapse, [2, 0.5, 0.5, 0.5], four)).toThrow('got 2');
    expect(() => network(synapse, [2, 0.5, 0.5, 0.5], { topology: allToAll() })).toThrow('got 2');
    const n = { size: 2, model: iafPscDelta() };
    const p = { from: 'n' as const, to: 'n' as const, weights: [2, 0.5, 0.5, 0.5], synapse, ...four };
    expect(() => new EventSimulation({ populations: { n }, projections: { p } }, { seed: 1 })).toThrow('got 2');
  });

  it('may be a bound itself, also after rounding to float32', () => {
    expect(() => network(stdp({ wMax: 0.3 }), Math.fround(0.3))).not.toThrow();
  });

  it('have bounds that are numbers or parameters', () => {
    const synapse = { name: 'mine', params: {}, synapse: { w: { doc: 'weight', max: 'wMaks' } }, onPre: "w' = w" };
    expect(() => defineSynapse(synapse)).toThrow('mine: unknown bound of w "wMaks" (there is no bound of w yet)');
  });
});
