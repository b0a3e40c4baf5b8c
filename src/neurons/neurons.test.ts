import { describe, expect, it } from 'vitest';
import { RandomStream } from '../base/random.ts';
import { defineNeuron, deriveParameters, evaluateStep, type NeuronModel, triangular } from '../expr/index.ts';
import { alif, alifBaseThreshold } from './alif.ts';
import { alifUnscaled, unscaledFromNormalised } from './eprop-alif.ts';
import { leakyReadout } from './leaky-readout.ts';
import { lif } from './lif.ts';

type Values = Record<string, number>;

const defaults = (model: NeuronModel): Values =>
  Object.fromEntries(Object.entries(model.definition.params).map(([name, spec]) => [name, spec.default]));

/** A recurrent network of one model in float64, stepped by the reference interpreter. */
class Net {
  readonly states: Values[];
  spikes: number[];
  readonly #model: NeuronModel;
  readonly #params: Values;
  readonly #weights: readonly (readonly number[])[];

  constructor(model: NeuronModel, params: Values, weights: readonly (readonly number[])[]) {
    this.#model = model;
    this.#params = deriveParameters(model.step, { ...defaults(model), ...params }, 1);
    this.#weights = weights;
    this.states = weights.map(() => Object.fromEntries(Object.keys(model.step.next).map((name) => [name, 0])));
    this.spikes = weights.map(() => 0);
  }

  step(external: readonly number[]): number[] {
    const before = this.spikes;
    this.spikes = this.#weights.map((row, j) => {
      const I = row.reduce((sum, weight, i) => sum + weight * before[i]!, external[j]!);
      const input = {
        params: this.#params,
        state: this.states[j]!,
        previousOutput: before[j]!,
        inputs: { I },
        random: [],
      };
      const { state, output } = evaluateStep(this.#model.step, input);
      this.states[j] = state;
      return output;
    });
    return this.spikes;
  }
}

const SIZE = 30;
const STEPS = 500;

function recurrentWeights(): number[][] {
  const random = new RandomStream(3, 1);
  const row = (j: number) => Array.from({ length: SIZE }, (_, i) => (i === j ? 0 : random.normal() / Math.sqrt(SIZE)));
  return Array.from({ length: SIZE }, (_, j) => row(j));
}

function currents(): number[][] {
  const random = new RandomStream(4, 1);
  return Array.from({ length: STEPS }, () => Array.from({ length: SIZE }, () => 0.03 * random.normal() + 0.012));
}

function raster(model: NeuronModel, params: Values): number[][] {
  const net = new Net(model, params, recurrentWeights());
  return currents().map((external) => net.step(external));
}

const count = (spikes: readonly (readonly number[])[]) => spikes.flat().reduce((sum, z) => sum + z, 0);

/** Spike times of one unconnected neuron under a constant current. */
function spikeTimes(model: NeuronModel, params: Values, current: number, steps: number): number[] {
  const net = new Net(model, params, [[0]]);
  const times: number[] = [];
  for (let t = 1; t <= steps; t++) if (net.step([current])[0] === 1) times.push(t);
  return times;
}

const intervals = (times: readonly number[]) => times.slice(1).map((time, i) => time - times[i]!);

describe('conventions', () => {
  const normalised = { tauM: 20, tauA: 200, vTh: 0.01, beta: 1.8, nRef: 5 };

  // @eq bellec2020eprop (6)-(8)
  it('the unscaled ALIF spikes exactly as the normalised one with base threshold', () => {
    const expected = raster(alifBaseThreshold, normalised);
    expect(count(expected)).toBeGreaterThan(200);
    expect(raster(alifUnscaled, { ...unscaledFromNormalised(normalised) })).toEqual(expected);
  });

  it('without the conversion the spikes differ', () => {
    expect(raster(alifUnscaled, normalised)).not.toEqual(raster(alifBaseThreshold, normalised));
  });

  it('converts the usual base threshold', () => {
    // b0 / (1 - exp(-1/20)) = 0.01 / 0.048770575499286 to all digits
    expect(unscaledFromNormalised(normalised).vTh).toBeCloseTo(0.01 / 0.048770575499286, 12);
  });
});

describe('alif', () => {
  // @eq bellec2018lsnn (1)
  it('with beta 0 is the LIF neuron bit by bit', () => {
    const params = { tauM: 20, vTh: 0.01, nRef: 5 };
    const [adaptive, plain] = [
      new Net(alif, { ...params, beta: 0 }, recurrentWeights()),
      new Net(lif, params, recurrentWeights()),
    ];
    let spikes = 0;
    for (const external of currents()) {
      expect(adaptive.step(external)).toEqual(plain.step(external));
      expect(adaptive.states.map(({ v }) => v)).toEqual(plain.states.map(({ v }) => v));
      spikes += count([plain.spikes]);
    }
    expect(spikes).toBeGreaterThan(200);
  });

  // @eq bellec2018lsnn (1)-(3)
  it('answers a constant current with intervals that grow to a plateau', () => {
    const gaps = intervals(spikeTimes(alif, {}, 0.1, 3000));
    expect(gaps.length).toBeGreaterThan(20);
    // A step of quantisation may make one interval shorter than the one before.
    for (let i = 1; i < gaps.length; i++) expect(gaps[i]!).toBeGreaterThanOrEqual(gaps[i - 1]! - 1);
    expect(gaps.at(-1)).toBeGreaterThan(gaps[0]!);
    const late = gaps.slice(-10);
    expect(Math.max(...late) - Math.min(...late)).toBeLessThanOrEqual(1);
  });

  it('lets the adaptation decay by exactly rho per step without spikes', () => {
    const net = new Net(alif, {}, [[0]]);
    for (let t = 0; t < 200; t++) net.step([0.1]);
    while (net.step([-1])[0] === 1);
    net.step([-1]);
    const { rho } = deriveParameters(alif.step, defaults(alif), 1);
    for (let t = 0; t < 50; t++) {
      const before = net.states[0]!.a!;
      expect(before).toBeGreaterThan(0);
      expect(net.step([-1])).toEqual([0]);
      expect(net.states[0]!.a).toBe(rho! * before);
    }
  });
});

describe('refractoriness', () => {
  it.each([1, 2, 5])('a counter of %i steps allows intervals of that many steps and no fewer', (nRef) => {
    for (const model of [lif, alif, alifUnscaled, alifBaseThreshold]) {
      expect(Math.min(...intervals(spikeTimes(model, { nRef }, 100, 200)))).toBe(nRef);
    }
  });

  it('a buffer that blocks the nRef steps after a spike allows one step more', () => {
    const buffered = defineNeuron({
      name: 'buffered-lif',
      params: {
        vTh: { symbol: 'v_th', unit: '1', default: 0.01, doc: 'threshold' },
        nRef: { symbol: 'n_ref', unit: '1', default: 5, doc: 'blocked steps' },
      },
      state: { v: 'membrane potential', r: 'steps left' },
      inputs: { I: 'current' },
      equations: `
        v' = 0.95 * v + 0.05 * I - z * vTh
        z' = where(r > 0, 0, spike((v' - vTh) / vTh))
        r' = max(max(r - 1, 0), nRef * stop(z'))`,
      pseudoDerivative: triangular(),
    });
    expect(Math.min(...intervals(spikeTimes(buffered, {}, 100, 200)))).toBe(6);
  });
});

describe('leakyReadout', () => {
  it('settles at input plus bias', () => {
    const params = deriveParameters(leakyReadout.step, { tauOut: 20, bias: 0.5 }, 1);
    let state: Values = { y: 0 };
    let output = 0;
    for (let t = 0; t < 1000; t++) {
      ({ state, output } = evaluateStep(leakyReadout.step, {
        params,
        state,
        previousOutput: 0,
        inputs: { I: 2 },
        random: [],
      }));
    }
    expect(output).toBeCloseTo(2.5, 12);
  });
});
