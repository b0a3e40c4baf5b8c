import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import { defineNeuron, type NeuronInstance, triangular } from '../../expr/index.ts';
import { defineNetwork, type Network } from '../../network/network.ts';
import { initialParameters } from '../../network/parameters.ts';
import type { ReferenceParameters } from '../../network/reference-parameters.ts';
import { oneToOne, pairs } from '../../network/topology.ts';
import { alif, alifBaseThreshold, alifUnscaled, leakyReadout, lif } from '../../neurons/index.ts';
import { type Batch, SpikeTrain, sliceBatch } from '../../tensor/index.ts';
import { softmaxCrossEntropy, squaredError } from '../loss.ts';
import { firingRate } from '../regularisers.ts';
import { adaptiveFeedback, bptt, eprop, randomFeedback } from '../rules.ts';
import { type ReferenceTraining, referenceGradient } from './bptt.ts';
import { referenceEprop } from './eprop.ts';
import { boundaryAdjoints, referenceEpropWindows } from './eprop-windows.ts';
import { evaluateReference } from './evaluation.ts';
import { ReferenceSweep } from './sweep.ts';

const [INPUTS, N, OUT] = [3, 8, 2];
/** Parameters of the numerical verification published with bellec2020eprop: four neurons of each kind. */
const published = { tauM: 20, tauA: 500, vTh: 0.62, beta: [0, 0, 0, 0, 0.07, 0.07, 0.07, 0.07], nRef: 2 };
type Gradients = Readonly<Record<string, Float64Array>>;

const network = (model: NeuronInstance) =>
  defineNetwork({
    inputs: { x: { size: INPUTS } },
    populations: { hidden: { size: N, model }, out: { size: OUT, model: leakyReadout({ bias: 0.1 }) } },
    projections: {
      in: { from: 'x', to: 'hidden', weights: 0 },
      rec: { from: 'hidden', to: 'hidden', weights: 0 },
      out: { from: 'hidden', to: 'out', weights: 0 },
    },
  });

/** Random weights of the given standard deviations, in float64; none from a neuron to itself. */
function parameters(of: Network, sd: Readonly<Record<string, number>>, seed = 1): ReferenceParameters {
  const random = new RandomStream(seed, 3);
  const { connections, neurons } = initialParameters(of, 1);
  const made = Object.entries(connections).map(([name, known]) => {
    const { from, to, preSize } = of.projections[name]!;
    const weights = Float64Array.from(known.weights, (_, k) => {
      const itself = known.kind === 'dense' && from === to && k % (preSize + 1) === 0;
      return itself ? 0 : sd[name]! * random.normal();
    });
    return [name, { ...known, weights }] as const;
  });
  return { connections: Object.fromEntries(made), neurons };
}

function batchOf(steps: number, size: number, rate = 0.1, seed = 5): Batch {
  const random = new RandomStream(seed, 4);
  const spikes = Uint8Array.from({ length: steps * size * INPUTS }, () => Number(random.uniform() < rate));
  return {
    steps,
    size,
    inputs: { x: SpikeTrain.fromDense(spikes, [steps, size, INPUTS]) },
    decisions: {
      start: Int32Array.of(5, 20),
      length: Int32Array.of(4, steps - 25),
      labels: Int32Array.from({ length: 2 * size }, (_, k) => k % OUT),
    },
    targets: { out: { data: Float32Array.from({ length: steps * size * OUT }, () => random.normal()) } },
  };
}

/** The largest difference relative to the largest entry, over all projections. */
function distance(a: Gradients, b: Gradients): number {
  const each = Object.keys(b).map((name) => {
    const scale = Math.max(...b[name]!.map(Math.abs));
    expect(scale).toBeGreaterThan(0);
    return Math.max(...a[name]!.map((value, k) => Math.abs(value - b[name]![k]!))) / scale;
  });
  return Math.max(...each);
}

const online = (of: Network, with_: ReferenceParameters, batch: Batch, options: ReferenceTraining) =>
  referenceEprop(of, with_, batch, options).gradients.weights;
const reverse = (of: Network, with_: ReferenceParameters, batch: Batch, options: ReferenceTraining) =>
  referenceGradient(of, with_, batch, { rule: eprop(), ...options }).gradients.weights;

const SD = { in: 1.2, rec: 0.4, out: 0.3 };
const models: readonly (readonly [string, NeuronInstance])[] = [
  ['lif', lif({ vTh: 0.03, nRef: 2 })],
  ['alif', alif({ vTh: 0.03, tauA: 100, nRef: 2 })],
  ['alifUnscaled', alifUnscaled(published)],
];

// @eq bellec2020eprop (1)
// @eq bellec2020eprop (eligibility vector and trace)
describe('the factorisation', () => {
  it.each(models.slice(1))('traces times total learning signals are the gradient of BPTT: %s', (_name, model) => {
    const of = network(model);
    const start = parameters(of, SD);
    const batch = batchOf(50, 1);
    const options = { loss: squaredError() };
    const exact = referenceGradient(of, start, batch, options);
    expect(exact.trace.outputs.hidden!.filter((z) => z === 1).length).toBeGreaterThan(10);
    const backward = Object.fromEntries(
      Object.entries(start.connections).map(([name, { weights }]) => [name, weights]),
    );
    const evaluation = evaluateReference(of, start, batch, options);
    const sweep = new ReferenceSweep(of, start, evaluation, { detachReset: false, backward, learningSignals: true });
    for (let t = 50; t >= 1; t--) sweep.step(t);
    const signals = { ...options, learningSignals: sweep.learningSignals() };
    const { weights } = referenceEprop(of, start, batch, signals).gradients;
    for (const [name, wanted] of Object.entries(exact.gradients.weights)) {
      wanted.forEach((value, k) => {
        if (value === 0) expect(weights[name]![k]).toBe(0);
        // Two float64 evaluations in another order: squared relative error.
        else expect((weights[name]![k]! / value - 1) ** 2).toBeLessThan(1e-20);
      });
    }
  });
});

describe('online and reverse', () => {
  const B = Float64Array.from({ length: OUT * N }, (_, k) => Math.sin(k + 1));
  const regularisers = [firingRate({ population: 'hidden', strength: 30 })];
  const rules: readonly (readonly [string, Omit<ReferenceTraining, 'loss'>])[] = [
    ['symmetric', {}],
    ['random', { rule: eprop({ feedback: randomFeedback() }), feedback: { out: B } }],
    ['with reset', { rule: eprop({ detachReset: false }) }],
    ['regularised', { regularisers }],
    ['regularised per sequence', { regularisers, perSequence: true }],
  ];
  // Sums of about a hundred terms in another order: 1e-12 leaves a factor of a hundred.
  const CLOSE = 1e-12;

  // @eq bellec2020eprop (symmetric, random and adaptive e-prop)
  // @eq bellec2020eprop (adaptive e-prop)
  it.each(models)('agree for every kind of feedback: %s', (_name, model) => {
    const of = network(model);
    const start = parameters(of, SD);
    for (const loss of [squaredError(), softmaxCrossEntropy(), softmaxCrossEntropy({ over: 'steps' })]) {
      const found = rules.map(([, rule]) => {
        const options = { loss, ...rule };
        const gradients = online(of, start, batchOf(80, 2), options);
        expect(distance(gradients, reverse(of, start, batchOf(80, 2), options))).toBeLessThan(CLOSE);
        return gradients;
      });
      // None of these options does nothing.
      for (const other of found.slice(1)) expect(distance(other, found[0]!)).toBeGreaterThan(1e-3);
      expect(distance(found[4]!, found[3]!)).toBeGreaterThan(1e-6);
    }
  });

  it('with firing rates per sequence, give the mean of what every sequence gives alone', () => {
    const of = network(lif({ vTh: 0.03, nRef: 2 }));
    const start = parameters(of, SD);
    const batch = batchOf(80, 2);
    const options = { loss: squaredError(), regularisers, perSequence: true };
    const together = referenceEprop(of, start, batch, options);
    const alone = [0, 1].map((b) => referenceEprop(of, start, sliceBatch(batch, b, 1), options));
    expect(together.loss).toBeCloseTo((alone[0]!.loss + alone[1]!.loss) / 2, 10);
    const [one, two] = alone.map(({ gradients }) => gradients.weights) as [Gradients, Gradients];
    const means = Object.entries(one).map(([name, g]) => [name, g.map((value, k) => (value + two[name]![k]!) / 2)]);
    expect(distance(together.gradients.weights, Object.fromEntries(means))).toBeLessThan(CLOSE);
  });

  it('agree for two layers, delays, sparse and one-to-one projections, and a readout that feeds back', () => {
    const of = defineNetwork({
      inputs: { x: { size: INPUTS } },
      populations: {
        first: { size: N, model: alif({ vTh: 0.03, nRef: 2 }) },
        second: { size: N, model: lif({ vTh: 0.03, nRef: 1 }) },
        out: { size: OUT, model: leakyReadout() },
      },
      projections: {
        in: { from: 'x', to: 'first', weights: 0, delay: 2 },
        up: { from: 'first', to: 'second', weights: 0, topology: oneToOne() },
        back: { from: 'second', to: 'first', weights: 0, delay: 3 },
        skip: { from: 'first', to: 'out', weights: 0, topology: pairs([0, 1, 2, 5], [1, 0, 1, 0]), delay: 2 },
        out: { from: 'second', to: 'out', weights: 0, delay: 1 },
        direct: { from: 'x', to: 'out', weights: 0 },
        around: { from: 'out', to: 'out', weights: 0 },
        down: { from: 'out', to: 'first', weights: 0, delay: 1 },
      },
    });
    const sd = { in: 1.5, up: 2, back: 0.5, skip: 1, out: 1, direct: 1, around: 0.3, down: 0.1 };
    const start = parameters(of, sd);
    const options = { loss: squaredError() };
    const gradients = online(of, start, batchOf(60, 2), options);
    expect(distance(gradients, reverse(of, start, batchOf(60, 2), options))).toBeLessThan(CLOSE);
    expect(
      distance(gradients, referenceGradient(of, start, batchOf(60, 2), options).gradients.weights),
    ).toBeGreaterThan(0.01);
  });

  it('go on from a state, whose past spikes count', () => {
    const of = network(alifUnscaled(published));
    const start = parameters(of, SD);
    const { trace } = referenceGradient(of, start, batchOf(40, 2), { loss: squaredError() });
    const options = { loss: squaredError(), initial: trace.final() };
    const gradients = online(of, start, batchOf(30, 2, 0.1, 6), options);
    expect(distance(gradients, reverse(of, start, batchOf(30, 2, 0.1, 6), options))).toBeLessThan(CLOSE);
  });
});

/** The unscaled ALIF with every path written out, one of which may be stopped. */
function withStopped(path: string): NeuronInstance {
  const whole = { alpha: 'v', drive: 'I', rho: 'a', count: 'z', vToZ: "v'", aToZ: "a'" };
  const p = { ...whole, [path]: `stop(${whole[path as keyof typeof whole]})` };
  const { params, derived, state, inputs } = alifUnscaled.definition;
  return defineNeuron({
    name: 'alif-stopped',
    params,
    derived,
    state,
    inputs,
    equations: `
      a' = rho * ${p.rho} + ${p.count}
      v' = alpha * ${p.alpha} + ${p.drive} - vTh * z
      u  = (${p.vToZ} - vTh - beta * ${p.aToZ}) / vTh
      z' = where(r > 0, 0, spike(u))
      r' = clip(r + nRef * stop(z') - 1, 0, nRef)`,
    pseudoDerivative: triangular({ dampening: 0.3 }),
  })({ ...published, beta: 0.3 });
}

describe('against backpropagation through time', () => {
  const batch = batchOf(80, 2);
  const options = { loss: squaredError() };
  const free = bptt({ detachReset: true });

  // @eq bellec2020eprop (the reset term is treated as constant)
  it.each(models)('is equal without recurrent weights and with the reset detached: %s', (_name, model) => {
    const of = network(model);
    const start = parameters(of, { ...SD, rec: 0 });
    const wanted = referenceGradient(of, start, batch, { ...options, rule: free }).gradients.weights;
    // Sums in another order.
    expect(distance(online(of, start, batch, options), wanted)).toBeLessThan(1e-12);
    expect(distance(reverse(of, start, batch, options), wanted)).toBeLessThan(1e-12);
  });

  it('is equal for a neuron whose output reads its last output directly', () => {
    const gated = defineNeuron({
      name: 'gated',
      params: {},
      state: { v: 'membrane potential' },
      inputs: { I: 'current' },
      equations: `
        v' = 0.9 * v + I
        z' = spike(v' - 0.5 - 0.3 * z)`,
      pseudoDerivative: triangular(),
    });
    const of = network(gated({}));
    const start = parameters(of, { ...SD, rec: 0 });
    const wanted = referenceGradient(of, start, batch, { ...options, rule: free }).gradients.weights;
    expect(distance(online(of, start, batch, options), wanted)).toBeLessThan(1e-12); // sums in another order
  });

  it('differs with recurrent weights, or with the reset', () => {
    const of = network(alifUnscaled(published));
    const recurrent = parameters(of, SD);
    const apart = referenceGradient(of, recurrent, batch, { ...options, rule: free }).gradients.weights;
    expect(distance(online(of, recurrent, batch, options), apart)).toBeGreaterThan(0.01);
    const without = parameters(of, { ...SD, rec: 0 });
    const whole = referenceGradient(of, without, batch, options).gradients.weights;
    expect(distance(online(of, without, batch, options), whole)).toBeGreaterThan(0.01);
  });

  it('needs every local partial derivative', () => {
    const exact = network(withStopped('none'));
    const start = parameters(exact, { ...SD, rec: 0 });
    const wanted = referenceGradient(exact, start, batch, { ...options, rule: free });
    expect(distance(online(exact, start, batch, options), wanted.gradients.weights)).toBeLessThan(1e-12);
    for (const path of ['alpha', 'drive', 'rho', 'count', 'vToZ', 'aToZ']) {
      const found = referenceEprop(network(withStopped(path)), start, batch, options);
      expect(found.trace.outputs, path).toEqual(wanted.trace.outputs);
      expect(distance(found.gradients.weights, wanted.gradients.weights), path).toBeGreaterThan(0.01);
    }
  });

  it('an adaptive neuron without adaptation gives the gradients of the LIF neuron, bit by bit', () => {
    const shared = { tauM: 20, vTh: 0.03, nRef: 2 };
    const plain = network(lif(shared));
    const start = parameters(plain, SD);
    const wanted = online(plain, start, batch, options);
    for (const model of [alif({ ...shared, beta: 0 }), alifBaseThreshold({ ...shared, beta: 0 })]) {
      const of = network(model);
      const found = online(of, { ...start, neurons: initialParameters(of, 1).neurons }, batch, options);
      expect(found).toEqual(wanted);
    }
  });
});

describe('windows', () => {
  const of = network(alifUnscaled(published));
  const start = parameters(of, SD);
  const batch = batchOf(60, 2);
  const options = { loss: squaredError(), window: 15 };
  const wanted = referenceGradient(of, start, batch, { loss: squaredError() }).gradients.weights;
  const adjoints = boundaryAdjoints(of, start, batch, options);

  it.each([1, 15, 22, 60])('of %i steps give the gradient of BPTT when the future is known', (window) => {
    const known = boundaryAdjoints(of, start, batch, { ...options, window });
    const found = referenceEpropWindows(of, start, batch, { ...options, window, boundary: (end) => known.get(end) });
    // Sums in another order.
    expect(distance(found.gradients.weights, wanted)).toBeLessThan(1e-12);
  });

  it('come close when of the hidden neurons only dE/dz of the last step is known, and less close when nothing is', () => {
    const onlyOutput = (end: number) => {
      const known = adjoints.get(end);
      return known && { ...known, state: { out: known.state.out! } };
    };
    const partial = referenceEpropWindows(of, start, batch, { ...options, boundary: onlyOutput }).gradients.weights;
    const truncated = referenceEpropWindows(of, start, batch, options).gradients.weights;
    for (const name of ['in', 'rec']) {
      // No equality from theory: 0.96 and more was measured here, against 0.91 when nothing is known.
      expect(cosine(partial[name]!, wanted[name]!)).toBeGreaterThan(0.9);
      expect(cosine(truncated[name]!, wanted[name]!)).toBeLessThan(cosine(partial[name]!, wanted[name]!));
    }
    expect(distance(partial, wanted)).toBeGreaterThan(1e-3);
  });

  it('refuses a window without steps', () => {
    expect(() => referenceEpropWindows(of, start, batch, { ...options, window: 0 })).toThrow(ParameterError);
  });
});

function cosine(a: Float64Array, b: Float64Array): number {
  const dot = (p: Float64Array, q: Float64Array) => p.reduce((sum, value, k) => sum + value * q[k]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('feedback', () => {
  const of = network(lif({ vTh: 0.03 }));
  const start = parameters(of, SD);
  const run = (options: Omit<ReferenceTraining, 'loss'>) => () =>
    referenceGradient(of, start, batchOf(30, 1), { loss: squaredError(), ...options });

  it('must be given unless it is symmetric', () => {
    for (const feedback of [randomFeedback(), adaptiveFeedback()]) {
      expect(run({ rule: eprop({ feedback }) })).toThrow(`expected ${feedback.kind} weights for projection "out"`);
    }
  });

  it('must belong to a projection into the readout and have its shape', () => {
    expect(run({ rule: eprop(), feedback: { rec: [1] } })).toThrow('unknown projection "rec" (known: out)');
    expect(run({ rule: eprop(), feedback: { out: [1] } })).toThrow(ShapeError);
  });

  it('learning signals must cover every population', () => {
    const signals = { hidden: new Float64Array(30 * N) };
    const options = { loss: squaredError(), learningSignals: signals };
    expect(() => referenceEprop(of, start, batchOf(30, 1), options)).toThrow(/population "out": expected 60 values/);
  });
});
