import { describe, expect, it } from 'vitest';
import type { LinearStage } from './index.ts';
import { countOperations, inferShapes, inputShapesOf, stage } from './index.ts';
import { Build } from './testing/build.ts';

const stagesOf = (b: Build, output: string, rank: number): LinearStage[] =>
  stage(b.graph(output, rank)).parts.filter((part) => part.kind === 'linear');

describe('operations of a stage, counted by hand', () => {
  const cases: [string, number[], (b: Build) => string, number, number, number][] = [
    // 6 channels, 4 × 3 places, each 2 inputs × 3 × 2.
    [
      'Conv in groups',
      [4, 6, 4],
      (b) => b.op('Conv', ['x', b.weights(6, 2, 3, 2)], { group: 2 }),
      4,
      6 * 4 * 3 * 12,
      0,
    ],
    // Each of 4 × 3 × 3 inputs goes to 3 channels × 2 × 2.
    ['ConvTranspose', [4, 3, 3], (b) => b.op('ConvTranspose', ['x', b.weights(4, 3, 2, 2)]), 4, 36 * 12, 0],
    ['Gemm', [6], (b) => b.op('Gemm', ['x', b.weights(6, 5), b.weights(5)]), 2, 30, 0],
    ['Gemm transposed', [6], (b) => b.op('Gemm', ['x', b.weights(5, 6)], { transB: 1 }), 2, 30, 0],
    ['MatMul of rows', [3, 6], (b) => b.op('MatMul', ['x', b.weights(6, 5)]), 3, 3 * 30, 0],
    ['AveragePool', [4, 6, 6], (b) => b.op('AveragePool', ['x'], { kernel_shape: [3, 2], strides: [3, 2] }), 4, 0, 144],
    ['GlobalAveragePool', [4, 6, 6], (b) => b.op('GlobalAveragePool', ['x']), 4, 0, 144],
    [
      'a sum of two values and a constant',
      [4],
      (b) => b.op('Sum', ['x', b.weights(4), b.op('Mul', ['x', b.number(2)])]),
      2,
      4,
      4,
    ],
    ['Flatten', [4, 6], (b) => b.op('Flatten', ['x']), 2, 0, 0],
  ];

  it.each(cases)('%s', (_name, sample, build, rank, multiplyAccumulates, additions) => {
    const b = new Build(sample);
    const [only] = stagesOf(b, build(b), rank);
    expect(countOperations(only!.graph)).toMatchObject({ multiplyAccumulates, additions });
  });

  it('by source: what two sources feed counts for both', () => {
    const b = new Build([4, 6, 6]);
    const short = b.op('Relu', ['x']);
    const long = b.op('Relu', [b.op('Conv', [short, b.weights(4, 4, 1, 1)])]);
    const sum = b.op('Add', [b.op('Conv', [short, b.weights(4, 4, 1, 1)]), long]);
    const last = stagesOf(b, b.op('Conv', [sum, b.weights(2, 4, 1, 1)]), 4).at(-1)!;
    const [projected, added, mixed] = [16 * 36, 4 * 36, 8 * 36];
    const counts = countOperations(last.graph);
    expect(counts).toMatchObject({ multiplyAccumulates: projected + mixed, additions: added });
    expect(counts.bySource.get(short)).toEqual({ multiplyAccumulates: projected + mixed, additions: added });
    expect(counts.bySource.get(long)).toEqual({ multiplyAccumulates: mixed, additions: added });
  });
});

describe('shapes', () => {
  it('carry the batch by name or by number', () => {
    const b = new Build([4, 6, 6]);
    const flat = b.op('Flatten', [b.op('AveragePool', ['x'], { kernel_shape: [2, 2], strides: [2, 2] })]);
    const [{ graph }] = stagesOf(b, b.op('Gemm', [flat, b.weights(36, 3)]), 2) as [LinearStage];
    const shapes = (batch?: number) => [...inferShapes(graph, inputShapesOf(graph, batch)).values()];
    expect(shapes()).toEqual([
      ['batch', 4, 6, 6],
      ['batch', 4, 3, 3],
      ['batch', 36],
      ['batch', 3],
    ]);
    expect(shapes(7)).toEqual([
      [7, 4, 6, 6],
      [7, 4, 3, 3],
      [7, 36],
      [7, 3],
    ]);
  });
});
