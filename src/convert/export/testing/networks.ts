import * as ort from 'onnxruntime-node';
import { RandomStream } from '../../../base/random.ts';
import { onnxRuntime } from '../../../onnx/index.ts';
import type { Attribute, Graph, GraphNode, GraphTensor } from '../../graph/graph.ts';

/** The runtime of the tests. */
export const runtime = onnxRuntime(ort as unknown as Parameters<typeof onnxRuntime>[0]);

const ints = (...value: number[]): Attribute => ({ kind: 'ints', value });

/** Writes small networks node by node; the name of a node is that of its output. */
export class GraphWriter {
  readonly nodes: GraphNode[] = [];
  readonly constants = new Map<string, GraphTensor>();
  readonly #random: RandomStream;
  readonly #grid: number;

  /** @param grid - weights are multiples of it, so that sums of few of them are exact; 0 for any weights */
  constructor(seed: number, grid = 0) {
    this.#random = new RandomStream(seed, 1);
    this.#grid = grid;
  }

  node(op: string, inputs: readonly string[], name: string, attributes: GraphNode['attributes'] = {}): string {
    this.nodes.push({ op, name, inputs, outputs: [name], attributes });
    return name;
  }

  /** A constant of normal numbers. */
  weights(name: string, shape: readonly number[], scale: number): string {
    const count = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length: count }, () => {
      const value = scale * this.#random.normal();
      return this.#grid > 0 ? Math.round(value / this.#grid) * this.#grid : value;
    });
    this.constants.set(name, { shape, data });
    return name;
  }

  dense(input: string, name: string, from: number, to: number): string {
    const weights = this.weights(`${name}/w`, [to, from], 1 / Math.sqrt(from));
    const inputs = [input, weights, this.weights(`${name}/b`, [to], 0.2)];
    return this.node('Gemm', inputs, name, { transB: { kind: 'int', value: 1 } });
  }

  conv(input: string, name: string, from: number, to: number, { size = 3, stride = 1 } = {}): string {
    const weights = this.weights(`${name}/w`, [to, from, size, size], 1 / Math.sqrt(from * size * size));
    const inputs = [input, weights, this.weights(`${name}/b`, [to], 0.2)];
    const pad = (size - 1) / 2;
    return this.node('Conv', inputs, name, {
      kernel_shape: ints(size, size),
      strides: ints(stride, stride),
      pads: ints(pad, pad, pad, pad),
    });
  }

  graph(input: readonly number[], output: string, outputShape: readonly number[]): Graph {
    return {
      name: 'test',
      opset: 17,
      inputs: [{ name: 'x', shape: ['batch', ...input] }],
      outputs: [{ name: output, shape: ['batch', ...outputShape] }],
      nodes: this.nodes,
      constants: this.constants,
    };
  }
}

/** 6 inputs, ReLUs of 9 and 7, 4 outputs. */
export function mlp(seed: number, grid = 0, activation = 'Relu'): Graph {
  const w = new GraphWriter(seed, grid);
  const alpha: Attribute = { kind: 'float', value: 0.25 };
  const attributes: GraphNode['attributes'] = activation === 'LeakyRelu' ? { alpha } : {};
  const first = w.node(activation, [w.dense('x', 'in', 6, 9)], 'relu1', attributes);
  const second = w.node(activation, [w.dense(first, 'mid', 9, 7)], 'relu2', attributes);
  return w.graph([6], w.dense(second, 'out', 7, 4), [4]);
}

/** A 2 x 8 x 8 image, a convolution, a residual block of two with stride 2 on both ways, average pooling, 3 classes. */
export function residual(seed: number, grid = 0): Graph {
  const w = new GraphWriter(seed, grid);
  const stem = w.node('Relu', [w.conv('x', 'stem', 2, 4)], 'relu1');
  const inner = w.node('Relu', [w.conv(stem, 'a', 4, 6, { stride: 2 })], 'relu2');
  const way = w.conv(stem, 'short', 4, 6, { size: 1, stride: 2 });
  const sum = w.node('Relu', [w.node('Add', [w.conv(inner, 'b', 6, 6), way], 'sum')], 'relu3');
  const pooled = w.node('GlobalAveragePool', [sum], 'pool');
  const flat = w.node('Flatten', [pooled], 'flat', { axis: { kind: 'int', value: 1 } });
  return w.graph([2, 8, 8], w.dense(flat, 'out', 6, 3), [3]);
}

/** An output that reads both ReLUs, and the input of the second one too. */
export function bypassed(seed: number, grid = 0): Graph {
  const w = new GraphWriter(seed, grid);
  const first = w.node('Relu', [w.dense('x', 'in', 6, 9)], 'relu1');
  const before = w.dense(first, 'mid', 9, 7);
  const second = w.node('Relu', [before], 'relu2');
  const ways = [w.dense(second, 'a', 7, 4), w.dense(before, 'b', 7, 4), w.dense(first, 'c', 9, 4)] as const;
  return w.graph([6], w.node('Add', [w.node('Add', [ways[0], ways[1]], 'ab'), ways[2]], 'abc'), [4]);
}

/** Normal numbers, [count, …shape]. */
export function randomImages(seed: number, count: number, shape: readonly number[], grid = 0) {
  const random = new RandomStream(seed, 2);
  const length = shape.reduce((product, size) => product * size, count);
  const data = Float32Array.from({ length }, () => {
    const value = random.normal();
    return grid > 0 ? Math.round(value / grid) * grid : value;
  });
  return { shape: [count, ...shape], data };
}
