import { describe, expect, it } from 'vitest';
import { NumericsError, ParameterError, ShapeError, UnsupportedError } from '../base/errors.ts';
import { defineNetwork, initialParameters } from '../network/index.ts';
import { leakyReadout, lif } from '../neurons/index.ts';
import { type Batch, SpikeTrain } from '../tensor/index.ts';
import { softmaxCrossEntropy, squaredError } from './loss.ts';
import { adam, type Optimiser, sgd } from './optimisers.ts';
import { firingRate } from './regularisers.ts';
import type { Schedule } from './schedules.ts';
import { Trainer } from './trainer.ts';
import type { TrainerOptions } from './trainer-options.ts';

const [STEPS, ROWS] = [6, 2];

const net = defineNetwork({
  inputs: { x: { size: 4 } },
  populations: { hidden: { size: 5, model: lif() }, out: { size: 3, model: leakyReadout() } },
  projections: {
    in: { from: 'x', to: 'hidden', weights: 1 },
    out: { from: 'hidden', to: 'out', weights: 0.5 },
  },
});

const options: TrainerOptions<'hidden' | 'out'> = {
  batch: ROWS,
  steps: STEPS,
  seed: 1,
  loss: softmaxCrossEntropy(),
  optimiser: adam({ learningRate: 0.01 }),
};

/** Every channel spikes at every step. */
function allSpikes(rows = ROWS): Batch & Required<Pick<Batch, 'decisions'>> {
  const x = new SpikeTrain(STEPS, rows, 4);
  for (let t = 0; t < STEPS; t++) for (let b = 0; b < rows; b++) for (let i = 0; i < 4; i++) x.set(t, b, i);
  const decisions = { start: Int32Array.of(0), length: Int32Array.of(STEPS), labels: new Int32Array(ROWS) };
  return { steps: STEPS, size: ROWS, inputs: { x }, decisions };
}

describe('Trainer.step', () => {
  it.each(['step', 'evaluate', 'gradient'] as const)('reports a hidden state of -Infinity in %s', async (method) => {
    const start = initialParameters(net, 1);
    const weights = new Float32Array(20).fill(-3e38);
    const parameters = { ...start, connections: { ...start.connections, in: { ...start.connections.in!, weights } } };
    const trainer = await Trainer.create(net, { ...options, parameters });
    await expect(trainer[method](allSpikes())).rejects.toThrow(NumericsError);
    await expect(trainer[method](allSpikes())).rejects.toThrow('population "hidden"');
    expect(trainer.parameters.connections.in!.weights).toEqual(weights);
    expect(trainer.iteration).toBe(0);
  });

  it.each(['step', 'evaluate', 'gradient'] as const)('refuses to run beside %s', async (method) => {
    const alone = await Trainer.create(net, options);
    const wanted = await alone[method](allSpikes());
    const trainer = await Trainer.create(net, options);
    const state = await trainer.saveState();
    const first = trainer[method](allSpikes());
    const message = `expected one call at a time, got one while ${method} runs`;
    for (const second of [
      trainer.step(allSpikes()),
      trainer.evaluate(allSpikes()),
      trainer.gradient(allSpikes()),
      trainer.saveState(),
      trainer.loadState(state),
    ]) {
      await expect(second).rejects.toThrow(UnsupportedError);
      await expect(second).rejects.toThrow(message);
    }
    expect(await first).toEqual(wanted);
    await trainer.step(allSpikes());
  });

  it('runs again after a call that failed', async () => {
    const trainer = await Trainer.create(net, options);
    await expect(trainer.step({ ...allSpikes(), size: 3 })).rejects.toThrow(ShapeError);
    expect((await trainer.step(allSpikes())).iteration).toBe(1);
  });

  it('refuses inputs of a larger batch, missing ones and unknown ones', async () => {
    const trainer = await Trainer.create(net, options);
    const { x } = allSpikes(ROWS + 1).inputs;
    await expect(trainer.step({ ...allSpikes(), inputs: { x: x! } })).rejects.toThrow(
      'input "x": expected a batch of 2, got 3',
    );
    await expect(trainer.step({ ...allSpikes(), inputs: {} })).rejects.toThrow('expected input "x", got none');
    const inputs = { ...allSpikes().inputs, toString: x! } as unknown as Batch['inputs'];
    await expect(trainer.step({ ...allSpikes(), inputs })).rejects.toThrow('unknown input "toString"');
  });

  it('asks for decisions, or for targets, as the loss needs', async () => {
    const { decisions: _, ...undecided } = allSpikes();
    const classifier = await Trainer.create(net, options);
    await expect(classifier.step(undecided)).rejects.toThrow('expected a batch with decisions, got none');
    const follower = await Trainer.create(net, { ...options, loss: squaredError() });
    await expect(follower.step(undecided)).rejects.toThrow('unknown target "out"');
    const targets = { out: { data: new Float32Array(STEPS * ROWS * 3) } };
    expect((await follower.step({ ...undecided, targets })).loss).toBeGreaterThanOrEqual(0);
  });
});

describe('Trainer.create', () => {
  const wrong: [string, Partial<Record<keyof TrainerOptions, unknown>>, string][] = [
    ['a loss of another kind', { loss: { kind: 'hinge', population: 'out' } }, 'unknown loss "hinge"'],
    ['a loss not called', { loss: softmaxCrossEntropy }, 'expected a loss, got function'],
    ['a loss of a prototype name', { loss: softmaxCrossEntropy({ population: 'constructor' }) }, 'unknown population'],
    ['an optimiser of another kind', { optimiser: { kind: 'rprop' } }, 'unknown optimiser "rprop"'],
    ['an optimiser not called', { optimiser: adam }, 'expected an optimiser, got function'],
    ['no optimiser', { optimiser: undefined }, 'expected an optimiser, got undefined'],
    ['an optimiser without a rate', { optimiser: { kind: 'sgd' } }, 'expected learningRate as a number or a schedule'],
    ['a regulariser of another kind', { regularisers: [{ kind: 'l2' }] }, 'unknown regulariser "l2"'],
    ['rates of a readout', { regularisers: [firingRate({ population: 'out', strength: 1 })] }, 'expected spikes'],
    ['a prototype name to train', { trainable: { toString: ['tauM'] } }, 'unknown population "toString"'],
    ['a parameter twice', { trainable: { hidden: ['tauM', 'tauM'] } }, 'once each, got "tauM" twice'],
    ['half a row', { batch: 1.5 }, 'expected batch of 1 row or more, got 1.5'],
    ['no steps', { steps: 0 }, 'expected steps of 1 step or more, got 0'],
  ];
  it.each(wrong)('refuses %s', async (_, change, message) => {
    const created = Trainer.create(net, { ...options, ...change } as TrainerOptions);
    await expect(created).rejects.toThrow(ParameterError);
    await expect(created).rejects.toThrow(message);
  });

  it('takes an optimiser as plain data, with the defaults of its function', async () => {
    const plain = { kind: 'adam', learningRate: 0.01 } as Optimiser;
    const [a, b] = await Promise.all(
      [plain, options.optimiser].map((o) => Trainer.create(net, { ...options, optimiser: o })),
    );
    for (const trainer of [a!, b!]) await trainer.step(allSpikes());
    expect(a!.parameters).toEqual(b!.parameters);
  });

  it('knows the names of the populations', () => {
    const typed = (trainable: Parameters<typeof Trainer.create<'hidden' | 'out'>>[1]['trainable']) => trainable;
    typed({ hidden: ['tauM'] });
    // @ts-expect-error a misspelt population
    typed({ hiden: ['tauM'] });
    // @ts-expect-error a misspelt population, with names inferred from the network
    return expect(Trainer.create(net, { ...options, trainable: { hiden: ['tauM'] } })).rejects.toThrow(ParameterError);
  });
});

describe('a learning rate', () => {
  it.each([
    [undefined, 'expected learningRate as a number or a schedule, got undefined'],
    [null, 'expected learningRate as a number or a schedule, got object'],
    [{ kind: 'toString' }, 'unknown schedule "toString"'],
    [{ kind: 'cosine', initial: 1, iterations: 10 }, 'expected final of 0 or more, got undefined'],
    [{ kind: 'linearWarmup', iterations: 3, schedule: { kind: 'step' } }, 'unknown schedule "step"'],
    [{ kind: 'stepDecay', initial: -1, factor: 1, every: 2 }, 'expected initial of 0 or more, got -1'],
  ])('of %j is refused', (learningRate, message) => {
    for (const optimiser of [adam, sgd]) {
      const make = () => optimiser({ learningRate: learningRate as unknown as Schedule });
      expect(make).toThrow(ParameterError);
      expect(make).toThrow(message);
    }
  });
});
