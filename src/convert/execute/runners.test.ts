import { describe, expect, it } from 'vitest';
import { calibrate, INPUT } from '../calibrate.ts';
import { convert } from '../convert.ts';
import type { ConvertOptions } from '../convert-options.ts';
import { converted, runGraph } from '../export/testing/converted.ts';
import { GraphWriter, mlp, randomImages, residual, runtime } from '../export/testing/networks.ts';
import { toOnnx } from '../export/to-onnx.ts';
import type { Graph } from '../graph/graph.ts';
import { stage } from '../graph/index.ts';
import { rows } from '../images.ts';
import type { Activity } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { CollapsedRunner } from './collapsed.ts';
import { evaluateValues, referenceNetwork } from './reference.ts';
import type { RunResult } from './runner.ts';
import { segmentsOf } from './segments.ts';
import { StepByStepRunner } from './step-by-step.ts';

const MODES = { collapsed: CollapsedRunner, 'step by step': StepByStepRunner };

/** Convolution, SiLU, squeeze and excitation by a sigmoid of the pooled map, a shortcut, SiLU, 3 classes. */
function excited(seed: number): Graph {
  const w = new GraphWriter(seed);
  const silu = (x: string, name: string) => w.node('Mul', [x, w.node('Sigmoid', [x], `${name}/s`)], name);
  const map = silu(w.conv('x', 'stem', 2, 5), 'silu1');
  const pooled = w.node('GlobalAveragePool', [map], 'squeeze');
  const gate = w.node('Sigmoid', [w.conv(pooled, 'excite', 5, 5, { size: 1 })], 'gate');
  const scaled = w.node('Mul', [map, gate], 'scaled');
  const sum = silu(w.node('Add', [w.conv(scaled, 'after', 5, 5), map], 'sum'), 'silu2');
  const flat = w.node('Flatten', [w.node('GlobalAveragePool', [sum], 'pool')], 'flat');
  return w.graph([2, 6, 6], w.dense(flat, 'out', 5, 3), [3]);
}

/** Convolution, ReLU, max-pool, convolution, ReLU. */
function pooling(seed: number, grid = 0): Graph {
  const w = new GraphWriter(seed, grid);
  const ints = (...value: number[]) => ({ kind: 'ints', value }) as const;
  const first = w.node('Relu', [w.conv('x', 'a', 2, 4)], 'relu1');
  const pool = w.node('MaxPool', [first], 'max', { kernel_shape: ints(2, 2), strides: ints(2, 2) });
  const second = w.node('Relu', [w.conv(pool, 'b', 4, 4)], 'relu2');
  const flat = w.node('Flatten', [second], 'flat');
  return w.graph([2, 6, 6], w.dense(flat, 'out', 36, 3), [3]);
}

/** Two convolutions, each with an activation that ends at 6. */
function relu6(seed: number): Graph {
  const w = new GraphWriter(seed);
  for (const [name, end] of Object.entries({ low: 0, high: 6 })) {
    w.constants.set(name, { shape: [], data: Float32Array.of(end) });
  }
  const clip = (x: string, name: string) => w.node('Clip', [x, 'low', 'high'], name);
  const flat = w.node('Flatten', [clip(w.conv(clip(w.conv('x', 'a', 2, 4), 'one'), 'b', 4, 4), 'two')], 'flat');
  return w.graph([2, 6, 6], w.dense(flat, 'out', 144, 3), [3]);
}

/** Gates that read the image and each other, values that many read, an output that a gate makes. */
function entangled(seed: number, grid = 0): Graph {
  const w = new GraphWriter(seed, grid);
  const first = w.node('Relu', ['x'], 'relu1');
  const second = w.node('Relu', [first], 'relu2');
  const mid = w.dense(w.node('Add', [second, 'x'], 'sum'), 'mid', 6, 6);
  const third = w.node('Relu', [mid], 'relu3');
  const both = w.node('Add', [w.dense(third, 'after', 6, 6), mid], 'both');
  return w.graph([6], w.node('Relu', [w.node('Add', [both, first], 'all')], 'relu4'), [6]);
}

interface Kept {
  readonly output: Float32Array;
  readonly spikes: ReadonlyMap<string, readonly number[]>;
}

const keep = ({ output, counts }: RunResult): Kept => ({
  output: output.data.slice(),
  spikes: new Map([...counts].map(([name, { perStep }]) => [name, [...perStep]])),
});

async function run(mode: keyof typeof MODES, network: SpikingNetwork, images: Activity, batch = images.shape[0]!) {
  const runner = await MODES[mode].create(network, runtime, { batch });
  const kept = keep(await runner.run(images));
  await runner.release();
  return kept;
}

async function both(graph: Graph, images: Activity, options: ConvertOptions) {
  const network = await converted(graph, images, options);
  return {
    network,
    collapsed: await run('collapsed', network, images),
    steps: await run('step by step', network, images),
  };
}

/** Largest difference by the largest number. */
const difference = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / Math.max(...a.map(Math.abs));

const total = ({ spikes }: Kept) => [...spikes.values()].flat().reduce((sum, count) => sum + count, 0);

describe('collapsed and step by step', () => {
  // Multiples of 2^-5 and powers of two: sums of a few hundred of them are exact in float32, in any order.
  const dyadic = { steps: 6, dyadic: true } as const;
  const exact: [string, Graph, Activity, ConvertOptions][] = [
    ['a dense network', mlp(2, 2 ** -5), randomImages(1, 40, [6], 2 ** -4), dyadic],
    ['a pair of neurons per unit', mlp(2, 2 ** -5, 'LeakyRelu'), randomImages(1, 40, [6], 2 ** -4), dyadic],
    ['a coded input', mlp(2, 2 ** -5), randomImages(1, 40, [6], 2 ** -4), { ...dyadic, input: 'coded' }],
    ['gates in unusual places', entangled(2, 2 ** -5), randomImages(1, 40, [6], 2 ** -4), dyadic],
    ['the same, coded', entangled(2, 2 ** -5), randomImages(1, 40, [6], 2 ** -4), { ...dyadic, input: 'coded' }],
    ['a residual network', residual(2, 2 ** -5), randomImages(1, 10, [2, 8, 8], 2 ** -4), dyadic],
    ['spiking max-pools', pooling(2, 2 ** -5), randomImages(1, 10, [2, 6, 6], 2 ** -4), dyadic],
    [
      'steps of two kinds',
      residual(2, 2 ** -5),
      randomImages(1, 10, [2, 8, 8], 2 ** -4),
      { ...dyadic, steps: { relu1: 3, relu: 6 } },
    ],
  ];
  it.each(exact)('are the same bits where numbers are exact: %s', async (_, graph, images, options) => {
    const { collapsed, steps } = await both(graph, images, options);
    expect(total(collapsed)).toBeGreaterThan(100);
    expect(steps).toEqual(collapsed);
  });

  const rounded: [string, Graph, Activity, ConvertOptions][] = [
    ['SiLU with squeeze and excitation', excited(4), randomImages(1, 30, [2, 6, 6]), { steps: 8 }],
    ['a residual network', residual(4), randomImages(1, 30, [2, 8, 8]), { steps: 8 }],
    ['spiking max-pools', pooling(4), randomImages(1, 30, [2, 6, 6]), { steps: 8 }],
    ['exact products', excited(4), randomImages(1, 30, [2, 6, 6]), { steps: 6, product: 'exact' }],
    [
      'fitted units of neurons that spike once',
      excited(4),
      randomImages(1, 30, [2, 6, 6]),
      { steps: 9, method: 'amos' },
    ],
  ];
  it.each(rounded)('agree up to float32 rounding elsewhere: %s', async (_, graph, images, options) => {
    const { collapsed, steps } = await both(graph, images, options);
    // A potential within 1e-7 of a threshold: none among these.
    expect(steps.spikes).toEqual(collapsed.spikes);
    expect(difference(collapsed.output, steps.output)).toBeLessThan(1e-5);
  });

  it.each([
    ['a residual network', residual(2, 2 ** -5), [2, 8, 8]],
    ['gates in unusual places', entangled(2, 2 ** -5), [6]],
  ] as const)('are what float64 makes of explicit connections: %s', async (_, graph, shape) => {
    const images = randomImages(3, 12, shape, 2 ** -4);
    const network = await converted(graph, images, dyadic);
    const reference = await referenceNetwork(network, runtime);
    const { output, spikes } = await run('collapsed', network, images);
    const wanted = Array.from({ length: 12 }, (_, i) =>
      evaluateValues(reference, Float64Array.from(rows(images, i, i + 1).data)),
    );
    expect(total({ output, spikes })).toBe(wanted.flatMap((result) => result.spikes).reduce((a, b) => a + b, 0));
    // Pooling divides by 16, exactly; the sums are exact as well.
    expect([...output]).toEqual(wanted.flatMap((result) => [...result.output]));
  });
});

describe('collapsed without counts', () => {
  const outputOf = async (network: SpikingNetwork, images: Activity) => {
    const runner = await CollapsedRunner.create(network, runtime, { batch: images.shape[0]!, counts: false });
    const { output, spikes } = keep(await runner.run(images));
    await runner.release();
    expect(spikes.size).toBe(0);
    return output;
  };
  const pixels = (...shape: number[]) => randomImages(1, 10, shape, 2 ** -4);
  const dyadic = { steps: 6, dyadic: true } as const;

  it.each<[string, Graph, Activity, ConvertOptions]>([
    ['a residual network', residual(2, 2 ** -5), pixels(2, 8, 8), dyadic],
    ['gates in unusual places, coded', entangled(2, 2 ** -5), pixels(6), { ...dyadic, input: 'coded' }],
    ['spiking max-pools', pooling(2, 2 ** -5), pixels(2, 6, 6), dyadic],
    ['a pair of neurons per unit', mlp(2, 2 ** -5, 'LeakyRelu'), pixels(6), dyadic],
  ])('is the same bits where numbers are exact: %s', async (_, graph, images, options) => {
    const network = await converted(graph, images, options);
    expect(await outputOf(network, images)).toEqual((await run('collapsed', network, images)).output);
  });

  it.each<[string, Graph, number]>([
    ['a residual network', residual(4), 1],
    ['spiking max-pools', pooling(4), 1],
    ['SiLU with squeeze and excitation', excited(4), 4],
    ['ReLU6', relu6(4), 1],
  ])('has the bits of the exported network, in as few sessions as can be: %s', async (_, graph, sessions) => {
    const images = randomImages(1, 30, [2, graph.inputs[0]!.shape[2] as number, graph.inputs[0]!.shape[3] as number]);
    const network = await converted(graph, images, { steps: 8, fit: 'table' });
    const output = await outputOf(network, images);
    const exported = await runGraph(toOnnx(network, { form: 'compact' }), images);
    const wanted = exported.get(network.staged.output.name)!.data;
    if (sessions === 1) expect(output).toEqual(wanted);
    // A mean may be summed in another order.
    else expect(difference(output, wanted)).toBeLessThan(1e-6);
    expect(segmentsOf(network, { merge: true }).filter(({ kind }) => kind === 'graph')).toHaveLength(sessions);
    expect(difference(output, (await run('collapsed', network, images)).output)).toBeLessThan(1e-6);
  });

  it('draws noise all the same', async () => {
    const images = randomImages(1, 5, [6]);
    const network = await converted(mlp(1), images, { steps: 6, noise: 0.05 });
    expect(await outputOf(network, images)).toEqual((await run('collapsed', network, images)).output);
  });

  it('refuses an observer', async () => {
    const images = randomImages(1, 2, [6]);
    const network = await converted(mlp(1), images, { steps: 4 });
    const runner = await CollapsedRunner.create(network, runtime, { batch: 2, counts: false });
    await expect(runner.run(images, { observer: {} })).rejects.toThrow('no observer of a runner without counts');
  });
});

describe.each(Object.keys(MODES) as (keyof typeof MODES)[])('%s', (mode) => {
  it('gives the same for every cut into batches, run after run', async () => {
    const images = randomImages(1, 7, [2, 6, 6]);
    for (const [graph, options] of [
      [excited(4), { steps: 8 }],
      [pooling(4), { steps: 4, noise: 0.05 }],
    ] as const) {
      const network = await converted(graph, images, options);
      const whole = await run(mode, network, images);
      const runner = await MODES[mode].create(network, runtime, { batch: 3 });
      const parts: Kept[] = [];
      for (const [from, to] of [
        [0, 3],
        [3, 6],
        [6, 7],
        [0, 3],
      ] as const) {
        parts.push(keep(await runner.run(rows(images, from, to), { first: from })));
      }
      await runner.release();
      const outputs = parts.slice(0, 3).flatMap(({ output }) => [...output]);
      // The matrix products of another batch size may round differently.
      expect(difference(whole.output, Float32Array.from(outputs))).toBeLessThan(1e-5);
      expect(parts.slice(0, 3).reduce((sum, part) => sum + total(part), 0)).toBe(total(whole));
      expect(parts[3]).toEqual(parts[0]);
    }
  });

  it('approaches the trained network as steps are added', async () => {
    const images = randomImages(2, 50, [2, 8, 8]);
    const staged = stage(residual(7));
    const statistics = await calibrate(staged, runtime, images);
    const original = await runtime.load(residual(7));
    const wanted = [...(await original.run(new Map([['x', images]]))).values()][0]!.data;
    const errors: number[] = [];
    for (const steps of [2, 4, 6, 8, 10, 12]) {
      const network = convert(staged, statistics, { steps, alpha: 'max' });
      errors.push(difference(wanted, (await run(mode, network, images)).output));
    }
    // Two more steps divide the error of each neuron by 4; the sum of many by something near that.
    for (let k = 1; k < errors.length; k++) expect(errors[k]! / errors[k - 1]!).toBeLessThan(0.5);
    expect(errors.at(-1)).toBeLessThan(1e-3);
  });

  it('counts the spikes of a coded input under its own name', async () => {
    const images = randomImages(1, 5, [6]);
    const { spikes } = await run(mode, await converted(mlp(1), images, { steps: 5, input: 'coded' }), images);
    expect([...spikes.keys()]).toEqual([INPUT, 'relu1', 'relu2']);
    expect(spikes.get(INPUT)).toHaveLength(5);
  });

  it('spikes more irregularly under noise, and as before without it', async () => {
    const images = randomImages(1, 200, [6]);
    const staged = stage(mlp(3));
    const statistics = await calibrate(staged, runtime, images);
    const clean = await run(mode, convert(staged, statistics, { steps: 8 }), images);
    const errors: number[] = [];
    for (const noise of [0, 0.005, 0.02, 0.08]) {
      const noisy = await run(mode, convert(staged, statistics, { steps: 8, noise }), images);
      errors.push(Math.hypot(...noisy.output.map((value, i) => value - clean.output[i]!)));
    }
    expect(errors[0]).toBe(0);
    for (let k = 1; k < errors.length; k++) expect(errors[k]!).toBeGreaterThan(1.5 * errors[k - 1]!);
    const other = await run(mode, convert(staged, statistics, { steps: 8, noise: 0.08, seed: 2 }), images);
    const again = await run(mode, convert(staged, statistics, { steps: 8, noise: 0.08 }), images);
    const first = await run(mode, convert(staged, statistics, { steps: 8, noise: 0.08, seed: 1 }), images);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('refuses images that it has no room for, or of another shape', async () => {
    const network = await converted(mlp(1), randomImages(1, 5, [6]), { steps: 4 });
    const runner = await MODES[mode].create(network, runtime, { batch: 2 });
    await expect(runner.run(randomImages(1, 3, [6]))).rejects.toThrow('expected images [1 to 2, 6], got [3, 6]');
    await expect(runner.run(randomImages(1, 2, [5]))).rejects.toThrow('expected images [1 to 2, 6], got [2, 5]');
    await expect(MODES[mode].create(network, runtime, { batch: 0 })).rejects.toThrow('batch of 1 or more');
  });
});
