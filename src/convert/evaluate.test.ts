import { describe, expect, it } from 'vitest';
import { calibrate } from './calibrate.ts';
import { convert } from './convert.ts';
import { evaluate } from './evaluate.ts';
import { converted } from './export/testing/converted.ts';
import { mlp, randomImages, residual, runtime } from './export/testing/networks.ts';
import type { Graph } from './graph/graph.ts';
import { stage } from './graph/index.ts';
import { rows } from './images.ts';

/** 2 numbers, units of (x, y, x + y), 2 classes that read the first and the last unit. */
function tiny(): Graph {
  const constant = (shape: number[], ...data: number[]) => ({ shape, data: Float32Array.from(data) });
  const transB = { transB: { kind: 'int', value: 1 } } as const;
  return {
    name: 'tiny',
    opset: 17,
    inputs: [{ name: 'x', shape: ['batch', 2] }],
    outputs: [{ name: 'y', shape: ['batch', 2] }],
    nodes: [
      { op: 'Gemm', name: 'first', inputs: ['x', 'w1'], outputs: ['u'], attributes: transB },
      { op: 'Relu', name: 'relu', inputs: ['u'], outputs: ['z'], attributes: {} },
      { op: 'Gemm', name: 'second', inputs: ['z', 'w2'], outputs: ['y'], attributes: transB },
    ],
    constants: new Map([
      ['w1', constant([3, 2], 1, 0, 0, 1, 1, 1)],
      ['w2', constant([2, 3], 1, 0, 0, 0, 0, 1)],
    ]),
  };
}

/** The sum in place of what its ReLU makes. */
const fromSum = (name: string) => (name === 'z' ? 'u' : name);

/** Units get 1, 2, 3 from the first image; -1, 0, -1 from the second. */
const images = { shape: [2, 2], data: Float32Array.of(1, 2, -1, 0) };
/** α = 4, K = 2: thresholds 2 and 1. */
const options = { steps: 2, alpha: 4, round: false } as const;

describe('evaluate', () => {
  it.each(['collapsed', 'step-by-step'] as const)('counts what a pencil counts, %s', async (mode) => {
    const result = await evaluate(await converted(tiny(), images, options), runtime, images, Int32Array.of(1, 1), {
      mode,
    });
    expect(result).toMatchObject({
      images: 2,
      annAccuracy: 0.5,
      snnAccuracy: 0.5,
      agreement: 1,
      annLabels: Int32Array.of(1, 0),
      snnLabels: Int32Array.of(1, 0),
      gates: 3,
      neurons: 3,
      // 01, 10 and 11, then none.
      spikesPerImage: 2,
      spikesPerNeuron: 2 / 3,
      silentShare: 0,
      latencySteps: 2,
    });
    expect(result.layers).toHaveLength(1);
    expect(result.layers[0]).toMatchObject({ name: 'relu', activation: 'relu', gates: 3, perStep: [2 / 6, 2 / 6] });
    expect(result.layers[0]).toMatchObject({ meanSquaredError: 0, saturatedShare: 0, silentShare: 0 });
    expect(result.raster).toEqual([
      {
        gate: 'relu',
        neurons: [0, 1, 2],
        start: 0,
        steps: 2,
        spikes: [
          { neuron: 0, step: 1 },
          { neuron: 1, step: 0 },
          { neuron: 2, step: 0 },
          { neuron: 2, step: 1 },
        ],
      },
    ]);
  });

  it('states the energy by the convention, with what it leaves out', async () => {
    const { energy } = await evaluate(await converted(tiny(), images, options), runtime, images);
    // 2 spikes per image over 2 synapses each; 6 of 12 multiply-accumulates read the image.
    expect(energy).toMatchObject({ annMultiplyAccumulates: 12, synapticOperations: 4, analogMultiplyAccumulates: 6 });
    expect(energy.convention).toContain('additions without a weight');
    expect(energy.annPicojoule).toBeCloseTo(12 * 4.6, 10);
    expect(energy.snnPicojoule).toBeCloseTo(4 * 0.9 + 6 * 4.6, 10);
    expect(energy.ratio).toBeCloseTo((4 * 0.9 + 6 * 4.6) / (12 * 4.6), 10);
    expect(energy.addOns).toEqual({
      comparisons: 6,
      resets: 2,
      outputMultiplications: 0,
      outputShifts: 6,
      coincidences: 0,
      delayBits: 0,
      stateBytes: 24,
      // Three of six units are active: 6 + 6 / 2.
      annMultiplyAccumulatesWithoutZeros: 9,
    });
  });

  it('takes the sign of a single output for the answer', async () => {
    const { constants, outputs: _, ...rest } = tiny();
    const one = {
      ...rest,
      outputs: [{ name: 'y', shape: ['batch', 1] }],
      constants: new Map([...constants, ['w2', { shape: [1, 3], data: Float32Array.of(-1, 0, 1) }] as const]),
    };
    const network = await converted(one, images, options);
    // 3 - 1 from the first image, nothing from the second.
    const result = await evaluate(network, runtime, images, Int32Array.of(1, 1));
    expect(result).toMatchObject({ annLabels: Int32Array.of(1, 0), snnLabels: Int32Array.of(1, 0), snnAccuracy: 0.5 });
    await expect(evaluate(network, runtime, images, Int32Array.of(1, 2))).rejects.toThrow(
      'expected labels from 0 to 1',
    );
  });

  it('finds no spikes in a network without neurons', async () => {
    const { nodes, ...rest } = tiny();
    const linear = nodes
      .filter(({ op }) => op !== 'Relu')
      .map((node) => ({ ...node, inputs: node.inputs.map(fromSum) }));
    const result = await evaluate(await converted({ ...rest, nodes: linear }, images, options), runtime, images);
    expect(result).toMatchObject({ neurons: 0, spikesPerNeuron: 0, spikesPerGate: 0, silentShare: 0, agreement: 1 });
  });

  it('sees saturation, error and silence', async () => {
    const network = await converted(tiny(), images, { ...options, alpha: 2 });
    const { layers, silentShare } = await evaluate(network, runtime, images);
    // Up to 1.5, in steps of 0.5: 1, 2 and 3 become 1, 1.5 and 1.5; 3 is more than a step beyond.
    expect(layers[0]).toMatchObject({ saturatedShare: 1 / 6, meanSquaredError: (0.5 ** 2 + 1.5 ** 2) / 6 });
    expect(layers[0]!.relativeError).toBeCloseTo(2.5 / 14, 12);
    expect(silentShare).toBe(0);
    const silent = await evaluate(network, runtime, rows(images, 1, 2));
    expect(silent.silentShare).toBe(1);
    expect(silent.annAccuracy).toBeUndefined();
  });

  it('counts one neuron per step for AMOS units, with the same values and spikes', async () => {
    const stream = randomImages(1, 20, [6]);
    const staged = stage(mlp(1));
    const statistics = await calibrate(staged, runtime, stream);
    const fs = await evaluate(convert(staged, statistics, { steps: 5 }), runtime, stream);
    const amos = await evaluate(convert(staged, statistics, { steps: 5, method: 'amos' }), runtime, stream);
    expect(amos.snnLabels).toEqual(fs.snnLabels);
    expect(amos.spikesPerImage).toBe(fs.spikesPerImage);
    expect([fs.gates, fs.neurons, amos.gates, amos.neurons]).toEqual([16, 16, 16, 80]);
  });

  it('is the same for every batch size and for pieces of images', async () => {
    const stream = randomImages(3, 10, [2, 8, 8]);
    const network = await converted(residual(5), stream, { steps: 6, noise: 0.02 });
    const labels = Int32Array.from({ length: 10 }, (_, i) => i % 3);
    const whole = await evaluate(network, runtime, stream, labels);
    const done: [number, number | undefined][] = [];
    const onProgress = (images: number, total?: number) => void done.push([images, total]);
    async function* pieces() {
      yield rows(stream, 0, 4);
      yield rows(stream, 4, 10);
    }
    const cut = await evaluate(network, runtime, pieces(), labels, { batch: 3, count: 10, onProgress });
    expect(done).toEqual([
      [3, 10],
      [4, 10],
      [7, 10],
      [10, 10],
    ]);
    expect(cut.snnLabels).toEqual(whole.snnLabels);
    expect(cut.spikesPerImage).toBe(whole.spikesPerImage);
    expect(cut.raster).toEqual(whole.raster);
    expect(cut.silentShare).toBe(whole.silentShare);
    const plain = await evaluate(network, runtime, stream, labels, { detail: false });
    expect(plain.spikesPerImage).toBe(whole.spikesPerImage);
    expect(plain.raster).toEqual([]);
  });

  it('refuses what does not belong together before anything runs', async () => {
    const network = await converted(tiny(), images, options);
    const refused = (labels: number[], other = images, more = {}) =>
      expect(evaluate(network, { load: () => Promise.reject(new Error('ran')) }, other, Int32Array.from(labels), more))
        .rejects;
    await refused([0]).toThrow('expected a label for each of 2 images, got 1');
    await refused([0, 2]).toThrow('expected labels from 0 to 1, got 2 at 1');
    await refused([0, -1]).toThrow('got -1 at 1');
    await refused([0, 0], { shape: [2, 3], data: new Float32Array(6) }).toThrow(
      'expected images [count, 2], got [2, 3]',
    );
    await refused([0, 0], { shape: [2, 2], data: new Float32Array(3) }).toThrow('expected 4 numbers');
    await refused([0, 0], { shape: [2, 2], data: Float32Array.of(0, 0, Number.NaN, 0) }).toThrow('got NaN in image 1');
    await expect(evaluate(network, runtime, [])).rejects.toThrow('at least one image');
    await expect(evaluate(network, runtime, [images], Int32Array.of(1))).rejects.toThrow('each of 2 images, got 1');
  });
});
