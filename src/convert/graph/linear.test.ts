import { describe, expect, it } from 'vitest';
import { stage } from './cut.ts';
import { Build, float, randomActivity } from './testing/build.ts';
import { checkStaged, expectSame, outline } from './testing/check.ts';
import { runGraph, runStaged } from './testing/run-staged.ts';

/** Name, shape of an image, what is built from `x`, rank of the result; the version of the operators where it matters. */
type Case = [name: string, sample: number[], build: (b: Build) => string, rank: number, opset?: number];

const image = [4, 6, 6];

const cases: Case[] = [
  [
    'Conv with strides, pads, dilations',
    image,
    (b) =>
      b.op('Conv', ['x', b.weights(5, 4, 3, 2), b.weights(5)], {
        strides: [2, 1],
        pads: [1, 0, 2, 1],
        dilations: [1, 2],
      }),
    4,
  ],
  ['Conv in groups without bias', image, (b) => b.op('Conv', ['x', b.weights(8, 2, 3, 3)], { group: 2 }), 4],
  [
    'Conv padded to the same size',
    image,
    (b) => b.op('Conv', ['x', b.weights(4, 4, 3, 3)], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
    4,
  ],
  ['Conv over one axis', [3, 9], (b) => b.op('Conv', ['x', b.weights(2, 3, 4)], { pads: [1, 1] }), 3],
  [
    'ConvTranspose',
    image,
    (b) =>
      b.op('ConvTranspose', ['x', b.weights(4, 3, 3, 3), b.weights(6)], {
        strides: [2, 2],
        group: 2,
        pads: [1, 1, 0, 0],
        output_padding: [1, 0],
      }),
    4,
  ],
  [
    'Gemm with all its factors',
    [6],
    (b) => b.op('Gemm', ['x', b.weights(5, 6), b.weights(1, 5)], { transB: 1, alpha: float(0.5), beta: float(2) }),
    2,
  ],
  ['MatMul and Add', [6], (b) => b.op('Add', [b.op('MatMul', ['x', b.weights(6, 3)]), b.weights(3)]), 2],
  [
    'MatMul and a sum that makes it wider',
    [6],
    (b) => b.op('Add', [b.op('MatMul', ['x', b.weights(6, 1)]), b.weights(5)]),
    2,
  ],
  ['MatMul of rows', [3, 6], (b) => b.op('MatMul', ['x', b.weights(6, 2)]), 3],
  ['MatMul from the left', [3, 6], (b) => b.op('MatMul', [b.weights(2, 3), 'x']), 3],
  [
    'AveragePool',
    image,
    (b) => b.op('AveragePool', ['x'], { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 0] }),
    4,
  ],
  [
    'AveragePool with a last window cut off',
    image,
    (b) => b.op('AveragePool', ['x'], { kernel_shape: [4, 4], strides: [3, 3], ceil_mode: 1, count_include_pad: 1 }),
    4,
  ],
  [
    'AveragePool with a last window that would start outside',
    image,
    (b) => b.op('AveragePool', ['x'], { kernel_shape: [2, 2], strides: [3, 3], ceil_mode: 1 }),
    4,
  ],
  ['GlobalAveragePool', image, (b) => b.op('GlobalAveragePool', ['x']), 4],
  ['ReduceMean', image, (b) => b.op('ReduceMean', ['x'], { axes: [-1, 2], keepdims: 0 }), 2],
  ['ReduceMean with axes as input', image, (b) => b.op('ReduceMean', ['x', b.ints(2, 3)]), 4, 18],
  ['ReduceSum', image, (b) => b.op('ReduceSum', ['x', b.ints(1)], { keepdims: 0 }), 3],
  ['ReduceSum with axes as attribute', image, (b) => b.op('ReduceSum', ['x'], { axes: [1] }), 4, 11],
  [
    'sums of values and constants',
    image,
    (b) => b.op('Sub', [b.weights(6), b.op('Sum', ['x', b.op('Add', ['x', b.weights(4, 1, 1)]), 'x'])]),
    4,
  ],
  [
    'products with and quotients by constants',
    image,
    (b) => b.op('Div', [b.op('Mul', [b.weights(4, 1, 1), b.op('Neg', ['x'])]), b.positive(6)]),
    4,
  ],
  ['Flatten', image, (b) => b.op('Flatten', ['x'], { axis: -3 }), 2],
  ['Reshape to an open size', image, (b) => b.op('Reshape', ['x', b.ints(0, 2, -1)]), 3],
  ['Reshape with the batch open', image, (b) => b.op('Reshape', ['x', b.ints(-1, 144)]), 2],
  ['Transpose', image, (b) => b.op('Transpose', ['x'], { perm: [0, 2, 3, 1] }), 4],
  ['Concat', [4], (b) => b.op('Concat', ['x', b.op('Gemm', ['x', b.weights(4, 2)])], { axis: 1 }), 2],
  ['Split', image, (b) => b.op('Sub', b.ops('Split', ['x', b.ints(2, 2)], { axis: 1 }, 2)), 4],
  [
    'Split with sizes as attribute',
    image,
    (b) => b.op('Concat', b.ops('Split', ['x'], { axis: -3, split: [1, 3] }, 2).reverse(), { axis: 1 }),
    4,
    11,
  ],
  [
    'Split into a number of parts',
    [5, 2],
    (b) => b.op('Concat', b.ops('Split', ['x'], { axis: 1, num_outputs: 2 }, 2).reverse(), { axis: 1 }),
    3,
    18,
  ],
  [
    'Slice forwards and backwards',
    image,
    (b) => b.op('Slice', ['x', b.ints(1, -1), b.ints(2 ** 40, -7), b.ints(1, 3), b.ints(2, -1)]),
    4,
  ],
  ['Slice by attributes', image, (b) => b.op('Slice', ['x'], { starts: [1, 0], ends: [-1, 3], axes: [2, 1] }), 4, 9],
  ['Pad with a value', image, (b) => b.op('Pad', ['x', b.ints(0, 1, 0, 2, 0, 0, 1, -1), b.number(0.7)]), 4],
  ['Pad by reflection', image, (b) => b.op('Pad', ['x', b.ints(0, 0, 2, 2, 0, 0, 1, 1)], { mode: 'reflect' }), 4],
  ['Pad by attributes', image, (b) => b.op('Pad', ['x'], { pads: [0, 0, 1, 1, 0, 0, 1, 1], value: float(2) }), 4, 10],
  ['Pad of named axes', image, (b) => b.op('Pad', ['x', b.ints(1, 2, 0, 1), '', b.ints(1, -1)]), 4, 18],
  ['Squeeze and Unsqueeze', [1, 5], (b) => b.op('Unsqueeze', [b.op('Squeeze', ['x', b.ints(-2)]), b.ints(1, -1)]), 4],
  [
    'Squeeze and Unsqueeze by attributes',
    [1, 5],
    (b) => b.op('Unsqueeze', [b.op('Squeeze', ['x'], { axes: [1] })], { axes: [1, 3] }),
    4,
    11,
  ],
  ['Squeeze of all there is', [1, 5, 1], (b) => b.op('Squeeze', ['x']), 2],
  ['Gather', image, (b) => b.op('Gather', ['x', b.ints(2, 0)], { axis: 1 }), 4],
  ['Gather of one', image, (b) => b.op('Gather', ['x', b.index(-1)], { axis: 3 }), 3],
  [
    'Resize by neighbours',
    image,
    (b) => b.op('Resize', ['x', '', b.constantFloats(1, 1, 2, 1.5)], { mode: 'nearest' }),
    4,
  ],
  [
    'Resize by lines to a size',
    image,
    (b) => b.op('Resize', ['x', '', '', b.ints(3, 4, 13, 4)], { mode: 'linear' }),
    4,
  ],
  [
    'Resize of named axes',
    image,
    (b) => b.op('Resize', ['x', '', '', b.ints(9, 7)], { mode: 'linear', axes: [2, 3] }),
    4,
    18,
  ],
  [
    'Resize of version 10',
    image,
    (b) => b.op('Resize', ['x', b.constantFloats(1, 1, 2, 1.5)], { mode: 'nearest' }),
    4,
    10,
  ],
  ['Upsample', image, (b) => b.op('Upsample', ['x', b.constantFloats(1, 1, 2, 3)], { mode: 'linear' }), 4, 9],
  ['DepthToSpace', image, (b) => b.op('DepthToSpace', ['x'], { blocksize: 2, mode: 'CRD' }), 4],
  ['SpaceToDepth', image, (b) => b.op('SpaceToDepth', ['x'], { blocksize: 3 }), 4],
];

describe('linear operators', () => {
  it.each(cases)('%s', async (_name, sample, build, rank, opset = 17) => {
    const b = new Build(sample, opset);
    const output = build(b);
    const staged = await checkStaged(b.graph(output, rank));
    expect(staged.parts.map(({ kind }) => kind)).toEqual(['linear']);
  });
});

describe('batch normalisation', () => {
  const layers: Case[] = [
    ['Conv', image, (b) => b.norm(b.op('Conv', ['x', b.weights(6, 2, 3, 3), b.weights(6)], { group: 2 }), 6), 4],
    ['ConvTranspose', image, (b) => b.norm(b.op('ConvTranspose', ['x', b.weights(4, 3, 3, 3)], { group: 2 }), 6), 4],
    [
      'Gemm',
      [6],
      (b) => b.norm(b.op('Gemm', ['x', b.weights(6, 5), b.weights(5)], { alpha: float(2), beta: float(0.5) }), 5),
      2,
    ],
    ['Gemm', [6], (b) => b.norm(b.op('Gemm', ['x', b.weights(5, 6)], { transB: 1 }), 5), 2],
    ['Gemm', [6], (b) => b.norm(b.op('Add', [b.weights(5), b.op('MatMul', ['x', b.weights(6, 5)])]), 5), 2],
  ];

  it.each(layers)('is folded into %s (%#)', async (op, sample, build, rank) => {
    const b = new Build(sample);
    const output = build(b);
    expect(outline(await checkStaged(b.graph(output, rank)))).toEqual([op]);
  });

  it('becomes a product and a sum where nothing can take it', async () => {
    const b = new Build(image);
    const output = b.norm(b.op('Conv', [b.norm('x', 4), b.weights(5, 4, 3, 3)], {}), 5);
    expect(outline(await checkStaged(b.graph(output, 4)))).toEqual(['Mul Add Conv']);
  });

  it('is not folded into a layer that others read', async () => {
    const b = new Build(image);
    const conv = b.op('Conv', ['x', b.weights(4, 4, 1, 1)]);
    const output = b.op('Add', [conv, b.norm(conv, 4)]);
    expect(outline(await checkStaged(b.graph(output, 4)))).toEqual(['Conv Mul Add Add']);
  });

  it('leaves weights that two layers share to the other', async () => {
    const b = new Build(image);
    const weights = b.weights(4, 4, 1, 1);
    const first = b.norm(b.op('Conv', ['x', weights]), 4);
    const output = b.op('Add', [first, b.op('Conv', ['x', weights])]);
    expect(outline(await checkStaged(b.graph(output, 4)))).toEqual(['Conv Conv Add']);
  });
});

describe('shapes that exporters compute', () => {
  it('flatten by the sizes of the value itself', async () => {
    const b = new Build(image);
    const shape = b.op('Shape', ['x']);
    const size = (k: number) => b.op('Gather', [shape, b.index(k)], { axis: 0 });
    const rest = b.op('Mul', [b.op('Mul', [size(1), size(2)]), size(3)]);
    const parts = [size(0), rest].map((value) => b.op('Unsqueeze', [value, b.ints(0)]));
    const output = b.op('Reshape', ['x', b.op('Concat', parts, { axis: 0 })]);
    expect(outline(await checkStaged(b.graph(output, 2)))).toEqual(['Reshape']);
  });

  it('shuffle channels', async () => {
    const b = new Build(image);
    const batch = b.op('Slice', [b.op('Shape', ['x']), b.ints(0), b.ints(1), b.ints(0)]);
    const target = (...sizes: number[]) => b.op('Concat', [batch, b.ints(...sizes)], { axis: 0 });
    const groups = b.op('Transpose', [b.op('Reshape', ['x', target(2, 2, 6, 6)])], { perm: [0, 2, 1, 3, 4] });
    const output = b.op('Reshape', [groups, target(4, 6, 6)]);
    expect(outline(await checkStaged(b.graph(output, 4)))).toEqual(['Reshape Transpose Reshape']);
  });

  it('enlarge to the size of another value', async () => {
    const b = new Build(image);
    const small = b.op('AveragePool', ['x'], { kernel_shape: [3, 3], strides: [3, 3] });
    const space = b.op('Slice', [b.op('Shape', ['x']), b.ints(2), b.ints(4), b.ints(0)]);
    const front = b.op('Slice', [b.op('Shape', [small]), b.ints(0), b.ints(2), b.ints(0)]);
    const sizes = b.op('Concat', [front, b.op('Cast', [space], { to: 7 })], { axis: 0 });
    const output = b.op('Add', ['x', b.op('Resize', [small, '', '', sizes], { mode: 'linear' })]);
    expect(outline(await checkStaged(b.graph(output, 4)))).toEqual(['AveragePool Resize Add']);
  });

  it('and what does nothing at inference is gone', async () => {
    const b = new Build([6]);
    const weights = b.op('Transpose', [b.op('Identity', [b.weights(5, 6)])], { perm: [1, 0] });
    const cast = b.op('Cast', [b.op('Dropout', ['x'])], { to: 1 });
    const output = b.op('Identity', [b.op('MatMul', [cast, weights])]);
    expect(outline(await checkStaged(b.graph(output, 2)))).toEqual(['Gemm']);
  });

  it('a file made for a batch of one runs with any', async () => {
    const dense = (b: Build, flat: string) => b.graph(b.op('Gemm', [flat, b.weights(144, 3)]), 2);
    const [fixed, open] = [new Build(image), new Build(image)];
    const graph = dense(fixed, fixed.op('Reshape', ['x', fixed.ints(1, 144)]));
    const staged = stage({ ...graph, inputs: [{ name: 'x', shape: [1, ...image] }] });
    const wanted = dense(open, open.op('Flatten', ['x']));
    const images = randomActivity([5, ...image], 3);
    const scores = await runGraph(wanted, new Map([['x', images]]));
    expectSame(await runStaged(staged, images), scores.get(wanted.outputs[0]!.name)!);
  });
});

describe('pools whose last window sticks out', () => {
  const settings = [5, 6, 7, 8].flatMap((size) =>
    [2, 3].flatMap((kernel) =>
      [1, 2, 3].flatMap((stride) => [0, 1].map((pad) => ({ size, kernel, stride, pads: [pad, pad, pad, pad] }))),
    ),
  );
  const built = (op: string, { size, kernel, stride, pads }: (typeof settings)[number], more = {}) => {
    const b = new Build([2, size, size]);
    const shared = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads, ceil_mode: 1 };
    return b.graph(b.op(op, ['x'], { ...shared, ...more }), 4);
  };
  const nodesOf = (graph: ReturnType<typeof built>) =>
    stage(graph).parts.flatMap((part) =>
      part.kind === 'linear' ? part.graph.nodes : part.kind === 'max-pool' ? [part.node] : [],
    );

  it.each(['MaxPool', 'AveragePool'])('get pads that it sticks into, with the same values: %s', async (op) => {
    for (const setting of settings) {
      const graph = built(op, setting);
      await checkStaged(graph);
      for (const { attributes } of nodesOf(graph)) expect(attributes).not.toHaveProperty('ceil_mode');
    }
  });

  it('stay where the mean counts its pads, but not what sticks out', async () => {
    let kept = 0;
    for (const setting of settings) {
      const graph = built('AveragePool', setting, { count_include_pad: 1 });
      await checkStaged(graph);
      kept += nodesOf(graph).filter(({ attributes }) => 'ceil_mode' in attributes).length;
    }
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(settings.length);
  });
});
