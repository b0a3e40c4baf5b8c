import { describe, expect, it } from 'vitest';
import { findUnit } from './amos/index.ts';
import { calibrate, INPUT } from './calibrate.ts';
import { lossOf } from './code-choice.ts';
import { convert } from './convert.ts';
import type { ConvertOptions } from './convert-options.ts';
import { evaluate } from './evaluate.ts';
import { GraphWriter, mlp, randomImages, residual, runtime } from './export/testing/networks.ts';
import { type Code, isCircuit } from './few-spike/parameters.ts';
import { stage } from './graph/index.ts';
import { rows } from './images.ts';

const images = randomImages(1, 300, [6]);
const staged = stage(mlp(1));
const statistics = await calibrate(staged, runtime, images);
const thresholdsOf = (options: ConvertOptions) =>
  [...convert(staged, statistics, options).activations.values()].map(({ code }) => code[0]!.thresholds);

describe('calibrate', () => {
  it('sees what goes into each gate, and the input', async () => {
    expect([...statistics.keys()]).toEqual([INPUT, 'relu1', 'relu2']);
    expect(statistics.get(INPUT)!.maximum).toBe(Math.max(...images.data));
    expect(statistics.get('relu1')!.count).toBe(300 * 9);
    const done: number[] = [];
    const again = await calibrate(staged, runtime, [rows(images, 0, 100), rows(images, 100, 300)], {
      batch: 64,
      onProgress: (count) => void done.push(count),
    });
    expect(done).toEqual([64, 100, 164, 228, 292, 300]);
    // Matrix products of another batch size may round differently.
    expect(again.get('relu2')!.maximum).toBeCloseTo(statistics.get('relu2')!.maximum, 5);
  });

  it('refuses images that do not fit, and none', async () => {
    await expect(calibrate(staged, runtime, randomImages(1, 2, [5]))).rejects.toThrow('expected images [count, 6]');
    await expect(calibrate(staged, runtime, [])).rejects.toThrow('at least one image');
  });
});

describe('fitted units of neurons that spike once', () => {
  const sigmoids = stage(mlp(1, 0, 'Sigmoid'));

  it('come from the table, or from a fit to the layer, and are better than those of few-spike neurons', async () => {
    const found = await calibrate(sigmoids, runtime, images);
    for (const fit of ['table', 'per-layer'] as const) {
      const codeOf = (method: 'fs' | 'amos') =>
        convert(sigmoids, found, { steps: 6, fit, method }).activations.get('relu1')!.code;
      const [fs, amos] = [codeOf('fs'), codeOf('amos')];
      expect([isCircuit(fs[0]!), isCircuit(amos[0]!)]).toEqual([false, true]);
      const loss = (code: Code) => lossOf(code, 'sigmoid', {}, found.get('relu1')!);
      // Found 1.5 to 3 times smaller: the table is for all inputs between -10 and 10, these are few of them.
      expect(loss(amos)).toBeLessThan(0.8 * loss(fs));
    }
    const shipped = convert(sigmoids, found, { steps: 6, fit: 'table', method: 'amos' }).activations.get('relu1')!;
    expect(shipped.code).toEqual([findUnit('sigmoid', 6, 'uniform')!.parameters]);
  });

  it('are those of few-spike neurons where there is a closed form', () => {
    const [fs, amos] = (['fs', 'amos'] as const).map((method) => convert(staged, statistics, { steps: 6, method }));
    expect(amos!.activations).toEqual(fs!.activations);
  });

  it('can have numbers of few bits', async () => {
    const found = await calibrate(sigmoids, runtime, images);
    const options = { steps: 6, fit: 'table', method: 'amos', bits: { code: 6 } } as const;
    const [unit] = convert(sigmoids, found, options).activations.get('relu1')!.code;
    if (!unit || !isCircuit(unit)) throw new Error('expected a unit');
    const least = (list: Float64Array) => Math.max(...list.map(Math.abs)) / 2 ** 5;
    for (const list of [unit.inhibition, unit.thresholds, unit.weights]) {
      // Steps of 2^-5 of the least power of two above the largest: at most 2^-5 · 2 of it apart, and at least half of that.
      const levels = [...new Set(list)].sort((a, b) => a - b);
      const gaps = levels.slice(1).map((value, i) => value - levels[i]!);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(least(list) * 0.999);
    }
  });
});

describe('a spike penalty', () => {
  it('buys fewer spikes with accuracy, in fits to the layer', async () => {
    const sigmoids = stage(mlp(1, 0, 'Sigmoid'));
    const found = await calibrate(sigmoids, runtime, images);
    const spikesOf = async (spikePenalty: number) => {
      const network = convert(sigmoids, found, { steps: 4, fit: 'per-layer', spikePenalty });
      const error = lossOf(network.activations.get('relu1')!.code, 'sigmoid', {}, found.get('relu1')!);
      return {
        spikes: (await evaluate(network, runtime, images, undefined, { detail: false })).spikesPerNeuron,
        error,
      };
    };
    const [free, dear] = [await spikesOf(0), await spikesOf(0.02)];
    expect(dear.spikes).toBeLessThan(0.8 * free.spikes);
    expect(dear.error).toBeGreaterThan(free.error);
    expect(convert(sigmoids, found, { steps: 4, spikePenalty: 0.02 }).activations.get('relu1')!.code).not.toEqual(
      convert(sigmoids, found, { steps: 4 }).activations.get('relu1')!.code,
    );
  });

  it('is no negative number, and none of the table', () => {
    expect(() => convert(staged, statistics, { steps: 4, spikePenalty: -1 })).toThrow('a spikePenalty of 0 or more');
    expect(() => convert(staged, statistics, { steps: 4, spikePenalty: 0.1, fit: 'table' })).toThrow(
      "expected fit 'auto' or 'per-layer'",
    );
  });
});

describe('convert', () => {
  it('aims at the maximum from 8 steps on, and at a percentile below', () => {
    const [max8] = thresholdsOf({ steps: 8 });
    const [max4] = thresholdsOf({ steps: 4, alpha: 'max' });
    const [default4] = thresholdsOf({ steps: 4 });
    const found = statistics.get('relu1')!;
    const top = (thresholds: Float64Array) => thresholds.reduce((sum, value) => sum + value, 0);
    // The scale is rounded up by at most 2^-11, so that sums of weights are exact in float32.
    const isJustAbove = (value: number, wanted: number) => {
      expect(value / wanted).toBeGreaterThanOrEqual(1 - 1e-12);
      expect(value / wanted).toBeLessThan(1 + 2 ** -11);
    };
    isJustAbove(top(max8!), found.maximum);
    isJustAbove(top(max4!), found.maximum);
    isJustAbove(top(default4!), found.quantile(0.999));
    expect(thresholdsOf({ steps: 4, alpha: 3.3 })[1]![0]).toBeCloseTo(3.3 / 2, 12);
    for (const [first] of thresholdsOf({ steps: 4, dyadic: true }))
      expect(Number.isInteger(Math.log2(first!))).toBe(true);
  });

  it('takes steps by gate, by activation, or for the rest', () => {
    const stepsOf = (steps: ConvertOptions['steps']) =>
      [...convert(staged, statistics, { steps }).activations.values()].map((activation) => activation.steps);
    expect(stepsOf({ relu1: 3, relu: 5 })).toEqual([3, 5]);
    expect(stepsOf({ relu2: 3, default: 7 })).toEqual([7, 3]);
    expect(() => stepsOf({ relu1: 3 })).toThrow('expected steps for gate "relu2" (relu), got none');
    expect(() => stepsOf({ relu3: 3, default: 2 })).toThrow('unknown gate or activation in steps "relu3"');
  });

  it('knows the share of the calibration inputs that saturate', () => {
    const { activations } = convert(staged, statistics, { steps: 11, alpha: { percentile: 90 } });
    // To the width of a histogram bin, and a scale that is rounded up.
    for (const { shareOutside } of activations.values()) expect(Math.abs(shareOutside - 0.1)).toBeLessThan(0.002);
    expect(convert(staged, statistics, { steps: 8 }).activations.get('relu1')!.shareOutside).toBe(0);
  });

  it('codes the negative side of a leaky ReLU by its slope', async () => {
    const leaky = stage(mlp(1, 0, 'LeakyRelu'));
    const network = convert(leaky, await calibrate(leaky, runtime, images), { steps: 8 });
    const [on, off] = [...network.activations.values()][0]!.code;
    expect([on!.sign, off!.sign]).toEqual([1, -1]);
    expect(off!.weights[0]! / off!.thresholds[0]!).toBeCloseTo(-0.25, 6);
    const { layers } = await evaluate(network, runtime, images);
    for (const { relativeError } of layers) expect(relativeError).toBeLessThan(1e-4);
  });

  it('fits codes to a layer whose inputs the table is too coarse for', async () => {
    const small = new GraphWriter(1);
    const silu = (x: string, name: string) => small.node('Mul', [x, small.node('Sigmoid', [x], `${name}/s`)], name);
    const first = silu(small.dense('x', 'a', 6, 20), 'silu1');
    const tenth = small.node('Mul', [small.dense(first, 'b', 20, 20), small.weights('tenth', [1], 0.05)], 'scaled');
    const graph = stage(small.graph([6], small.dense(silu(tenth, 'silu2'), 'out', 20, 3), [3]));
    const found = await calibrate(graph, runtime, images);
    const codes = (fit: 'auto' | 'table') =>
      [...convert(graph, found, { steps: 12, fit }).activations.values()].map(({ code }) => code);
    const [table, auto] = [codes('table'), codes('auto')];
    expect(auto[0]).toEqual(table[0]);
    const [coarse, fine] = [table[1]!, auto[1]!].map((code) => lossOf(code, 'silu', {}, found.get('silu2')!));
    expect(coarse).toBeGreaterThan(0.01);
    expect(fine).toBeLessThan(coarse! / 5);
  });

  it('says how products and max-pools are computed', async () => {
    const w = new GraphWriter(1);
    const ints = (...value: number[]) => ({ kind: 'ints', value }) as const;
    const pool = (x: string, name: string) => w.node('MaxPool', [x], name, { kernel_shape: ints(2, 2) });
    const a = w.node('Relu', [w.conv('x', 'a', 2, 3)], 'relu1');
    const b = w.conv(pool(a, 'pool1'), 'b', 3, 3);
    const c = w.node('Sigmoid', [pool(b, 'pool2')], 'sigmoid');
    const scaled = w.node('Mul', [w.node('Relu', [w.conv(c, 'd', 3, 3)], 'relu2'), c], 'both');
    const half = w.node('Mul', [scaled, w.conv(c, 'e', 3, 3)], 'half');
    const flat = w.node('Flatten', [half], 'flat');
    const mixed = stage(w.graph([2, 4, 4], w.dense(flat, 'out', 12, 3), [3]));
    const found = await calibrate(mixed, runtime, randomImages(2, 8, [2, 4, 4]));
    const labels = (options: Partial<ConvertOptions>) =>
      Object.fromEntries(
        [...convert(mixed, found, { steps: 8, ...options }).treatments].map(([name, { label }]) => [name, label]),
      );
    expect(labels({})).toEqual({ pool1: 'spiking', pool2: 'exact', both: 'spiking', half: 'exact' });
    const exact = { pool1: 'exact', pool2: 'exact', both: 'exact', half: 'exact' };
    expect(labels({ product: 'exact', maxPool: 'exact' })).toEqual(exact);
  });

  it('loses less with more bits of weights and of codes', async () => {
    for (const kind of ['weights', 'code'] as const) {
      const errors: number[] = [];
      for (const bits of [4, 6, 8, 10]) {
        const { layers } = await evaluate(
          convert(staged, statistics, { steps: 12, bits: { [kind]: bits } }),
          runtime,
          images,
        );
        errors.push(layers.at(-1)!.relativeError!);
      }
      // Two bits divide amplitudes by 4 and squares by 16; single roundings scatter.
      for (let k = 1; k < errors.length; k++) expect(errors[k]! / errors[k - 1]!).toBeLessThan(0.5);
    }
  });

  it('refuses options that are out of range', () => {
    const refused = (options: Partial<ConvertOptions>) =>
      expect(() => convert(staged, statistics, { steps: 8, ...options }));
    refused({ steps: 0 }).toThrow('expected 1 to 64 steps, got 0');
    refused({ steps: 2.5 }).toThrow('got 2.5');
    refused({ alpha: -1 }).toThrow('expected a positive alpha');
    refused({ alpha: { percentile: 101 } }).toThrow('expected a percentile');
    refused({ noise: -0.1 }).toThrow('expected noise of 0 or more');
    refused({ bits: 1 }).toThrow('expected 2 to 16 bits');
    refused({ method: 'rate' as 'fs' }).toThrow('unknown method "rate"');
    const other = stage(residual(1));
    expect(() => convert(other, statistics, { steps: 8 })).toThrow('unknown gate in statistics "relu3"');
  });
});
