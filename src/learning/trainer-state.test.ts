import { describe, expect, it } from 'vitest';
import { FormatError, ParameterError, ShapeError } from '../base/errors.ts';
import { defineNeuron } from '../expr/index.ts';
import { defineNetwork } from '../network/index.ts';
import { encodeSafetensors, FloatSequence } from '../tensor/index.ts';
import { squaredError } from './loss.ts';
import { adam, sgd } from './optimisers.ts';
import { Trainer } from './trainer.ts';
import type { TrainerOptions } from './trainer-options.ts';
import { decodeTrainerState, encodeTrainerState, type TrainerState } from './trainer-state.ts';

const [STEPS, ROWS] = [4, 2];

/** Both bounds leave the range when rounded to float32: 0.7 rounds down, 0.8 up. */
const bounded = defineNeuron({
  name: 'bounded',
  params: { g: { symbol: 'g', default: 0.75, unit: '1', min: 0.7, max: 0.8, doc: 'gain' } },
  state: { y: 'output' },
  inputs: { I: 'current' },
  equations: `y' = 0.5 * y + g * I`,
  output: 'y',
});

const net = defineNetwork({
  inputs: { f: { size: 1, kind: 'floats' } },
  populations: { out: { size: 3, model: bounded() } },
  projections: { in: { from: 'f', to: 'out', weights: 1 } },
});

const options: TrainerOptions = {
  batch: ROWS,
  steps: STEPS,
  seed: 1,
  loss: squaredError(),
  optimiser: adam({ learningRate: 0.01 }),
  trainable: { out: ['g'] },
  shards: 2,
  carryState: true,
};

const batch = (target: number) => ({
  steps: STEPS,
  size: ROWS,
  inputs: { f: new FloatSequence(STEPS, ROWS, 1, new Float32Array(STEPS * ROWS).fill(1)) },
  targets: { out: { data: new Float32Array(STEPS * ROWS * 3).fill(target) } },
});

async function trained(change: Partial<TrainerOptions> = {}): Promise<Trainer> {
  const trainer = await Trainer.create(net, { ...options, ...change });
  for (let i = 0; i < 3; i++) await trainer.step(batch(2));
  return trainer;
}

describe('Trainer.loadState', () => {
  const damaged: [string, (state: TrainerState) => Partial<TrainerState>, typeof ShapeError, string][] = [
    [
      'a short parameter vector',
      ({ parameters: p }) => ({ parameters: p.slice(1) }),
      ShapeError,
      'values of parameters, got 7',
    ],
    ['a short first moment', () => ({ firstMoment: new Float32Array(3) }), ShapeError, 'values of firstMoment, got 3'],
    [
      'a long second moment',
      () => ({ secondMoment: new Float32Array(9) }),
      ShapeError,
      'values of secondMoment, got 9',
    ],
    ['a missing shard', ({ carried }) => ({ carried: carried.slice(1) }), ShapeError, 'expected 2 shards, got 1'],
    [
      'a short carried state',
      ({ carried: [a] }) => ({ carried: [a!, new Uint8Array(1)] }),
      ShapeError,
      'of shard 1, got 1',
    ],
    ['a negative iteration', () => ({ iteration: -1 }), ParameterError, 'expected an iteration of 0 or more, got -1'],
    ['half an iteration', () => ({ iteration: 0.5 }), ParameterError, 'expected an iteration'],
    ['NaN', ({ parameters: p }) => ({ parameters: p.map(() => Number.NaN) }), ParameterError, 'finite parameters'],
    ['a negative square', ({ secondMoment: v }) => ({ secondMoment: v.map(() => -1) }), ParameterError, 'got -1'],
    [
      'a parameter out of range',
      ({ parameters: p }) => ({ parameters: p.map(() => 5) }),
      ParameterError,
      'expected out.g within',
    ],
  ];

  it.each(damaged)('refuses %s and changes nothing', async (_, damage, type, message) => {
    const trainer = await trained();
    const before = await trainer.saveState();
    const other = await (await trained({ seed: 2 })).saveState();
    const loading = trainer.loadState({ ...other, iteration: 7, ...damage(other) });
    await expect(loading).rejects.toThrow(type);
    await expect(loading).rejects.toThrow(message);
    expect(await trainer.saveState()).toEqual(before);
  });

  it('refuses the state of another optimiser', async () => {
    const [a, b] = [await trained(), await trained({ optimiser: sgd({ learningRate: 0.01 }) })];
    for (const [to, from] of [[a, b] as const, [b, a] as const]) {
      await expect(to.loadState(await from.saveState())).rejects.toThrow('the state belongs to another optimiser');
    }
  });
});

describe('a stored state', () => {
  it.each([adam({ learningRate: 0.01 }), sgd({ learningRate: 0.01, momentum: 0.9 })])(
    'of $kind goes on with the same bits',
    async (optimiser) => {
      const first = await trained({ optimiser });
      const bytes = encodeTrainerState(await first.saveState());
      const second = await Trainer.create(net, { ...options, optimiser });
      await second.loadState(decodeTrainerState(bytes));
      expect(await second.step(batch(1))).toEqual(await first.step(batch(1)));
      expect(await second.saveState()).toEqual(await first.saveState());
    },
  );

  it('that lacks a tensor or the iteration is refused', () => {
    expect(() => decodeTrainerState(encodeSafetensors({}, { iteration: '3' }))).toThrow(
      'expected a Float32Array "parameters", got none',
    );
    expect(() => decodeTrainerState(encodeSafetensors({}))).toThrow(FormatError);
  });
});

it.each([
  ['min', -10],
  ['max', 10],
] as const)('a trained parameter stays within its %s in spite of rounding', async (bound, target) => {
  const trainer = await Trainer.create(net, { ...options, optimiser: adam({ learningRate: 1 }) });
  await trainer.step(batch(target));
  for (const value of trainer.parameters.neurons.out!.g!) {
    const { min, max } = bounded.definition.params.g!;
    expect(value).toBeGreaterThanOrEqual(min!);
    expect(value).toBeLessThanOrEqual(max!);
    expect(value).toBeCloseTo(bound === 'min' ? min! : max!, 6); // one place of float32
  }
});
