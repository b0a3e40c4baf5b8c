import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError, UnsupportedError } from '../../../base/errors.ts';
import { normal, RandomStream } from '../../../base/index.ts';
import { defineNeuron } from '../../../expr/index.ts';
import {
  defineNetwork,
  fanInNormal,
  fixedProbability,
  initialParameters,
  type NetworkParameters,
  Simulation,
} from '../../../network/index.ts';
import { alif, alifUnscaled, leakyReadout } from '../../../neurons/index.ts';
import { SpikeTrain, sliceBatch } from '../../../tensor/index.ts';
import { squaredError } from '../../loss.ts';
import { adam, sgd } from '../../optimisers.ts';
import { referenceEprop } from '../../reference/eprop.ts';
import { firingRate } from '../../regularisers.ts';
import { Trainer } from '../../trainer.ts';
import { NaturalEprop, type TaughtParameters } from './natural-eprop.ts';
import type { NaturalEpropOptions, TaughtBatch } from './natural-eprop-options.ts';

const [STEPS, ROWS, TICKS, CODE, HIDDEN, OUTPUTS] = [30, 3, 4, 6, 10, 2];

/** A unit without spikes, so that the loss is a smooth function of all that the second run depends on. */
const smooth = defineNeuron({
  name: 'smooth-unit',
  params: { tauM: { symbol: 'τ_m', unit: 'ms', default: 10, min: 1e-3, doc: 'time constant' } },
  derived: { alpha: 'exp(-dt / tauM)' },
  state: { v: 'potential' },
  inputs: { I: 'current' },
  equations: `
    v' = alpha * v + I
    o = tanh(v')`,
  output: 'o',
});

const trainee = (model: ReturnType<typeof smooth> | ReturnType<typeof alifUnscaled>) =>
  defineNetwork({
    inputs: { clock: { size: TICKS } },
    populations: { hidden: { size: HIDDEN, model }, out: { size: OUTPUTS, model: leakyReadout({ tauOut: 5 }) } },
    projections: {
      in: { from: 'clock', to: 'hidden', weights: fanInNormal() },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal({ gain: 0.6 }) },
      out: { from: 'hidden', to: 'out', weights: fanInNormal() },
    },
  });

const generator = defineNetwork({
  inputs: { clock: { size: TICKS }, target: { size: CODE } },
  populations: {
    hidden: { size: 12, model: alifUnscaled({ beta: 0.1 }) },
    signals: { size: HIDDEN, model: leakyReadout({ tauOut: 10, bias: normal({ sd: 0.1 }) }) },
  },
  projections: {
    clock: { from: 'clock', to: 'hidden', weights: fanInNormal() },
    target: { from: 'target', to: 'hidden', weights: fanInNormal() },
    rec: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
    signals: { from: 'hidden', to: 'signals', weights: fanInNormal({ gain: 2 }) },
  },
});

const [SMOOTH, SPIKING] = [trainee(smooth()), trainee(alifUnscaled({ tauA: 20, beta: 0.2, nRef: 3 }))];

function options(network: typeof SMOOTH, parameters?: Partial<TaughtParameters>): NaturalEpropOptions {
  return {
    batch: ROWS,
    steps: STEPS,
    seed: 4,
    innerRate: 0.05,
    optimiser: sgd({ learningRate: 0.01 }),
    trainee: { network, learns: 'hidden', loss: squaredError(), parameters: parameters?.trainee },
    generator: {
      network: generator,
      signals: 'signals',
      trainable: { signals: ['bias'] },
      parameters: parameters?.generator,
    },
  };
}

function randomSpikes(random: RandomStream, rows: number, size: number): SpikeTrain {
  const train = new SpikeTrain(STEPS, rows, size);
  for (let t = 0; t < STEPS; t++) {
    for (let b = 0; b < rows; b++) for (let i = 0; i < size; i++) train.set(t, b, i, random.uniform() < 0.2);
  }
  return train;
}

/** @param sameClock - whether all rows of the trainee see the same, as in one-shot learning */
function makeBatch(sameClock = true): TaughtBatch {
  const random = new RandomStream(8);
  const first = randomSpikes(random, 1, TICKS);
  const clock = randomSpikes(random, ROWS, TICKS);
  for (let t = 0; sameClock && t < STEPS; t++) for (let b = 0; b < ROWS; b++) clock.row(t, b).set(first.row(t, 0));
  const data = Float32Array.from({ length: STEPS * ROWS * OUTPUTS }, () => random.normal());
  const instruction = { clock, target: randomSpikes(random, ROWS, CODE) };
  return { steps: STEPS, size: ROWS, inputs: { clock }, instruction, targets: { out: { data } } };
}

/** One row as a batch of its own. */
function rowOf(batch: TaughtBatch, row: number): TaughtBatch {
  const { inputs: instruction } = sliceBatch({ ...batch, inputs: batch.instruction }, row, 1);
  return { ...sliceBatch(batch, row, 1), instruction };
}

/** Largest difference over the largest value, which must not be 0. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  const largest = Math.max(...Array.from(a, Math.abs));
  expect(largest).toBeGreaterThan(0);
  return Math.max(...Array.from(a, (value, k) => Math.abs(value - b[k]!))) / largest;
}

const withWeights = (parameters: NetworkParameters, name: string, weights: Float32Array): NetworkParameters => ({
  ...parameters,
  connections: { ...parameters.connections, [name]: { ...parameters.connections[name]!, weights } },
});

// @eq bellec2019eprop (e-prop 2)
describe('the update of NaturalEprop', () => {
  it.each([
    ['spiking', SPIKING],
    ['smooth', SMOOTH],
  ])('is e-prop with the signals of the generator, for a %s trainee', (_, network) => {
    const batch = makeBatch(false);
    const taught = new NaturalEprop(options(network));
    const { trainee: start, generator: teacher } = taught.parameters;
    const simulation = new Simulation(generator, {
      batch: ROWS,
      seed: 4,
      parameters: teacher,
      record: { outputs: ['signals'] },
    });
    const signals = Float64Array.from(simulation.run(batch.instruction).outputs.signals!.data);
    const learned = taught.learn(batch);
    for (let row = 0; row < ROWS; row++) {
      const own = rowOf(batch, row);
      const hidden = signals.filter((_, k) => Math.floor(k / HIDDEN) % ROWS === row);
      const learningSignals = { hidden, out: new Float64Array(STEPS * OUTPUTS) };
      const { gradients } = referenceEprop(network, start, own, { loss: squaredError(), seed: 4, learningSignals });
      for (const name of ['in', 'rec']) {
        const before = start.connections[name]!.weights;
        const change = Array.from(learned[row]!.connections[name]!.weights, (w, k) => w - before[k]!);
        const expected = gradients.weights[name]!.map((value) => -0.05 * value);
        // float32: weights near 1 to 6e-8, changes down to 0.01
        expect(distance(expected, change)).toBeLessThan(1e-5);
      }
      expect(learned[row]!.connections.out!.weights).toEqual(start.connections.out!.weights);
    }
  });

  it('does not depend on the other rows', () => {
    const batch = makeBatch(false);
    const together = new NaturalEprop(options(SPIKING));
    const alone = new NaturalEprop({ ...options(SPIKING, together.parameters), batch: 1 });
    const learned = together.learn(batch);
    const { outputs } = together.evaluate(batch);
    for (let row = 0; row < ROWS; row++) {
      const own = rowOf(batch, row);
      expect(alone.learn(own)[0]).toEqual(learned[row]);
      const mine = outputs.filter((_, k) => Math.floor(k / OUTPUTS) % ROWS === row);
      expect(alone.evaluate(own).outputs).toEqual(mine);
    }
  });
});

describe('the gradient of NaturalEprop', () => {
  /** The loss with one parameter of the generator, or of the trainee's readout, moved. */
  const lossWith = (parameters: TaughtParameters) =>
    new NaturalEprop(options(SMOOTH, parameters)).evaluate(makeBatch()).loss;

  it.each([
    ['signals', 'generator'],
    ['out', 'trainee'],
  ] as const)('is the difference quotient of the loss along weights %s of the %s', (name, which) => {
    const taught = new NaturalEprop(options(SMOOTH));
    const start = taught.parameters;
    const { gradient } = taught.gradient(makeBatch());
    const slope = gradient[which].connections[name]!.weights;
    const { weights } = start[which].connections[name]!;
    const direction = new RandomStream(3);
    const along = slope.map((value) => Math.sign(value) * (0.5 + direction.uniform()));
    const move = (h: number) =>
      lossWith({
        ...start,
        [which]: withWeights(
          start[which],
          name,
          weights.map((w, k) => w + h * along[k]!),
        ),
      });
    const expected = along.reduce((sum, value, k) => sum + value * slope[k]!, 0);
    // Truncation is of order h², float32 rounding of the loss of order 1e-7 / h.
    expect(Math.abs((move(1e-3) - move(-1e-3)) / 2e-3 / expected - 1)).toBeLessThan(1e-3);
  });

  it('is the difference quotient of the loss by the bias of each learning signal', () => {
    const taught = new NaturalEprop(options(SMOOTH));
    const start = taught.parameters;
    const slopes = taught.gradient(makeBatch()).gradient.generator.neurons.signals!.bias!;
    const move = (neuron: number, h: number) => {
      const bias = start.generator.neurons.signals!.bias!.slice();
      bias[neuron]! += h;
      const signals = { ...start.generator.neurons.signals, bias };
      return lossWith({
        ...start,
        generator: { ...start.generator, neurons: { ...start.generator.neurons, signals } },
      });
    };
    const quotients = slopes.map((_, neuron) => (move(neuron, 3e-3) - move(neuron, -3e-3)) / 6e-3);
    // As above; the rounding of the loss is the same for a neuron of small influence.
    expect(distance(slopes, quotients)).toBeLessThan(1e-3);
  });

  it('is, for the trainee, that of the second run, with its firing rates', async () => {
    const regularisers = [firingRate({ population: 'hidden', target: 50, strength: 500 })];
    const own = options(SPIKING);
    const taught = new NaturalEprop({ ...own, batch: 1, trainee: { ...own.trainee, regularisers } });
    const batch = rowOf(makeBatch(), 1);
    const parameters = taught.learn(batch)[0]!;
    const trainer = await Trainer.create(SPIKING, {
      ...{ batch: 1, steps: STEPS, seed: 4, loss: squaredError(), optimiser: sgd({ learningRate: 1 }) },
      ...{ parameters, regularisers },
    });
    const expected = await trainer.gradient(batch);
    const { gradient, loss } = taught.gradient(batch);
    expect(loss).toBe(expected.loss);
    expect(gradient.trainee.connections).toEqual(expected.gradient.connections);
  });

  it('pulls the rates of the generator', () => {
    const own = options(SPIKING);
    const regularisers = [firingRate({ population: 'hidden', target: 1000, strength: 500 })];
    const plain = new NaturalEprop(own).gradient(makeBatch());
    const pulled = new NaturalEprop({ ...own, generator: { ...own.generator, regularisers } }).gradient(makeBatch());
    expect(pulled.loss).toBeGreaterThan(plain.loss);
    expect(pulled.gradient.trainee).toEqual(plain.gradient.trainee);
    const change = (name: string) =>
      pulled.gradient.generator.connections[name]!.weights.reduce(
        (sum, value, k) => sum + value - plain.gradient.generator.connections[name]!.weights[k]!,
        0,
      );
    // Rates are too low, so that descent must raise the weights of an excitatory input, and leaves the readout alone.
    expect(change('clock')).toBeLessThan(0);
    expect(change('signals')).toBe(0);
  });

  it('is the mean of those of the rows', () => {
    const batch = makeBatch();
    const together = new NaturalEprop(options(SPIKING));
    const alone = new NaturalEprop({ ...options(SPIKING, together.parameters), batch: 1 });
    const { gradient } = together.gradient(batch);
    const parts = Array.from({ length: ROWS }, (_, row) => alone.gradient(rowOf(batch, row)).gradient);
    for (const [which, name] of [
      ['trainee', 'rec'],
      ['generator', 'rec'],
      ['generator', 'signals'],
    ] as const) {
      const mean = gradient[which].connections[name]!.weights.map(
        (_, k) => parts.reduce((sum, part) => sum + part[which].connections[name]!.weights[k]!, 0) / ROWS,
      );
      // float32 sums of 90 terms in another order
      expect(distance(mean, gradient[which].connections[name]!.weights)).toBeLessThan(1e-5);
    }
  });
});

const { trainee: TRAINEE, generator: GENERATOR } = options(SPIKING);

describe('NaturalEprop', () => {
  it('moves both networks down the gradient', () => {
    const taught = new NaturalEprop(options(SPIKING));
    const start = taught.parameters;
    const { gradient } = taught.gradient(makeBatch());
    const { iteration, gradientNorm } = taught.step(makeBatch());
    expect(iteration).toBe(1);
    for (const which of ['trainee', 'generator'] as const) {
      expect(gradientNorm[which]).toBeGreaterThan(0);
      for (const [name, { weights }] of Object.entries(start[which].connections)) {
        const slope = gradient[which].connections[name]!.weights;
        const after = taught.parameters[which].connections[name]!.weights;
        const expected = Array.from(weights, (w, k) => w - 0.01 * slope[k]!);
        // two roundings to float32
        expect(distance(expected, after)).toBeLessThan(2e-7);
      }
    }
  });

  it('goes on from a saved state with the same bits', () => {
    const own = { ...options(SPIKING), optimiser: adam({ learningRate: 0.01 }) };
    const first = new NaturalEprop(own);
    first.step(makeBatch());
    const state = first.saveState();
    const second = new NaturalEprop({ ...own, seed: 5 });
    second.loadState(state);
    expect(second.iteration).toBe(1);
    expect(second.step(makeBatch(false))).toEqual(first.step(makeBatch(false)));
    expect(second.parameters).toEqual(first.parameters);
    expect(() => second.loadState({ ...state, generator: state.trainee })).toThrow(ShapeError);
    expect(second.iteration).toBe(2);
  });

  it.each([
    ['an inner rate of 0', { innerRate: 0 }, ParameterError, 'expected innerRate above 0, got 0'],
    ['an unknown population', { trainee: { ...TRAINEE, learns: 'hiden' } }, ParameterError, 'hiden'],
    ['too many signals', { trainee: { ...TRAINEE, learns: 'out' } }, ShapeError, 'expected 2 learning signals'],
    [
      'spikes for signals',
      { generator: { ...GENERATOR, signals: 'hidden' } },
      ParameterError,
      'expected graded values',
    ],
    ['an empty batch', { batch: 0 }, ParameterError, 'expected batch of 1 row or more, got 0'],
  ])('refuses %s', (_, change, kind, message) => {
    const make = () => new NaturalEprop({ ...options(SPIKING), ...change });
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  });

  it('refuses sparse synapses that learn', () => {
    const sparse = defineNetwork({
      inputs: { clock: { size: TICKS } },
      populations: { hidden: { size: HIDDEN, model: alif() }, out: { size: OUTPUTS, model: leakyReadout() } },
      projections: {
        in: { from: 'clock', to: 'hidden', topology: fixedProbability(0.5), weights: 1 },
        out: { from: 'hidden', to: 'out', weights: 1 },
      },
    });
    expect(() => new NaturalEprop(options(sparse as unknown as typeof SPIKING))).toThrow(UnsupportedError);
  });

  it('refuses a batch of another size', () => {
    expect(() => new NaturalEprop(options(SPIKING)).step(rowOf(makeBatch(), 0))).toThrow(ShapeError);
  });

  it('starts from the parameters of the seed', () => {
    const { trainee: own } = new NaturalEprop(options(SPIKING)).parameters;
    expect(own.connections.rec).toEqual(initialParameters(SPIKING, 4).connections.rec);
  });
});
