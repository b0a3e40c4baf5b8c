import { describe, expect, it } from 'vitest';
import { ParameterError, UnsupportedError } from '../../base/errors.ts';
import { readOnnx, writeOnnx } from '../../onnx/index.ts';
import { CollapsedRunner } from '../execute/collapsed.ts';
import type { Activity } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { converted, runGraph } from './testing/converted.ts';
import { GraphWriter, mlp, randomImages, residual, runtime } from './testing/networks.ts';
import { onnxMetadata, toOnnx } from './to-onnx.ts';

const COUNT = 24;

/** Output and spikes per gate and step of Volley's own run. */
async function collapsed(network: SpikingNetwork, images: Activity) {
  const runner = await CollapsedRunner.create(network, runtime, { batch: COUNT });
  const { output, counts } = await runner.run(images);
  const result = { output: [...output.data], counts: new Map([...counts].map(([gate, own]) => [gate, own.total])) };
  await runner.release();
  return result;
}

/** A gate multiplied with a sigmoid of its own mean, and a max-pool. */
function gated(seed: number) {
  const w = new GraphWriter(seed);
  const pool = { kernel_shape: { kind: 'ints', value: [2, 2] }, strides: { kind: 'ints', value: [2, 2] } } as const;
  const first = w.node('MaxPool', [w.node('Relu', [w.conv('x', 'stem', 2, 4)], 'relu')], 'maximum', pool);
  const squeezed = w.node(
    'Sigmoid',
    [w.conv(w.node('GlobalAveragePool', [first], 'mean'), 'se', 4, 4, { size: 1 })],
    'gate',
  );
  const product = w.node('Mul', [first, squeezed], 'product');
  const flat = w.node('Flatten', [w.node('GlobalAveragePool', [product], 'pool')], 'flat');
  return w.graph([2, 8, 8], w.dense(flat, 'out', 4, 3), [3]);
}

describe('toOnnx', () => {
  it.each([
    ['a multi-layer perceptron', mlp(1), [6], { steps: 8 }],
    ['a residual network', residual(2), [2, 8, 8], { steps: 5 }],
    ['a coded input', residual(3), [2, 8, 8], { steps: 6, input: 'coded' }],
    ['products, sigmoids, max-pools', gated(4), [2, 8, 8], { steps: { relu: 4, sigmoid: 8 } }],
    ['fitted neurons', mlp(5, 0, 'Tanh'), [6], { steps: 6 }],
    ['fitted units of neurons that spike once', mlp(5, 0, 'Tanh'), [6], { steps: 6, method: 'amos' }],
  ] as const)('gives the bits and the spikes of the collapsed run: %s', async (_, graph, shape, options) => {
    const images = randomImages(9, COUNT, shape);
    const network = await converted(graph, images, options);
    const wanted = await collapsed(network, images);
    const results = await runGraph(toOnnx(network, { spikes: true }), images);
    expect([...results.get(network.staged.output.name)!.data]).toEqual(wanted.output);
    for (const gate of network.activations.keys()) {
      const names = [...results.keys()].filter((name) => name.startsWith(`${gate}/`));
      const spikes = names.reduce((sum, name) => sum + results.get(name)!.data.reduce((a, z) => a + z, 0), 0);
      expect(spikes).toBe(wanted.counts.get(gate));
      expect(spikes).toBeGreaterThan(0);
    }
  });

  it('gives the same bits in compact form, with far fewer nodes', async () => {
    const images = randomImages(8, COUNT, [2, 8, 8]);
    const network = await converted(residual(6), images, { steps: 8, dyadic: true });
    const compact = toOnnx(network, { form: 'compact' });
    const unrolled = toOnnx(network);
    const name = network.staged.output.name;
    const [a, b] = [await runGraph(compact, images), await runGraph(unrolled, images)];
    expect(a.get(name)).toEqual(b.get(name));
    expect(compact.nodes.length).toBeLessThan(unrolled.nodes.length / 3);
  });

  it('survives a file, with what it was made from', async () => {
    const images = randomImages(7, COUNT, [6]);
    const network = await converted(mlp(7), images, { steps: 4 });
    const graph = toOnnx(network);
    const metadata = onnxMetadata(network);
    expect(metadata).toEqual({
      'volley.format': '1',
      'volley.method': 'fs',
      'volley.input': 'analog',
      'volley.steps': '{"relu1":4,"relu2":4}',
    });
    const bytes = writeOnnx(graph, metadata);
    expect(await runGraph(readOnnx(bytes), images)).toEqual(await runGraph(graph, images));
    expect(new TextDecoder('latin1').decode(bytes)).toContain('volley.method');
  });

  it('refuses noise, unknown forms and spikes that are not there', async () => {
    const images = randomImages(7, COUNT, [6]);
    const network = await converted(mlp(7), images, { steps: 4 });
    const noisy = { ...network, noise: { deviation: 0.1, seed: 1 } };
    expect(() => toOnnx(noisy)).toThrow(UnsupportedError);
    expect(() => toOnnx(network, { form: 'short' as 'compact' })).toThrow('got "short"');
    expect(() => toOnnx(network, { form: 'compact', spikes: true })).toThrow(ParameterError);
  });
});
