import type { Graph } from 'volley/convert';
import { encodeNpy } from 'volley/io';
import { writeOnnx } from 'volley/onnx';

/** Sizes: inputs, ReLU units, classes. */
const [INPUTS, HIDDEN, CLASSES] = [4, 6, 3] as const;

/** Weights are multiples of 1/4, biases of 1/8, and so with inputs of 1/4 every sum is a multiple of 1/16: exact in float32. */
const weight = (row: number, column: number) => (((7 * row + 5 * column + row * column) % 9) - 4) / 4;
const bias = (row: number) => ((row % 5) - 2) / 8;

const matrix = (rows: number, columns: number) =>
  Float32Array.from({ length: rows * columns }, (_, k) => weight(Math.floor(k / columns), k % columns));
const vector = (rows: number) => Float32Array.from({ length: rows }, (_, k) => bias(k));

/** Two dense layers with ReLU between. @param hidden - operator in place of the ReLU */
export function tinyOnnx(hidden = 'Relu'): Uint8Array {
  const transB = { kind: 'int', value: 1 } as const;
  const graph: Graph = {
    name: 'tiny',
    opset: 17,
    inputs: [{ name: 'x', shape: ['n', INPUTS] }],
    outputs: [{ name: 'y', shape: ['n', CLASSES] }],
    nodes: [
      { op: 'Gemm', name: 'first', inputs: ['x', 'w1', 'b1'], outputs: ['u'], attributes: { transB } },
      { op: hidden, name: 'hidden', inputs: ['u'], outputs: ['h'], attributes: {} },
      { op: 'Gemm', name: 'second', inputs: ['h', 'w2', 'b2'], outputs: ['y'], attributes: { transB } },
    ],
    constants: new Map([
      ['w1', { shape: [HIDDEN, INPUTS], data: matrix(HIDDEN, INPUTS) }],
      ['b1', { shape: [HIDDEN], data: vector(HIDDEN) }],
      ['w2', { shape: [CLASSES, HIDDEN], data: matrix(CLASSES, HIDDEN) }],
      ['b2', { shape: [CLASSES], data: vector(CLASSES) }],
    ]),
  };
  return writeOnnx(graph);
}

const layer = (input: readonly number[], rows: number) =>
  Array.from({ length: rows }, (_, r) => input.reduce((sum, x, c) => sum + x * weight(r, c), bias(r)));

/** What the network computes, by plain loops. */
export interface TinySample {
  readonly input: readonly number[];
  readonly hidden: readonly number[];
  readonly answer: number;
}

/** Samples with inputs of 0, 1/4 … 1. */
export const tinySamples = (count: number): TinySample[] =>
  Array.from({ length: count }, (_, k) => {
    const input = Array.from({ length: INPUTS }, (_, c) => ((3 * k + 2 * c + k * c) % 5) / 4);
    const hidden = layer(input, HIDDEN).map((u) => Math.max(0, u));
    const output = layer(hidden, CLASSES);
    return { input, hidden, answer: output.indexOf(Math.max(...output)) };
  });

/** The inputs of samples as an .npy file. */
export const tinyNpy = (samples: readonly TinySample[]): Uint8Array =>
  encodeNpy({ shape: [samples.length, INPUTS], data: Float32Array.from(samples.flatMap(({ input }) => input)) });
