import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../base/index.ts';
import { defineNeuron, type NeuronInstance, triangular } from '../../../expr/index.ts';
import {
  defineNetwork,
  fanInNormal,
  fixedProbability,
  glorotUniform,
  initialParameters,
  type Network,
  type NetworkParameters,
} from '../../../network/index.ts';
import { alif, alifUnscaled, leakyReadout, lif } from '../../../neurons/index.ts';
import { type Batch, SpikeTrain } from '../../../tensor/index.ts';
import { softmaxCrossEntropy, squaredError } from '../../loss.ts';
import { sgd } from '../../optimisers.ts';
import { boundaryAdjoints, referenceEpropWindows } from '../../reference/eprop-windows.ts';
import type { BoundaryAdjoints } from '../../reference/sweep.ts';
import { firingRate } from '../../regularisers.ts';
import { bptt, eprop } from '../../rules.ts';
import { Trainer } from '../../trainer.ts';
import { OnlineLearner } from '../online/online-learner.ts';
import type { FutureFactory, FutureShape } from './future.ts';
import { syntheticGradients } from './synthetic-gradients.ts';
import { WindowLearner } from './window-learner.ts';
import type { WindowOptions } from './window-options.ts';

const [STEPS, ROWS, INPUTS, HIDDEN, OUTPUTS] = [50, 3, 9, 14, 3];

/** ALIF whose derivatives have no path through the reset, which the float64 form of windows always cuts at borders. */
const detached = defineNeuron({
  name: 'alif-detached',
  cite: 'bellec2020eprop',
  params: { vTh: { symbol: 'v_th', unit: '1', default: 0.6, min: 1e-9, doc: 'threshold' } },
  derived: {},
  state: { v: 'membrane potential', a: 'adaptation' },
  inputs: { I: 'synaptic current' },
  equations: `
    a' = 0.95 * a + z
    v' = 0.9 * v + I - vTh * stop(z)
    z' = spike((v' - vTh - 0.2 * a') / vTh)`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});

function networkOf(model: NeuronInstance, { recurrent = true, tauOut = 20 } = {}): Network {
  return defineNetwork({
    inputs: { x: { size: INPUTS } },
    populations: { hidden: { size: HIDDEN, model }, out: { size: OUTPUTS, model: leakyReadout({ tauOut }) } },
    projections: {
      in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain: 2 }) },
      // Without recurrence the weights stay, and their gradient is not asked for.
      rec: { from: 'hidden', to: 'hidden', weights: recurrent ? fanInNormal() : 0 },
      out: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });
}

function batchOf(): Batch {
  const random = new RandomStream(5, 0);
  const x = new SpikeTrain(STEPS, ROWS, INPUTS);
  for (let t = 0; t < STEPS; t++) {
    for (let b = 0; b < ROWS; b++) for (let i = 0; i < INPUTS; i++) if (random.uniform() < 0.2) x.set(t, b, i);
  }
  const data = Float32Array.from({ length: STEPS * ROWS * OUTPUTS }, () => random.normal());
  return { steps: STEPS, size: ROWS, inputs: { x }, targets: { out: { data } } };
}

const optionsOf = (network: Network, seed = 3) => ({
  batch: ROWS,
  seed,
  loss: squaredError(),
  optimiser: sgd({ learningRate: 0.01 }),
  parameters: initialParameters(network, seed),
});

/** Largest difference of two gradients over the largest element, the largest of all projections. */
function distance(a: NetworkParameters, b: Readonly<Record<string, ArrayLike<number>>>): number {
  const each = Object.entries(b).map(([name, values]) => {
    const own = a.connections[name]!.weights;
    const wanted = Array.from(values);
    const largest = Math.max(...wanted.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    return Math.max(...wanted.map((value, k) => Math.abs(value - own[k]!))) / largest;
  });
  return Math.max(...each);
}

const weightsOf = ({ connections }: NetworkParameters) =>
  Object.fromEntries(Object.entries(connections).map(([name, { weights }]) => [name, weights]));

const ends = (window: number) => Array.from({ length: Math.ceil(STEPS / window) - 1 }, (_, w) => (w + 1) * window);

/** A future that knows boundary adjoints, asked for the ends of windows in order. */
function known(window: number, boundary: (end: number) => BoundaryAdjoints): FutureFactory {
  const waiting = ends(window);
  return ({ adjoints, batch }: FutureShape) => ({
    predict() {
      const end = waiting.shift()!;
      const given = boundary(end);
      const width = adjoints.reduce((sum, { size }) => sum + size, 0);
      const row = new Float32Array(batch * width);
      for (const { population, by, state, offset, size } of adjoints) {
        for (let k = 0; k < batch * size; k++) {
          const at = Math.floor(k / size) * width + offset + (k % size);
          const step = (end - 1) * batch * size + k;
          if (by === 'state') row[at] = given.state[population]![k]![state!]!;
          else if (by === 'own') row[at] = given.ownOutput[population]![step]!;
          else row[at] = given.output[population]![step]! - given.ownOutput[population]![step]!;
        }
      }
      return row;
    },
    learn() {},
  });
}

/** The gradient of one pass in windows. */
function gradientOf(network: Network, options: WindowOptions, batch = batchOf()): NetworkParameters {
  const learner = new WindowLearner(network, options);
  learner.advance(batch);
  return learner.gradient();
}

const MODELS = [
  ['lif', lif({ vTh: 0.05, nRef: 3 })],
  ['alif', alif({ vTh: 0.05, tauA: 30, beta: 1 })],
  ['alifUnscaled', alifUnscaled({ tauA: 30, beta: 0.3 })],
  ['heterogeneous', alifUnscaled({ tauA: 30, beta: Float64Array.from({ length: HIDDEN }, (_, n) => 0.1 * (n % 3)) })],
] as const;

describe.each(MODELS)('WindowLearner with %s', (_, model) => {
  it.each([50, 64])('has the gradient of BPTT and of the regulariser when a window of %i holds all', async (window) => {
    const network = networkOf(model);
    const options = {
      ...optionsOf(network),
      regularisers: [firingRate({ population: 'hidden', target: 20, strength: 5 })],
    };
    const trainer = await Trainer.create(network, { ...options, steps: STEPS });
    const { gradient, loss } = await trainer.gradient(batchOf());
    const learner = new WindowLearner(network, { ...options, window });
    const result = learner.advance(batchOf());
    // float32 sums in another order
    expect(result.loss + result.regularisation).toBeCloseTo(loss, 4);
    expect(distance(learner.gradient(), weightsOf(gradient))).toBeLessThan(1e-5);
  });

  it.each([1, 7, 25])(
    'has it in windows of %i without synapses between neurons: traces know all of the past',
    async (window) => {
      const network = networkOf(model, { recurrent: false });
      const options = optionsOf(network);
      for (const detachReset of [false, true]) {
        const rule = bptt({ detachReset });
        const trainer = await Trainer.create(network, { ...options, rule, steps: STEPS });
        const { gradient } = await trainer.gradient(batchOf());
        const found = gradientOf(network, { ...options, rule, window });
        // float32 sums in another order, more of them the smaller the window
        expect(distance(found, weightsOf(gradient))).toBeLessThan(2e-5);
        const truncated = gradientOf(network, { ...options, rule, window, traces: false });
        expect(distance(truncated, weightsOf(gradient))).toBeGreaterThan(1e-2);
      }
    },
  );
});

it.each(MODELS)('windows of one step of %s are e-prop with symmetric feedback', (_, model) => {
  const network = networkOf(model);
  const options = optionsOf(network);
  const online = new OnlineLearner(network, { ...options, rule: eprop() });
  online.advance(batchOf());
  const found = gradientOf(network, { ...options, rule: bptt({ detachReset: true }), window: 1 });
  // float32 sums in another order
  expect(distance(found, weightsOf(online.gradient()))).toBeLessThan(2e-5);
});

describe('windows with synapses between neurons', () => {
  // The float64 form cuts the readout's memory at borders: this one has none.
  const network = networkOf(detached(), { tauOut: 1e-3 });
  const options = optionsOf(network);
  const reference = { loss: squaredError(), dt: 1, seed: 3 };
  const batch = batchOf();

  it.each([1, 7, 25])('of %i steps give the gradient of BPTT when the future is known', async (window) => {
    const trainer = await Trainer.create(network, { ...options, steps: STEPS });
    const { gradient } = await trainer.gradient(batch);
    const adjoints = boundaryAdjoints(network, options.parameters, batch, { ...reference, window });
    for (const traces of [true, false]) {
      const future = known(window, (end) => adjoints.get(end)!);
      const learner = new WindowLearner(network, { ...options, window, future, traces });
      const { unpredicted } = learner.advance(batch);
      // float32 against float64
      expect(unpredicted).toBeLessThan(1e-9);
      expect(distance(learner.gradient(), weightsOf(gradient))).toBeLessThan(1e-4);
    }
  });

  it.each([1, 7, 25, 50])('of %i steps equal the float64 form when nothing is predicted', (window) => {
    const { gradients } = referenceEpropWindows(network, options.parameters, batch, { ...reference, window });
    // float32 against float64
    expect(distance(gradientOf(network, { ...options, window }), gradients.weights)).toBeLessThan(1e-4);
  });

  it.each([1, 7, 25])('of %i steps equal the float64 form when the prediction is anything', (window) => {
    const random = new RandomStream(8, 0);
    const boundaries = boundaryAdjoints(network, options.parameters, batch, { ...reference, window });
    for (const [end, { state, ownOutput }] of boundaries) {
      const noise = (values: Float64Array) => values.map((value) => (value === 0 ? 0 : value + 0.1 * random.normal()));
      const own = Object.fromEntries(Object.entries(ownOutput).map(([name, values]) => [name, noise(values)]));
      boundaries.set(end, {
        state: Object.fromEntries(
          Object.entries(state).map(([name, all]) => [
            name,
            all.map((one) =>
              Object.fromEntries(Object.entries(one).map(([key, value]) => [key, value + 0.1 * random.normal()])),
            ),
          ]),
        ),
        output: Object.fromEntries(Object.entries(own).map(([name, values]) => [name, noise(values)])),
        ownOutput: own,
      });
    }
    const boundary = (end: number) => boundaries.get(end);
    const { gradients } = referenceEpropWindows(network, options.parameters, batch, { ...reference, window, boundary });
    const future = known(window, (end) => boundaries.get(end)!);
    expect(distance(gradientOf(network, { ...options, window, future }), gradients.weights)).toBeLessThan(1e-4);
  });
});

it('regulates firing rates as over the whole sequence when they are the same in all windows', async () => {
  const memoryless = defineNeuron({
    name: 'memoryless',
    cite: 'bellec2020eprop',
    params: {},
    derived: {},
    state: { v: 'the current itself' },
    inputs: { I: 'synaptic current' },
    equations: `
      v' = 2 * I
      z' = spike(v' - 1)`,
    pseudoDerivative: triangular({ dampening: 0.3 }),
  });
  const network = networkOf(memoryless(), { recurrent: false });
  const whole = batchOf();
  const x = whole.inputs.x as SpikeTrain;
  for (let k = 10 * ROWS * x.rowBytes; k < x.data.length; k++) x.data[k] = x.data[k - 10 * ROWS * x.rowBytes]!;
  const regularisers = [firingRate({ population: 'hidden', target: 0, strength: 1000 })];
  const options = { ...optionsOf(network), regularisers };
  const trainer = await Trainer.create(network, { ...options, steps: STEPS });
  const { gradient } = await trainer.gradient(whole);
  // float32 sums in another order
  expect(distance(gradientOf(network, { ...options, window: 10 }, whole), weightsOf(gradient))).toBeLessThan(1e-5);
});

describe('a sequence', () => {
  const network = networkOf(alif({ vTh: 0.05, tauA: 30, beta: 1 }));
  const options = { ...optionsOf(network), window: 10 };
  const batch = batchOf();
  const part = (from: number, to: number): Batch => {
    const x = new SpikeTrain(
      to - from,
      ROWS,
      INPUTS,
      (batch.inputs.x as SpikeTrain).data.slice(from * ROWS * 8, to * ROWS * 8),
    );
    const row = ROWS * OUTPUTS;
    const data = batch.targets!.out!.data.slice(from * row, to * row);
    return { steps: to - from, size: ROWS, inputs: { x }, targets: { out: { data } } };
  };

  it('may be given in parts', () => {
    const whole = new WindowLearner(network, { ...options, future: syntheticGradients() });
    const parts = new WindowLearner(network, { ...options, future: syntheticGradients() });
    for (let k = 0; k < 3; k++) {
      whole.advance(batch);
      parts.advance(part(0, 20), { continues: true });
      parts.advance(part(20, 50));
    }
    expect(distance(parts.gradient(), weightsOf(whole.gradient()))).toBe(0);
  });

  it('starts anew after another, and memory does not depend on its length', () => {
    const learner = new WindowLearner(network, options);
    const bytes = learner.memoryBytes;
    const first = learner.advance(batch).outputs;
    expect(learner.advance(batch).outputs).toEqual(first);
    expect(learner.memoryBytes).toBe(bytes);
  });

  it('leaves no gradient behind after an update, which changes the weights that both engines run with', () => {
    const learner = new WindowLearner(network, options);
    learner.advance(batch);
    learner.update();
    expect(Math.max(...learner.gradient().connections.rec!.weights.map(Math.abs))).toBe(0);
    learner.advance(batch);
    const { parameters } = learner;
    expect(distance(learner.gradient(), weightsOf(gradientOf(network, { ...options, parameters }, batch)))).toBe(0);
  });
});

describe('syntheticGradients', () => {
  it.each([0, 20])('comes to predict what repeats itself with %i hidden units', (hidden) => {
    const network = networkOf(alif({ vTh: 0.05, tauA: 30, beta: 1 }));
    const future = syntheticGradients({ learningRate: 3e-3, hidden });
    const learner = new WindowLearner(network, { ...optionsOf(network), window: 10, future });
    const first = learner.advance(batchOf()).unpredicted;
    let last = first;
    for (let k = 0; k < 300; k++) last = learner.advance(batchOf()).unpredicted;
    expect(first).toBeGreaterThan(0.9);
    // The same four borders of three rows over and over: 12 observations of a linear map with more inputs than that.
    expect(last).toBeLessThan(0.05);
  });
});

describe('WindowLearner', () => {
  const network = networkOf(lif({ vTh: 0.05 }));
  const options = { ...optionsOf(network), window: 10 };

  it('learns on sparse synapses, with absent ones and without', () => {
    const sparse = defineNetwork({
      inputs: { x: { size: INPUTS } },
      populations: {
        hidden: { size: HIDDEN, model: detached() },
        out: { size: OUTPUTS, model: leakyReadout({ tauOut: 1e-3 }) },
      },
      projections: {
        in: { from: 'x', to: 'hidden', topology: fixedProbability(0.7), weights: fanInNormal({ gain: 2 }) },
        rec: { from: 'hidden', to: 'hidden', topology: fixedProbability(0.5), weights: fanInNormal() },
        out: { from: 'hidden', to: 'out', weights: glorotUniform() },
      },
    });
    const own = optionsOf(sparse);
    for (const window of [7, STEPS]) {
      const reference = { loss: squaredError(), seed: 3, window };
      const { gradients } = referenceEpropWindows(sparse, own.parameters, batchOf(), reference);
      // float32 against float64
      expect(distance(gradientOf(sparse, { ...own, window }), gradients.weights)).toBeLessThan(1e-4);
    }
  });

  it('refuses what it cannot learn from', () => {
    const make =
      (changed: Partial<WindowOptions>, of = network) =>
      () =>
        new WindowLearner(of, { ...options, ...changed });
    expect(make({ window: 0 })).toThrow('expected a window of 1 step or more, got 0');
    expect(make({ loss: softmaxCrossEntropy() })).toThrow("softmaxCrossEntropy({ over: 'steps' })");
    const late = defineNetwork({
      inputs: { x: { size: INPUTS } },
      populations: { hidden: { size: HIDDEN, model: lif() }, out: { size: OUTPUTS, model: leakyReadout() } },
      projections: {
        in: { from: 'x', to: 'hidden', weights: 1 },
        rec: { from: 'hidden', to: 'hidden', weights: 1, delay: 2 },
        out: { from: 'hidden', to: 'out', weights: 1 },
      },
    });
    expect(make({ parameters: undefined }, late)).toThrow(
      'expected delays of 0 or 1 between neurons, got 2 for projection "rec"',
    );
  });
});
