import { describe, expect, it } from 'vitest';
import type { Graph } from '../convert/graph/graph.ts';
import { nodeRuntime } from './onnx-runtime.ts';

/** y = 2 x + 1. */
const graph: Graph = {
  name: 'line',
  opset: 17,
  inputs: [{ name: 'x', shape: ['batch', 3] }],
  outputs: [{ name: 'y', shape: ['batch', 3] }],
  nodes: [
    { op: 'Mul', name: '', inputs: ['x', 'two'], outputs: ['twice'], attributes: {} },
    { op: 'Add', name: '', inputs: ['twice', 'one'], outputs: ['y'], attributes: {} },
  ],
  constants: new Map([
    ['two', { shape: [], data: Float32Array.of(2) }],
    ['one', { shape: [], data: Float32Array.of(1) }],
  ]),
};

describe('nodeRuntime', () => {
  it('runs a graph on any batch and writes into the memory that it is given', async () => {
    const session = await (await nodeRuntime()).load(graph);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const into = { shape: [2, 3], data: new Float32Array(memory.buffer, 64, 6) };
    const x = { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) };
    const results = await session.run(new Map([['x', x]]), new Map([['y', into]]));
    expect(results.get('y')).toBe(into);
    expect([...new Float32Array(memory.buffer, 64, 6)]).toEqual([1, 3, 5, 7, 9, 11]);
    const one = await session.run(new Map([['x', { shape: [1, 3], data: Float32Array.of(0, 0, 1) }]]));
    expect(one.get('y')).toEqual({ shape: [1, 3], data: Float32Array.of(1, 1, 3) });
    await session.release();
  });

  it('refuses a number of threads that is none', async () => {
    await expect(nodeRuntime({ threads: 0 })).rejects.toThrow('expected threads of at least 1, got 0');
  });
});
