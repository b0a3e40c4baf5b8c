import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import type { Graph } from '../convert/graph/graph.ts';
import { type OnnxModule, onnxRuntime } from './onnx-runtime.ts';

const graph: Graph = {
  name: 'two-results',
  opset: 17,
  inputs: [{ name: 'x', shape: ['batch', 2] }],
  outputs: [
    { name: 'y', shape: ['batch', 2] },
    { name: 'z', shape: ['batch', 3] },
  ],
  nodes: [
    { op: 'Neg', name: '', inputs: ['x'], outputs: ['y'], attributes: {} },
    { op: 'Gemm', name: '', inputs: ['x', 'w'], outputs: ['z'], attributes: {} },
  ],
  constants: new Map([['w', { shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) }]]),
};

const modules: [string, OnnxModule][] = [
  ['onnxruntime-node', node],
  ['onnxruntime-web', web],
];

describe.each(modules)('%s', (_name, ort) => {
  const image = { shape: [2, 2], data: new Float32Array([1, 0, 1, -1]) };

  it('runs a graph', async () => {
    const session = await onnxRuntime(ort).load(graph);
    const results = await session.run(new Map([['x', image]]));
    expect(results.get('y')).toEqual({ shape: [2, 2], data: new Float32Array([-1, -0, -1, 1]) });
    expect(results.get('z')).toEqual({ shape: [2, 3], data: new Float32Array([1, 2, 3, -3, -3, -3]) });
    await session.release();
  });

  it('writes into memory that is given', async () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const input = { shape: [2, 2], data: new Float32Array(memory.buffer, 256, 4) };
    const output = { shape: [2, 3], data: new Float32Array(memory.buffer, 1024, 6) };
    input.data.set(image.data);
    const session = await onnxRuntime(ort, { threads: 1 }).load(graph);
    const results = await session.run(new Map([['x', input]]), new Map([['z', output]]));
    expect(results.get('z')).toBe(output);
    expect([...new Float32Array(memory.buffer, 1024, 7)]).toEqual([1, 2, 3, -3, -3, -3, 0]);
    // Again with other numbers in the same places, and into another place.
    input.data.set([0, 1, 2, 0]);
    await session.run(new Map([['x', input]]), new Map([['z', output]]));
    expect([...output.data]).toEqual([4, 5, 6, 2, 4, 6]);
    const other = { shape: [2, 3], data: new Float32Array(memory.buffer, 2048, 6) };
    await session.run(new Map([['x', input]]), new Map([['z', other]]));
    expect([...other.data]).toEqual([4, 5, 6, 2, 4, 6]);
    await session.release();
  });

  it('writes into memory of a shape that onnxruntime infers wrongly', async () => {
    const ints = (...value: number[]) => ({ kind: 'ints', value }) as const;
    const attributes = {
      ...{ kernel_shape: ints(2, 2), strides: ints(2, 2), pads: ints(1, 1, 1, 1) },
      ceil_mode: { kind: 'int', value: 1 },
    } as const;
    const nodes = ['Neg', 'AveragePool', 'Neg'].map((op, k) => {
      const [inputs, outputs] = [[['x', 'a', 'b'][k]!], [['a', 'b', 'y'][k]!]];
      return { op, name: '', inputs, outputs, attributes: op === 'AveragePool' ? attributes : {} };
    });
    // The fourth window of each axis would lie in the padding, and there is none.
    const outputs = ['b', 'y'].map((name) => ({ name, shape: ['batch', 1, 3, 3] }));
    const inputs = [{ name: 'x', shape: ['batch', 1, 5, 5] }];
    const session = await onnxRuntime(ort).load({ ...graph, inputs, outputs, nodes, constants: new Map() });
    const memory = new WebAssembly.Memory({ initial: 1 });
    const into = { shape: [1, 1, 3, 3], data: new Float32Array(memory.buffer, 256, 9) };
    const ones = { shape: [1, 1, 5, 5], data: new Float32Array(25).fill(1) };
    const results = await session.run(new Map([['x', ones]]), new Map([['b', into]]));
    expect(results.get('b')).toBe(into);
    expect([...into.data]).toEqual(new Array(9).fill(-1));
    expect(results.get('y')!.shape).toEqual([1, 1, 3, 3]);
    await session.release();
  });
});

it('takes a whole number of threads', () => {
  expect(() => onnxRuntime(node, { threads: 0 })).toThrow(ParameterError);
});
