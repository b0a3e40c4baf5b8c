import { describe, expect, it } from 'vitest';
import { ShapeError, UnsupportedError } from '../../base/errors.ts';
import type { Graph } from './graph.ts';
import { stage, stageShapes } from './index.ts';
import { Build } from './testing/build.ts';
import { checkStaged, outline } from './testing/check.ts';

const image = [4, 6, 6];
const same = (b: Build, x: string, kernel = 1) =>
  b.op('Conv', [x, b.weights(4, 4, kernel, kernel), b.weights(4)], { pads: [0, 0, 0, 0] });

describe('stages', () => {
  it('are one per depth, whatever the number of branches', async () => {
    const b = new Build(image);
    const branch = () => same(b, b.op('Relu', [same(b, 'x')]));
    const output = b.op('Concat', [branch(), branch(), b.op('MaxPool', ['x'], { kernel_shape: [1, 1] })], { axis: 1 });
    const parts = outline(await checkStaged(b.graph(output, 4)));
    expect(parts).toEqual(['Conv Conv', 'relu', 'relu', 'max-pool', 'Conv Conv Concat']);
  });

  it('make a linear value once that gates of two depths read', async () => {
    const b = new Build(image);
    const trunk = same(b, 'x');
    const output = b.op('Add', [trunk, same(b, b.op('Relu', [trunk]))]);
    const staged = await checkStaged(b.graph(output, 4));
    expect(outline(staged)).toEqual(['Conv', 'relu', 'Conv Add']);
    const last = staged.parts[2]!;
    expect(last.kind === 'linear' && last.graph.inputs.map(({ name }) => name)).toEqual(['relu1', 'conv0']);
  });

  it('take a shortcut as late as they can, from the gate it starts at', async () => {
    const b = new Build(image);
    const start = b.op('Relu', [same(b, 'x')]);
    const long = same(b, b.op('Relu', [same(b, start)]));
    const staged = await checkStaged(b.graph(b.op('Relu', [b.op('Add', [same(b, start), long])]), 4));
    expect(outline(staged)).toEqual(['Conv', 'relu', 'Conv', 'relu', 'Conv Conv Add', 'relu']);
  });

  it('are not needed between gates', async () => {
    const b = new Build(image);
    const gate = b.op('Sigmoid', [b.op('MaxPool', [b.op('Relu', ['x'])], { kernel_shape: [2, 2], strides: [2, 2] })]);
    const staged = await checkStaged(b.graph(b.op('Mul', [gate, gate]), 4));
    expect(outline(staged)).toEqual(['relu', 'max-pool', 'sigmoid', 'product']);
    expect(stageShapes(staged).get('maxpool1')).toEqual([4, 3, 3]);
  });

  it.each(['Softmax', 'LogSoftmax', 'Sigmoid'])('end before a %s', (head) => {
    const b = new Build([6]);
    const dense = b.op('Gemm', ['x', b.weights(6, 3)]);
    const { output, parts } = stage(b.graph(b.op('Identity', [b.op(head, [dense])]), 2));
    expect(output).toEqual({ name: dense, shape: ['batch', 3] });
    expect(parts).toHaveLength(1);
  });
});

describe('errors name what is beyond conversion', () => {
  const build = (make: (b: Build) => string, rank = 4, sample = image): (() => unknown) => {
    const b = new Build(sample);
    const graph = b.graph(make(b), rank);
    return () => stage(graph);
  };
  const rejects: [string, () => unknown, RegExp][] = [
    [
      'an unknown operator',
      build((b) => b.op('LayerNormalization', ['x', b.weights(6)])),
      /got LayerNormalization "layernormalization0" of "x", "c0" \(known: Conv, /,
    ],
    ['a known operator with no spiking form', build((b) => b.op('Exp', ['x'])), /got Exp "exp0" of "x"/],
    ['Mish', build((b) => b.op('Mul', ['x', b.op('Tanh', [b.op('Softplus', ['x'])])])), /Mish/],
    ['softmax in the middle', build((b) => b.op('Relu', [b.op('Softmax', ['x'])])), /got Softmax/],
    ['a product of two matrices', build((b) => b.op('MatMul', ['x', 'x'])), /constant weights, got MatMul/],
    [
      'a quotient of two values',
      build((b) => b.op('Div', ['x', b.op('Relu', ['x'])])),
      /division by a constant, got Div/,
    ],
    ['weights that depend on the image', build((b) => b.op('Conv', [b.op('Relu', ['x']), 'x'])), /got Conv|channels/],
    [
      'a transposition of the batch',
      build((b) => b.op('Transpose', ['x'], { perm: [1, 0, 2, 3] })),
      /batch as first dimension, got Transpose/,
    ],
    [
      'images merged by a reshape',
      build((b) => b.op('Reshape', ['x', b.ints(-1, 6)]), 2),
      /144 values per image.*stay apart/,
    ],
    [
      'the size of the batch as a number',
      build((b) => b.op('Mul', ['x', b.op('Cast', [b.op('Shape', ['x'], { end: 1 })], { to: 7 })])),
      /finite for a batch of any size, got Mul/,
    ],
    [
      'a constant as large as the batch',
      build((b) => b.op('Add', ['x', b.op('ConstantOfShape', [b.op('Shape', ['x'])])])),
      /any size, got ConstantOfShape/,
    ],
    [
      'statistics that depend on the image',
      build((b) => b.op('BatchNormalization', ['x', 'x', 'x', 'x', 'x'])),
      /constant statistics of 4 channels, got BatchNormalization/,
    ],
  ];

  it.each(rejects)('%s', (_name, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(/^[^\n]*$/);
  });

  const graph = (): Graph => {
    const b = new Build(image);
    return b.graph(b.op('Relu', ['x']), 4);
  };

  it('two outputs', () => {
    const two = graph();
    expect(() => stage({ ...two, outputs: [...two.outputs, ...two.inputs] })).toThrow(UnsupportedError);
  });

  it('an old version', () => {
    expect(() => stage({ ...graph(), opset: 6 })).toThrow(/version 7 or newer, got 6/);
  });

  it('images of open size, unless it is given', async () => {
    const open = { ...graph(), inputs: [{ name: 'x', shape: ['n', 4, 'height', 'width'] }] };
    expect(() => stage(open)).toThrow(ShapeError);
    expect(() => stage(open)).toThrow(/sampleShape/);
    expect(() => stage(open, { sampleShape: [3, 6, 6] })).toThrow(/got \[3,6,6\]/);
    const staged = await checkStaged(open, { sampleShape: [4, 5, 7] });
    expect(staged.input.shape).toEqual(['batch', 4, 5, 7]);
  });

  it('shapes that do not fit', () => {
    const b = new Build(image);
    const conv = b.op('Conv', ['x', b.weights(4, 3, 1, 1)]);
    expect(() => stage(b.graph(conv, 4))).toThrow(/expected 3 channels, got 4 at Conv "conv0"/);
  });
});
