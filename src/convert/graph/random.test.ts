import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Graph } from './graph.ts';
import { Build, float } from './testing/build.ts';
import { checkStaged } from './testing/check.ts';

/** A value while a network is drawn: its name and its channels, height and width. */
interface Value {
  readonly name: string;
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** One more value from those there are; undefined where the draw does not apply. */
type Layer = (b: Build, pick: (bound: number) => number, values: readonly Value[]) => Value | undefined;

const any = (pick: (bound: number) => number, values: readonly Value[]): Value => values[pick(values.length)]!;
const unary =
  (op: string, settings = {}): Layer =>
  (b, pick, values) => {
    const { name, shape } = any(pick, values);
    return { name: b.op(op, [name], settings), shape };
  };

const pool =
  (op: string): Layer =>
  (b, pick, values) => {
    const { name, shape } = any(pick, values);
    const [channels, height, width] = shape;
    if (height < 2) return undefined;
    const settings = { kernel_shape: [2, 2], strides: [2, 2] };
    return { name: b.op(op, [name], settings), shape: [channels, height >> 1, width >> 1] };
  };

const pair =
  (op: string): Layer =>
  (b, pick, values) => {
    const first = any(pick, values);
    const fitting = values.filter(({ shape }) => shape.join() === first.shape.join());
    return { name: b.op(op, [first.name, any(pick, fitting).name]), shape: first.shape };
  };

const LAYERS: readonly Layer[] = [
  (b, pick, values) => {
    const { name, shape } = any(pick, values);
    const [channels, height, width] = shape;
    const kernel = 1 + 2 * pick(2);
    const stride = height % 2 === 0 && height > 2 ? 1 + pick(2) : 1;
    const outputs = 2 + 2 * pick(2);
    const group = channels % 2 === 0 ? 1 + pick(2) : 1;
    const weights = b.weights(outputs, channels / group, kernel, kernel);
    const pad = (kernel - 1) / 2;
    const settings = { pads: [pad, pad, pad, pad], strides: [stride, stride], group };
    const conv = b.op('Conv', pick(2) ? [name, weights] : [name, weights, b.weights(outputs)], settings);
    const size = (n: number) => (stride === 1 ? n : n / 2);
    return { name: pick(2) ? b.norm(conv, outputs) : conv, shape: [outputs, size(height), size(width)] };
  },
  unary('Relu'),
  unary('Sigmoid'),
  unary('Tanh'),
  unary('LeakyRelu', { alpha: float(0.3) }),
  unary('HardSigmoid'),
  unary('Identity'),
  (b, pick, values) => {
    const { name, shape } = any(pick, values);
    return { name: b.op('Mul', [name, b.op('Sigmoid', [name])]), shape };
  },
  (b, pick, values) => {
    const { name, shape } = any(pick, values);
    return { name: b.op('Clip', [name, b.number(-pick(2)), b.number(1 + pick(6))]), shape };
  },
  (b, pick, values) => {
    const { name, shape } = any(pick, values);
    return { name: b.op(['Add', 'Mul', 'Sub', 'Div'][pick(4)]!, [name, b.positive(shape[0], 1, 1)]), shape };
  },
  (b, pick, values) => {
    const { name, shape } = any(pick, values);
    const scale = b.op('Sigmoid', [
      b.op('Conv', [b.op('GlobalAveragePool', [name]), b.weights(shape[0], shape[0], 1, 1)]),
    ]);
    return { name: b.op('Mul', [name, scale]), shape };
  },
  (b, pick, values) => {
    const first = any(pick, values);
    const fitting = values.filter(({ shape }) => shape[1] === first.shape[1] && shape[2] === first.shape[2]);
    const other = any(pick, fitting);
    const channels = first.shape[0] + other.shape[0];
    // Small networks stay small.
    if (channels > 8) return undefined;
    return {
      name: b.op('Concat', [first.name, other.name], { axis: 1 }),
      shape: [channels, first.shape[1], first.shape[2]],
    };
  },
  pool('AveragePool'),
  pool('MaxPool'),
  pair('Add'),
  pair('Sub'),
  pair('Mul'),
];

function draw(choices: readonly number[]): Graph {
  let place = 0;
  const pick = (bound: number): number => (choices[place++ % choices.length]! >>> 0) % bound;
  const b = new Build([2, 4, 4], 17, 1 + choices[0]!);
  const values: Value[] = [{ name: 'x', shape: [2, 4, 4] }];
  while (place < choices.length) {
    const value = LAYERS[pick(LAYERS.length)]!(b, pick, values);
    if (value) values.push(value);
  }
  // The last two values meet in the result, so that branches of different depth do.
  const heads = values.slice(-2).map(({ name, shape }) => {
    const flat = b.op('Flatten', [b.op('GlobalAveragePool', [name])]);
    return b.op('Gemm', [flat, b.weights(shape[0], 3)]);
  });
  return b.graph(b.op('Sum', heads), 2);
}

it('random networks equal themselves after they are cut', async () => {
  const choices = fc.array(fc.nat(2 ** 16), { minLength: 8, maxLength: 60 });
  const cut = fc.asyncProperty(choices, async (numbers) => {
    const staged = await checkStaged(draw(numbers), {}, 2);
    const made = new Set([staged.input.name]);
    for (const part of staged.parts) {
      const [inputs, outputs] =
        part.kind === 'linear'
          ? [part.graph.inputs.map(({ name }) => name), part.graph.outputs.map(({ name }) => name)]
          : [part.kind === 'product' ? part.inputs : [part.input], [part.output]];
      for (const name of inputs) expect(made).toContain(name);
      for (const name of outputs) made.add(name);
    }
    const linear = staged.parts.map(({ kind }) => kind === 'linear');
    expect(linear.some((here, k) => here && linear[k + 1])).toBe(false);
    expect(new Set(staged.parts.map(({ name }) => name)).size).toBe(staged.parts.length);
  });
  await fc.assert(cut, { numRuns: 60 });
});
