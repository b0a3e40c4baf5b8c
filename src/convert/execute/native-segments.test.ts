import { describe, expect, it } from 'vitest';
import { nodeRuntime } from '../../io/onnx-runtime.ts';
import type { ConvertOptions } from '../convert-options.ts';
import { converted } from '../export/testing/converted.ts';
import { GraphWriter, mlp, runtime as plain, randomImages, residual } from '../export/testing/networks.ts';
import type { Graph } from '../graph/graph.ts';
import type { Activity, GraphRuntime } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { CollapsedRunner } from './collapsed.ts';
import { nativeSegments } from './native-segments.ts';

const native = await nodeRuntime();

/** Padded channels, max-pools, products with a pooled map, a shortcut from one block layout to another, SiLU or ReLU. */
function everything(seed: number, grid: number, activation: 'silu' | 'relu'): Graph {
  const w = new GraphWriter(seed, grid);
  const ints = (...value: number[]) => ({ kind: 'ints', value }) as const;
  const act = (x: string, name: string) =>
    activation === 'relu' ? w.node('Relu', [x], name) : w.node('Mul', [x, w.node('Sigmoid', [x], `${name}/s`)], name);
  const stem = act(w.conv('x', 'stem', 2, 56), 'stem/y');
  const map =
    activation === 'relu'
      ? w.node('MaxPool', [stem], 'max', { kernel_shape: ints(2, 2), strides: ints(2, 2) })
      : w.node('AveragePool', [stem], 'mean', { kernel_shape: ints(2, 2), strides: ints(2, 2) });
  const inner = act(w.conv(map, 'a', 56, 60), 'a/y');
  const outer = w.conv(inner, 'b', 60, 56);
  const gate = act(w.conv(w.node('GlobalAveragePool', [outer], 'squeeze'), 'excite', 56, 56, { size: 1 }), 'gate');
  const sum = act(w.node('Add', [w.node('Mul', [outer, gate], 'scaled'), map], 'sum'), 'sum/y');
  const last = act(w.node('Add', [w.conv(sum, 'c', 56, 56), sum], 'again'), 'c/y');
  const flat = w.node('Flatten', [w.node('GlobalAveragePool', [last], 'pool')], 'flat');
  return w.graph([2, 8, 8], w.dense(flat, 'out', 56, 3), [3]);
}

/** A residual block of 32 channels, which fill blocks of 4, 8 and 16. */
function even(seed: number): Graph {
  const w = new GraphWriter(seed);
  const stem = w.node('Relu', [w.conv('x', 'stem', 3, 32)], 'relu1');
  const inner = w.node('Relu', [w.conv(stem, 'a', 32, 32)], 'relu2');
  const sum = w.node('Relu', [w.node('Add', [w.conv(inner, 'b', 32, 32), stem], 'sum')], 'relu3');
  const flat = w.node('Flatten', [w.node('GlobalAveragePool', [sum], 'pool')], 'flat');
  return w.graph([3, 8, 8], w.dense(flat, 'out', 32, 3), [3]);
}

const cases: [string, Graph, ConvertOptions][] = [
  ['a residual network', residual(4), { steps: 8 }],
  ['one whose channels fill the blocks', even(4), { steps: 8 }],
  ['ReLU with max-pools and products', everything(3, 2 ** -5, 'relu'), { steps: 6, dyadic: true }],
  ['SiLU with products', everything(3, 0, 'silu'), { steps: 8, fit: 'table' }],
  ['a dense network', mlp(2), { steps: 6 }],
  ['a coded input', even(4), { steps: 6, input: 'coded' }],
];

const imagesOf = ({ inputs }: Graph, grid = 0) => randomImages(1, 9, inputs[0]!.shape.slice(1) as number[], grid);

async function run(network: SpikingNetwork, runtime: GraphRuntime, images: Activity, counts = true) {
  const runner = await CollapsedRunner.create(network, runtime, { batch: 9, counts });
  const { output, counts: spikes } = await runner.run(images);
  const kept = { output: output.data.slice(), spikes: new Map([...spikes].sort()) };
  await runner.release();
  return kept;
}

/** Whether onnxruntime keeps channels in blocks on this processor. */
const hasBlocks =
  (await nativeSegments(await converted(even(4), imagesOf(even(4)), { steps: 4 }), native, {
    merge: false,
  })) !== undefined;

describe('collapsed runs in the layout of the runtime', () => {
  it.each(cases)('have the values and counts of plain ones: %s', async (_, graph, options) => {
    const images = imagesOf(graph, options.dyadic ? 2 ** -4 : 0);
    const network = await converted(graph, images, options);
    const wanted = await run(network, plain, images);
    const found = await run(network, native, images);
    expect([...wanted.spikes.values()].reduce((sum, { total }) => sum + total, 0)).toBeGreaterThan(100);
    expect(found.spikes).toEqual(wanted.spikes);
    const scale = Math.max(...wanted.output.map(Math.abs));
    // Runs of the same operators: a mean over an image may be summed in another order.
    const away = (output: Float32Array) => Math.max(...output.map((value, i) => Math.abs(value - wanted.output[i]!)));
    expect(away(found.output)).toBeLessThan(2e-6 * scale);
    expect(away((await run(network, native, images, false)).output)).toBeLessThan(2e-6 * scale);
  });

  it.skipIf(!hasBlocks)('work on blocks that are not full', async () => {
    const graph = everything(3, 0, 'silu');
    const network = await converted(graph, imagesOf(graph), { steps: 8, fit: 'table' });
    const { blocked } = (await nativeSegments(network, native, { merge: false }))!;
    expect([...blocked.values()].map(([channels]) => channels)).toContain(60);
  });

  it('show an observer what plain ones show', async () => {
    const graph = everything(3, 2 ** -5, 'relu');
    const images = imagesOf(graph, 2 ** -4);
    const network = await converted(graph, images, { steps: 6, dyadic: true });
    const seen = async (runtime: GraphRuntime) => {
      const runner = await CollapsedRunner.create(network, runtime, { batch: 9 });
      const shown: [string, number[]][] = [];
      const keep = ({ name }: { name: string }, values: Float32Array) => shown.push([name, [...values]]);
      await runner.run(images, { observer: { before: keep, after: keep } });
      await runner.release();
      return shown;
    };
    expect(await seen(native)).toEqual(await seen(plain));
  });

  it.skipIf(!hasBlocks)('reorder nothing at a gate, in as few sessions as can be', async () => {
    const graph = even(4);
    const network = await converted(graph, imagesOf(graph), { steps: 8 });
    const cut = (await nativeSegments(network, native, { merge: false }))!;
    expect(cut.segments.map(({ kind }) => kind)).toEqual([
      'graph',
      'neurons',
      'graph',
      'neurons',
      'graph',
      'neurons',
      'graph',
    ]);
    const reorders = cut.segments.flatMap((segment) =>
      segment.kind === 'graph' ? segment.graph.nodes.filter(({ op }) => op.includes('Reorder')) : [],
    );
    // Only where the image becomes a vector.
    expect(reorders.map(({ op }) => op)).toEqual(['com.microsoft.nchwc::ReorderOutput']);
    const merged = (await nativeSegments(network, native, { merge: true }))!;
    expect(merged.segments.map(({ kind }) => kind)).toEqual(['graph']);
  });

  it('need blocks that are mostly full, a runtime that says how it would run a graph, and neurons without noise', async () => {
    const graph = even(4);
    const images = imagesOf(graph);
    expect(await nativeSegments(await converted(graph, images, { steps: 4 }), plain, { merge: false })).toBeUndefined();
    const noisy = await converted(graph, images, { steps: 4, noise: 0.05 });
    expect(await nativeSegments(noisy, native, { merge: false })).toBeUndefined();
    const narrow = await converted(residual(4), imagesOf(residual(4)), { steps: 4 });
    expect(await nativeSegments(narrow, native, { merge: false })).toBeUndefined();
    const dense = await converted(mlp(1), imagesOf(mlp(1)), { steps: 4 });
    expect(await nativeSegments(dense, native, { merge: false })).toBeUndefined();
  });
});
