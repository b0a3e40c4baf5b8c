import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterError, UnsupportedError } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import {
  defineNetwork,
  fanInNormal,
  fixedNumber,
  initialParameters,
  type Network,
  type NetworkParameters,
} from '../../network/index.ts';
import { alif, leakyReadout, linear, relu } from '../../neurons/index.ts';
import { type Batch, FloatSequence, SpikeTrain } from '../../tensor/index.ts';
import { softmaxCrossEntropy } from '../loss.ts';
import { adam, type Optimiser, sgd } from '../optimisers.ts';
import { bptt, eprop, type LearningRule, randomFeedback } from '../rules.ts';
import { Trainer } from '../trainer.ts';
import type { TrainerOptions } from '../trainer-options.ts';
import { decodeTrainerState, encodeTrainerState } from '../trainer-state.ts';
import { ACTIVATED } from './connection-slots.ts';
import { deepR, type Rewiring, softDeepR } from './options.ts';
import { signsOf } from './signs.ts';

const [STEPS, ROWS] = [12, 4];

/** Spiking neurons with sparse connections everywhere. */
const spiking = (): Network =>
  defineNetwork({
    inputs: { x: { size: 9 } },
    populations: {
      hidden: { size: 13, model: alif({ beta: 1.7, nRef: 2, tauA: 60 }) },
      out: { size: 3, model: leakyReadout() },
    },
    projections: {
      in: { from: 'x', to: 'hidden', topology: fixedNumber(40), weights: fanInNormal({ gain: 3 }) },
      rec: { from: 'hidden', to: 'hidden', topology: fixedNumber(30, { self: false }), weights: fanInNormal() },
      out: { from: 'hidden', to: 'out', topology: fixedNumber(20), weights: fanInNormal() },
    },
  });

function spikeBatch(seed: number): Batch {
  const random = new RandomStream(seed, 5);
  const x = new SpikeTrain(STEPS, ROWS, 9);
  for (let t = 0; t < STEPS; t++) {
    for (let b = 0; b < ROWS; b++) for (let i = 0; i < 9; i++) if (random.uniform() < 0.3) x.set(t, b, i);
  }
  const labels = Int32Array.from({ length: ROWS }, () => random.integer(3));
  return {
    steps: STEPS,
    size: ROWS,
    inputs: { x },
    decisions: { start: Int32Array.of(6), length: Int32Array.of(6), labels },
  };
}

const options = (
  seed: number,
  rewiring: Rewiring,
  optimiser: Optimiser,
  rule: LearningRule = bptt(),
): TrainerOptions => ({
  ...{ batch: ROWS, steps: STEPS, seed, rule, optimiser, rewiring, loss: softmaxCrossEntropy() },
});

/** Sparse connections as [projection, pre, post, weight]. */
const listOf = (parameters: NetworkParameters): [string, number, number, number][] =>
  Object.entries(parameters.connections).flatMap(([name, connections]) => {
    if (connections.kind !== 'sparse') return [];
    const { rowStart, post } = connections.pattern;
    return Array.from(post, (j, k): [string, number, number, number] => {
      const pre = rowStart.findIndex((_, i) => rowStart[i + 1]! > k);
      return [name, pre, j, connections.weights[k]!];
    });
  });

const NAMES = ['in', 'rec', 'out'];

describe('deepR', () => {
  // @eq bellec2018deepr (algorithm 1)
  it('keeps the budget, the signs and the order after every step, with SGD and Adam, BPTT and e-prop', async () => {
    const net = spiking();
    const cases = fc.record({
      seed: fc.integer({ min: 0, max: 2 ** 40 }),
      shared: fc.boolean(),
      dale: fc.option(fc.constantFrom(0, 0.5, 1), { nil: undefined }),
      optimiser: fc.constantFrom(
        sgd({ learningRate: 0.5 }),
        sgd({ learningRate: 0.3, momentum: 0.9 }),
        adam({ learningRate: 0.05 }),
      ),
      rule: fc.constantFrom(bptt(), eprop()),
      temperature: fc.constantFrom(0, 1e-3),
    });
    let activated = 0;
    const check = async ({ seed, optimiser, rule, ...own }: typeof cases extends fc.Arbitrary<infer C> ? C : never) => {
      const rewiring = deepR({ projections: NAMES, l1: 0.01, ...own });
      const trainer = await Trainer.create(net, options(seed, rewiring, optimiser, rule));
      const signs = Object.fromEntries(NAMES.map((name) => [name, signsOf(net.projections[name]!, own.dale, seed)]));
      for (let step = 0; step < 12; step++) {
        const result = await trainer.step(spikeBatch(step));
        activated += result.activated;
        const list = listOf(trainer.parameters);
        expect(list.length).toBe(90);
        const counts = NAMES.map((name) => list.filter(([of]) => of === name).length);
        if (!own.shared) expect(counts).toEqual([40, 30, 20]);
        expect(new Set(list.map(([name, pre, post]) => `${name} ${pre} ${post}`)).size).toBe(90);
        for (const [name, pre, post, weight] of list) {
          expect(Math.sign(weight)).toBe(signs[name]!(pre, post));
          if (name === 'rec') expect(pre).not.toBe(post);
        }
        expect(list).toEqual(
          list.toSorted((a, b) => NAMES.indexOf(a[0]) - NAMES.indexOf(b[0]) || a[1] - b[1] || a[2] - b[2]),
        );
      }
    };
    await fc.assert(fc.asyncProperty(cases, check), { numRuns: 25 });
    expect(activated).toBeGreaterThan(0);
  });

  it('computes with the connections as they are now: same bits as a network built from its parameters', async () => {
    const net = spiking();
    for (const shared of [false, true]) {
      const rewiring = deepR({ projections: NAMES, shared, l1: 0.02, temperature: 1e-3 });
      const trainer = await Trainer.create(net, options(3, rewiring, adam({ learningRate: 0.05 })));
      for (let step = 0; step < 20; step++) await trainer.step(spikeBatch(step));
      const { rewiring: _, ...plain } = options(3, rewiring, adam({ learningRate: 0.05 }));
      const fresh = await Trainer.create(net, { ...plain, parameters: trainer.parameters });
      const batch = spikeBatch(99);
      expect(await trainer.evaluate(batch)).toEqual(await fresh.evaluate(batch));
      const [a, b] = [await trainer.gradient(batch), await fresh.gradient(batch)];
      expect(listOf(a.gradient)).toEqual(listOf(b.gradient));
    }
  });

  it('goes on from a file with the same bits, and does not depend on shards in what it draws', async () => {
    const net = spiking();
    for (const [optimiser, shards] of [
      [sgd({ learningRate: 0.4 }), 1],
      [adam({ learningRate: 0.05 }), 2],
    ] as const) {
      const all = {
        ...options(5, deepR({ projections: NAMES, shared: true, l1: 0.02, temperature: 1e-3 }), optimiser),
        shards,
      };
      const whole = await Trainer.create(net, all);
      for (let step = 0; step < 10; step++) await whole.step(spikeBatch(step));
      const file = encodeTrainerState(await whole.saveState());
      const resumed = await Trainer.create(net, all);
      await resumed.loadState(decodeTrainerState(file));
      for (let step = 10; step < 20; step++) {
        expect(await resumed.step(spikeBatch(step))).toEqual(await whole.step(spikeBatch(step)));
      }
      expect(listOf(resumed.parameters)).toEqual(listOf(whole.parameters));
      expect(encodeTrainerState(await resumed.saveState())).toEqual(encodeTrainerState(await whole.saveState()));
    }
  });

  it('refuses a state with other connections, and keeps its own then', async () => {
    const net = spiking();
    const all = options(5, deepR({ projections: NAMES, l1: 0.02 }), adam({ learningRate: 0.05 }));
    const trainer = await Trainer.create(net, all);
    await trainer.step(spikeBatch(0));
    const state = await trainer.saveState();
    const before = listOf(trainer.parameters);
    const change = (name: string, edit: (values: Uint32Array) => void) => {
      const values = state.rewiring![name]!.slice() as Uint32Array;
      edit(values);
      return { ...state, rewiring: { ...state.rewiring, [name]: values } };
    };
    const wrong = [
      change('in.post', (post) => post.fill(0)),
      change('rec.post', (post) => post.reverse()),
      change('out.rowStart', (rowStart) => rowStart.fill(20)),
      change('in.born', (born) => born.fill(7)),
      { ...state, parameters: state.parameters.map((weight) => -weight) },
      { ...state, rewiring: {} },
    ];
    for (const bad of wrong) await expect(trainer.loadState(bad)).rejects.toThrow(/Trainer.loadState/);
    const other = await Trainer.create(net, { ...all, seed: 6 });
    await expect(other.loadState(state)).rejects.toThrow(/sign/);
    expect(listOf(trainer.parameters)).toEqual(before);
  });

  // @eq kingma2015adam (algorithm 1), with the number of updates of each entry
  it('starts a re-used slot of Adam anew: its first change is the learning rate', async () => {
    const net = spiking();
    const [learningRate, l1] = [0.05, 0.2];
    const trainer = await Trainer.create(net, options(8, deepR({ projections: ['out'], l1 }), adam({ learningRate })));
    const keyed = (parameters: NetworkParameters) =>
      listOf(parameters)
        .filter(([name]) => name === 'out')
        .map(([, pre, post, value]) => [`${pre} ${post}`, value] as [string, number]);
    let seen = 0;
    for (let step = 0; step < 40; step++) {
      const born = (await trainer.saveState()).rewiring!['out.born']!;
      const gradients = new Map(keyed((await trainer.gradient(spikeBatch(step))).gradient));
      const grows = ([key, weight]: readonly [string, number]) => weight * gradients.get(key)! < 0;
      const fresh = keyed(trainer.parameters).filter((entry, k) => step > 0 && born[k] === step && grows(entry));
      await trainer.step(spikeBatch(step));
      const after = new Map(keyed(trainer.parameters));
      for (const [key] of fresh) {
        // Adam's first change is the learning rate, up to ε over the size of the gradient; then comes the pull.
        expect(Math.abs(after.get(key)!)).toBeCloseTo(learningRate * (1 - l1), 3);
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(0);
  });

  it('is gradient descent with fixed signs when all pairs are connected and nothing pulls', async () => {
    const net = defineNetwork({
      inputs: { x: { size: 6, kind: 'floats' } },
      populations: { hidden: { size: 7, model: relu() }, out: { size: 3, model: linear() } },
      projections: {
        in: { from: 'x', to: 'hidden', topology: fixedNumber(42), weights: fanInNormal() },
        out: { from: 'hidden', to: 'out', topology: fixedNumber(21), weights: fanInNormal() },
      },
    });
    const batch = (seed: number): Batch => {
      const random = new RandomStream(seed, 1);
      const data = Float32Array.from({ length: 24 }, () => random.uniform());
      const labels = Int32Array.from({ length: 4 }, () => random.integer(3));
      const decisions = { start: Int32Array.of(0), length: Int32Array.of(1), labels };
      return { steps: 1, size: 4, inputs: { x: new FloatSequence(1, 4, 6, data) }, decisions };
    };
    const learningRate = 0.3;
    const all = { ...options(2, deepR({ projections: ['in', 'out'], l1: 0 }), sgd({ learningRate })), steps: 1 };
    const trainer = await Trainer.create(net, all);
    const { rewiring: _, ...plain } = all;
    const signs = listOf(trainer.parameters).map(([, , , weight]) => Math.sign(weight));
    let [parameters, activated] = [trainer.parameters, 0];
    for (let step = 0; step < 60; step++) {
      const { gradient } = await (await Trainer.create(net, { ...plain, parameters })).gradient(batch(step));
      activated += (await trainer.step(batch(step))).activated;
      const gradients = listOf(gradient);
      const wanted = listOf(parameters).map(([, , , weight], k) =>
        Math.max(0, signs[k]! * Math.fround(weight - Math.fround(Math.fround(learningRate) * gradients[k]![3]))),
      );
      parameters = trainer.parameters;
      // A weight that would change its sign is put to 10^-12 instead of 0.
      listOf(parameters).forEach(([, , , weight], k) => {
        expect(Math.abs(signs[k]! * weight - wanted[k]!)).toBeLessThanOrEqual(1.01 * ACTIVATED);
      });
    }
    expect(activated).toBeGreaterThan(0);
    const still = await Trainer.create(net, {
      ...all,
      rewiring: deepR({ projections: ['in', 'out'], l1: 0, rewire: false }),
    });
    for (let step = 0; step < 60; step++) expect((await still.step(batch(step))).activated).toBe(0);
    const [a, b] = [listOf(still.parameters), listOf(parameters)];
    // Re-activating all that is dormant where it was is what the control does; only Float32 of 10^-12 differs.
    a.forEach(([, , , weight], k) => {
      expect(weight).toBeCloseTo(b[k]![3], 6);
    });
  });

  it('refuses what it cannot do, before anything is built', async () => {
    const net = spiking();
    const create = (rewiring: Rewiring, own: Partial<TrainerOptions> = {}) =>
      Trainer.create(net, { ...options(1, rewiring, sgd({ learningRate: 0.1 })), ...own });
    await expect(create(deepR({ projections: ['inn'] }))).rejects.toThrow(/unknown projection|"inn"/);
    await expect(create(softDeepR({ projections: ['in'], temperature: 1, minimum: -1 }))).rejects.toThrow(/all-to-all/);
    await expect(create({ kind: 'other' } as never)).rejects.toThrow(ParameterError);
    await expect(
      create(deepR({ projections: ['out'] }), { rule: eprop({ feedback: randomFeedback() }) }),
    ).rejects.toThrow(UnsupportedError);
    for (const bad of [{ l1: -1 }, { temperature: Number.NaN }, { dale: 2 }, { gradientNoise: -1 }]) {
      expect(() => deepR({ projections: ['in'], ...bad })).toThrow(ParameterError);
    }
    expect(() => deepR({ projections: [] })).toThrow(ParameterError);
    expect(() => deepR({ projections: ['in', 'in'] })).toThrow(ParameterError);
    expect(() => softDeepR({ projections: ['in'], temperature: 1, minimum: 1 })).toThrow(ParameterError);
  });

  it('gives initial weights the signs of their connections and keeps their size', async () => {
    const net = spiking();
    const trainer = await Trainer.create(
      net,
      options(4, deepR({ projections: ['rec'], dale: 0.75 }), sgd({ learningRate: 0.1 })),
    );
    const size = (list: ReturnType<typeof listOf>) =>
      list.map(([name, pre, post, weight]) => [name, pre, post, Math.abs(weight)]);
    expect(size(listOf(trainer.parameters))).toEqual(size(listOf(initialParameters(net, 4))));
    const rows = listOf(trainer.parameters).filter(([name]) => name === 'rec');
    for (const [, pre, , weight] of rows) {
      const first = rows.find(([, other]) => other === pre)!;
      expect(Math.sign(weight)).toBe(Math.sign(first[3]));
    }
  });
});
