import { describe, expect, it } from 'vitest';
import { Build, float } from './testing/build.ts';
import { checkStaged, outline } from './testing/check.ts';

/** What is written, how, and the parts that come of it. */
type Case = [name: string, build: (b: Build) => string, parts: string[], opset?: number];

const conv = (b: Build) => b.op('Conv', ['x', b.weights(4, 2, 3, 3), b.weights(4)]);
const clip = (b: Build, x: string, low: number, high: number) => b.op('Clip', [x, b.number(low), b.number(high)]);

const named: Case[] = [
  ['Relu', (b) => b.op('Relu', [conv(b)]), ['relu']],
  ['Max with 0', (b) => b.op('Max', [b.number(0), conv(b)]), ['relu']],
  ['Clip without an upper end', (b) => b.op('Clip', [conv(b), b.number(0)]), ['relu']],
  ['Clip to 6', (b) => clip(b, conv(b), 0, 6), ['relu6']],
  ['Clip by attributes', (b) => b.op('Clip', [conv(b)], { min: float(0), max: float(6) }), ['relu6'], 6 + 4],
  ['Min of Relu and 6', (b) => b.op('Min', [b.op('Relu', [conv(b)]), b.number(6)]), ['relu6']],
  ['Relu, then Clip', (b) => clip(b, b.op('Relu', [conv(b)]), 0, 6), ['relu6']],
  ['LeakyRelu', (b) => b.op('LeakyRelu', [conv(b)], { alpha: float(0.2) }), ['leaky-relu']],
  ['LeakyRelu of no slope given', (b) => b.op('LeakyRelu', [conv(b)]), ['leaky-relu']],
  ['PRelu of one slope', (b) => b.op('PRelu', [conv(b), b.number(0.3, [1])]), ['leaky-relu']],
  [
    'Max of x and 0.1 x',
    (b) => {
      const x = conv(b);
      return b.op('Max', [x, b.op('Mul', [b.number(0.1), x])]);
    },
    ['leaky-relu'],
  ],
  ['Sigmoid', (b) => b.op('Neg', [b.op('Sigmoid', [conv(b)])]), ['sigmoid', 'Neg']],
  [
    '1 / (1 + exp(-x))',
    (b) => b.op('Reciprocal', [b.op('Add', [b.op('Exp', [b.op('Neg', [conv(b)])]), b.number(1)])]),
    ['sigmoid'],
  ],
  ['HardSigmoid of a sixth', (b) => b.op('HardSigmoid', [conv(b)], { alpha: float(1 / 6) }), ['hard-sigmoid']],
  [
    'Clip(x + 3) / 6',
    (b) => b.op('Div', [clip(b, b.op('Add', [conv(b), b.number(3)]), 0, 6), b.number(6)]),
    ['hard-sigmoid'],
  ],
  ['Tanh', (b) => b.op('Tanh', [conv(b)]), ['tanh']],
  [
    'x Sigmoid(x)',
    (b) => {
      const x = conv(b);
      return b.op('Mul', [b.op('Sigmoid', [x]), x]);
    },
    ['silu'],
  ],
  ['HardSwish', (b) => b.op('HardSwish', [conv(b)]), ['hard-swish']],
  [
    'x HardSigmoid(x)',
    (b) => {
      const x = conv(b);
      return b.op('Mul', [x, b.op('HardSigmoid', [x], { alpha: float(1 / 6) })]);
    },
    ['hard-swish'],
  ],
  [
    'x Clip(x + 3) / 6',
    (b) => {
      const x = conv(b);
      return b.op('Div', [b.op('Mul', [x, clip(b, b.op('Add', [x, b.number(3)]), 0, 6)]), b.number(6)]);
    },
    ['hard-swish'],
  ],
  [
    'x (Clip(x + 3) times a sixth)',
    (b) => {
      const x = conv(b);
      return b.op('Mul', [b.op('Mul', [clip(b, b.op('Add', [x, b.number(3)]), 0, 6), b.number(1 / 6)]), x]);
    },
    ['hard-swish'],
  ],
  ['Gelu', (b) => b.op('Gelu', [conv(b)]), ['gelu'], 20],
  ['Gelu by tanh', (b) => b.op('Gelu', [conv(b)], { approximate: 'tanh' }), ['gelu-tanh'], 20],
  [
    'x / 2 times 1 + Erf',
    (b) => {
      const x = conv(b);
      return b.op('Mul', [
        b.op('Mul', [x, b.number(0.5)]),
        b.op('Add', [b.op('Erf', [b.op('Mul', [x, b.number(Math.SQRT1_2)])]), b.number(1)]),
      ]);
    },
    ['gelu'],
  ],
  [
    'half of x times 1 + Erf',
    (b) => {
      const x = conv(b);
      return b.op('Mul', [
        b.number(0.5),
        b.op('Mul', [b.op('Add', [b.number(1), b.op('Erf', [b.op('Div', [x, b.op('Sqrt', [b.number(2)])])])]), x]),
      ]);
    },
    ['gelu'],
  ],
  [
    'the cube of Gelu by tanh',
    (b) => {
      const x = conv(b);
      const cube = b.op('Mul', [b.op('Pow', [x, b.number(3)]), b.number(0.044715)]);
      const inner = b.op('Tanh', [b.op('Mul', [b.op('Add', [x, cube]), b.number(Math.sqrt(2 / Math.PI))])]);
      return b.op('Mul', [b.op('Mul', [b.number(0.5), x]), b.op('Add', [b.number(1), inner])]);
    },
    ['gelu-tanh'],
  ],
];

const spelt: Case[] = [
  ['Clip to 1', (b) => clip(b, conv(b), 0, 1), ['relu6', 'Mul']],
  ['Clip from -1 to 2', (b) => clip(b, conv(b), -1, 2), ['relu6', 'Mul Add']],
  ['Max with a number', (b) => b.op('Max', [conv(b), b.number(-0.4)]), ['relu', 'Add']],
  ['Min with a number', (b) => b.op('Min', [conv(b), b.number(0.4)]), ['relu', 'Mul Add']],
  ['HardSigmoid of a fifth', (b) => b.op('HardSigmoid', [conv(b)]), ['hard-sigmoid']],
  ['PRelu per channel', (b) => b.op('PRelu', [conv(b), b.weights(4, 1, 1)]), ['relu', 'relu', 'Mul Add']],
];

describe('activations', () => {
  it.each(named)('%s has a name', async (_name, build, gates, opset = 17) => {
    const b = new Build([2, 6, 6], opset);
    expect(outline(await checkStaged(b.graph(build(b), 4)))).toEqual(['Conv', ...gates]);
  });

  it.each(spelt)('%s is spelt by others', async (_name, build, rest, opset = 17) => {
    const b = new Build([2, 6, 6], opset);
    expect(outline(await checkStaged(b.graph(build(b), 4))).slice(1)).toEqual(rest);
  });

  it('keep the slope of a leaky ReLU', async () => {
    const b = new Build([2, 6, 6]);
    const staged = await checkStaged(b.graph(b.op('LeakyRelu', [conv(b)], { alpha: float(0.25) }), 4));
    expect(staged.parts[1]).toMatchObject({ activation: 'leaky-relu', constants: { alpha: expect.closeTo(0.25, 12) } });
  });

  it('keep the name of their node, or of their value', async () => {
    const b = new Build([2, 6, 6]);
    const graph = b.graph(b.op('Relu', [b.op('Tanh', [conv(b)])]), 4);
    const nodes = graph.nodes.map((node) => (node.op === 'Tanh' ? { ...node, name: '' } : node));
    const staged = await checkStaged({ ...graph, nodes });
    expect(staged.parts.map(({ name }) => name)).toEqual(['linear-1', 'tanh1', 'relu2']);
  });

  it('are no product of a value with a sigmoid of another', async () => {
    const b = new Build([2, 6, 6]);
    const x = conv(b);
    const output = b.op('Mul', [x, b.op('Sigmoid', [b.op('GlobalAveragePool', [x])])]);
    expect(outline(await checkStaged(b.graph(output, 4)))).toEqual(['Conv GlobalAveragePool', 'sigmoid', 'product']);
  });

  it('that others look into are both', async () => {
    const b = new Build([2, 6, 6]);
    const x = conv(b);
    const sigmoid = b.op('Sigmoid', [x]);
    const output = b.op('Add', [b.op('Mul', [x, sigmoid]), sigmoid]);
    expect(outline(await checkStaged(b.graph(output, 4)))).toEqual(['Conv', 'sigmoid', 'silu', 'Add']);
  });

  it('whose values others are made from are both', async () => {
    const b = new Build([2, 6, 6]);
    const x = conv(b);
    const difference = b.op('Sub', [b.op('Sigmoid', [x]), x]);
    // x + (σ(x) - x) is a sigmoid again, but the difference is read elsewhere, and with it the first sigmoid.
    const output = b.op('Add', [b.op('Relu', [difference]), b.op('Add', [x, difference])]);
    const staged = await checkStaged(b.graph(output, 4));
    expect(outline(staged).filter((part) => part === 'sigmoid')).toHaveLength(2);
  });
});
