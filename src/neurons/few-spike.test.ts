import { describe, expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { deriveParameters, evaluateStep, type NeuronModel } from '../expr/index.ts';
import { fewSpikeNeuron, fewSpikeUnrolled } from './few-spike.ts';

type Values = Record<string, number>;

const K = 4;
const thresholds = [4, 2, 1, 0.5];
/** A binary code of [0, 8): T = h = d. */
const step = (t: number) => thresholds[t]!;
const decode = (x: number) => Math.min(Math.floor(Math.max(x, 0) * 2) / 2, 7.5);

const defaults = (model: NeuronModel, values: Values): Values => {
  const { params } = model.definition;
  const all = Object.fromEntries(Object.entries(params).map(([name, { default: value }]) => [name, value]));
  return deriveParameters(model.step, { ...all, ...values }, 1);
};

/** One neuron of the step-by-step form, in time. */
class Stepwise {
  readonly #model: NeuronModel;
  readonly #params: Values;
  #state: Values = { F: 0, v: 0 };

  constructor(sources: number, values: Values = {}, options: { strict?: boolean } = {}) {
    this.#model = fewSpikeNeuron({ sources, ...options });
    this.#params = defaults(this.#model, values);
  }

  /** The inputs of a step; clock inputs follow from where the step stands in its phase. */
  step(inputs: Values, phase: number, emit = true): number {
    const clock = { T: step(phase), h: step(phase), load: Number(phase === 0), emit: Number(emit) };
    const result = evaluateStep(this.#model.step, {
      params: this.#params,
      state: this.#state,
      previousOutput: 0,
      inputs: { ...inputs, ...clock },
      random: [],
    });
    this.#state = result.state;
    return result.output;
  }
}

const unrolledValues = (extra: Values = {}): Values => ({
  ...Object.fromEntries(thresholds.flatMap((value, t) => ['T', 'h', 'd'].map((name) => [`${name}${t + 1}`, value]))),
  ...extra,
});

function unrolled(x: number, values: Values = {}, options: { strict?: boolean } = {}): number {
  const model = fewSpikeUnrolled(K, options);
  const params = defaults(model, unrolledValues(values));
  const input = { params, state: {}, previousOutput: 0, inputs: { x }, random: [] };
  return evaluateStep(model.step, input).output;
}

describe('fewSpikeUnrolled', () => {
  it('decodes what the steps code', () => {
    for (const x of [-1, 0, 0.49, 0.5, 5.3, 7.5, 7.99, 100]) expect(unrolled(x)).toBe(decode(x));
    expect(unrolled(7.5, {}, { strict: true })).toBe(7);
  });

  it('clamps, turns and shifts its input, and starts from its offset', () => {
    expect(unrolled(100, { high: 3 })).toBe(3);
    expect(unrolled(-5, { sign: -1 })).toBe(5);
    expect(unrolled(0.3, { bias: 0.25 })).toBe(0.5);
    expect(unrolled(-1, { offset: -0.75 })).toBe(-0.75);
  });

  it('is graded, without a state', () => {
    const { step: program } = fewSpikeUnrolled(3);
    expect(program.spiking).toBe(false);
    expect(program.next).toEqual({});
    expect(() => fewSpikeUnrolled(0)).toThrow(ParameterError);
  });
});

describe('fewSpikeNeuron', () => {
  it('emits one image while it gathers the next, an image every K steps', () => {
    const random = new RandomStream(5, 1);
    const images = Array.from({ length: 20 }, () => Array.from({ length: K }, () => 3 * random.normal()));
    const neuron = new Stepwise(1, { inputBias: 0.25 });
    const decoded: number[] = [];
    for (let image = 0; image <= images.length; image++) {
      let y = 0;
      for (let t = 0; t < K; t++) {
        const z = neuron.step({ I1: images[image]?.[t] ?? 0, D1: step(t) }, t);
        y += step(t) * z;
      }
      decoded.push(y);
    }
    const sums = images.map((parts) => parts.reduce((sum, part, t) => sum + step(t) * part, 0));
    // What entered in phase n leaves in phase n + 1; sums are formed in the same order, so equality is exact.
    expect(decoded.slice(1)).toEqual(sums.map((sum) => unrolled(sum + 0.25)));
    expect(decoded[0]).toBe(decode(0.25));
  });

  it('weighs every source with its own d', () => {
    const neuron = new Stepwise(2);
    for (let t = 0; t < K; t++) neuron.step({ I1: 1, D1: t === 0 ? 2 : 0, I2: 1, D2: t === 3 ? 0.5 : 0 }, t);
    let y = 0;
    for (let t = 0; t < K; t++) y += step(t) * neuron.step({ I1: 0, D1: 0, I2: 0, D2: 0 }, t);
    expect(y).toBe(2.5);
  });

  it('keeps silent while it may not emit', () => {
    const neuron = new Stepwise(1);
    neuron.step({ I1: 5, D1: 1 }, 0);
    expect([0, 1, 2, 3].map((t) => neuron.step({ I1: 0, D1: 0 }, t, false))).toEqual([0, 0, 0, 0]);
  });

  it('refuses to have no source', () => {
    expect(() => fewSpikeNeuron({ sources: 0 })).toThrow(/whole number of sources/);
  });
});
