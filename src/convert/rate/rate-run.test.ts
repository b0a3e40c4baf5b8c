import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError, UnsupportedError } from '../../base/errors.ts';
import { annGraph } from '../ann-graph.ts';
import { calibrate } from '../calibrate.ts';
import { bypassed, GraphWriter, mlp, randomImages, residual, runtime } from '../export/testing/networks.ts';
import { stage } from '../graph/index.ts';
import type { StagedNetwork } from '../graph/stages.ts';
import type { Activity } from '../runtime.ts';
import { BatchMemory } from './batch-memory.ts';
import { LoadedStages } from './loaded-stages.ts';
import { firstWithin, rateRun } from './rate-run.ts';
import { balanceThresholds } from './thresholds.ts';

/** Thresholds that are powers of two: with weights and images on a grid, all sums are exact. */
const dyadic = (staged: StagedNetwork, value: number) =>
  new Map(staged.parts.flatMap((part) => (part.kind === 'activation' ? [[part.name, value] as const] : [])));

function accumulate(values: Float32Array, into: Float64Array): void {
  for (const [k, value] of values.entries()) into[k]! += value;
}

/** Currents and spike counts of the first gate in every step. */
async function record(staged: StagedNetwork, images: Activity, threshold: number, steps: number, start: number) {
  const stages = await LoadedStages.load(staged, runtime);
  const memory = new BatchMemory(stages, images.shape[0]!, dyadic(staged, threshold));
  memory.values.get(staged.input.name)!.data.set(images.data);
  memory.start(start);
  const gates = [...memory.neurons.keys()];
  const sums = gates.map((name) => new Float64Array(memory.membranes(name).length));
  const worths = gates.map((name) => new Float64Array(memory.membranes(name).length));
  let spikes = 0;
  for (let t = 0; t < steps; t++) {
    await stages.run(
      memory.values,
      ({ name, input, output }) => {
        const g = gates.indexOf(name);
        accumulate(memory.values.get(input)!.data, sums[g]!);
        spikes += memory.step(name);
        accumulate(memory.values.get(output)!.data, worths[g]!);
      },
      t === 0 ? new Set() : stages.constant,
    );
  }
  const membranes = gates.map((name) => [...memory.membranes(name)]);
  await stages.release();
  return { gates, sums, worths, spikes, membranes };
}

describe('rate-coded neurons', () => {
  const grid = 1 / 16;

  it('owe exactly what no spike has accounted for: v(T) + θ n(T) = v(0) + Σ I', async () => {
    const staged = stage(residual(1, grid));
    const images = randomImages(2, 3, [2, 8, 8], grid);
    const { sums, worths, membranes, spikes } = await record(staged, images, 0.5, 20, 0.5);
    for (const [g, own] of membranes.entries()) {
      expect(own).toEqual([...sums[g]!].map((sum, k) => 0.25 + sum - worths[g]![k]!));
    }
    expect(spikes * 0.5).toBe(worths.reduce((sum, own) => sum + own.reduce((a, b) => a + b, 0), 0));
    expect(spikes).toBeGreaterThan(100);
  });

  // bu2022qcfs: with v(0) = θ/2 a constant input x gives θ · clip(⌊x T / θ + 1/2⌋ / T, 0, 1) after T steps.
  it.each([
    [0, 4],
    [0.5, 4],
    [0.5, 32],
  ])('code a constant current as the clipped staircase, start %f, %i steps', async (start, steps) => {
    const staged = stage(mlp(3, grid));
    const images = randomImages(4, 50, [6], grid);
    const { sums, worths } = await record(staged, images, 1, steps, start);
    const staircase = [...sums[0]!].map((sum) => Math.min(steps, Math.max(0, Math.floor(sum + start))));
    expect([...worths[0]!]).toEqual(staircase);
    expect(new Set(staircase).size).toBeGreaterThan(4);
  });
});

describe('rateRun', () => {
  // One neuron with threshold 1 and current 0.4: ⌊4 · 0.4⌋ = 1 spike in 4 steps, ⌊4 · 0.4 + ½⌋ = 2 from half the threshold.
  it.each([
    [0, 1, 0.25],
    [0.5, 2, 0.5],
  ])('reads the mean over steps, from a start of %f', async (start, spikes, mean) => {
    const w = new GraphWriter(1);
    const one = (name: string) => {
      w.constants.set(name, { shape: [1, 1], data: Float32Array.of(1) });
      return name;
    };
    const hidden = w.node('Relu', [w.node('MatMul', ['x', one('a')], 'in')], 'relu');
    const staged = stage(w.graph([1], w.node('MatMul', [hidden, one('b')], 'out'), [1]));
    const images = { shape: [1, 1], data: Float32Array.of(0.4) };
    const options = { thresholds: dyadic(staged, 1), checkpoints: [4], start };
    const { results, neurons } = await rateRun(staged, runtime, images, [0], options);
    // 0.4 is a float32.
    expect(results[0]!.meanSquaredError).toBeCloseTo((0.4 - mean) ** 2, 6);
    expect(results[0]).toMatchObject({ spikesPerNeuron: spikes, perGate: new Map([['relu', spikes]]) });
    expect(neurons).toBe(1);
  });

  it('leaves alone what goes into a gate where others read it too', async () => {
    const staged = stage(bypassed(4));
    const images = randomImages(6, 20, [6]);
    const thresholds = balanceThresholds(staged, await calibrate(staged, runtime, images));
    const { results } = await rateRun(staged, runtime, images, undefined, { thresholds, checkpoints: [2000] });
    // Outputs are of the order of 1, the error of the order of 1/2000.
    expect(results[0]!.meanSquaredError).toBeLessThan(1e-5);
  });

  const setUp = async (graph = residual(5), shape = [2, 8, 8]) => {
    const staged = stage(graph);
    const images = randomImages(6, 40, shape);
    const statistics = await calibrate(staged, runtime, images);
    const session = await runtime.load(annGraph(staged));
    const output = (await session.run(new Map([['x', images]]))).get(staged.output.name)!;
    const classes = output.shape[1]!;
    const labels = Int32Array.from({ length: 40 }, (_, i) => {
      const row = output.data.subarray(i * classes, (i + 1) * classes);
      return row.indexOf(Math.max(...row));
    });
    return { staged, images, labels, thresholds: balanceThresholds(staged, statistics) };
  };

  it('comes to the answers of the network with its own ReLUs, with an error that falls as 1/T', async () => {
    const { staged, images, labels, thresholds } = await setUp();
    const checkpoints = [4, 16, 64, 256, 1024];
    const report = await rateRun(staged, runtime, images, labels, { thresholds, checkpoints, batch: 16 });
    expect(report).toMatchObject({ images: 40, neurons: 4 * 64 + 2 * 6 * 16, annAccuracy: 1 });
    const errors = report.results.map(({ meanSquaredError }) => meanSquaredError);
    // The membranes bound the error of the mean by a constant over T: its square falls 16-fold per fourfold T; 5 leaves room.
    for (const [i, error] of errors.slice(2).entries()) expect(error).toBeLessThan(errors[i + 1]! / 5);
    const last = report.results.at(-1)!;
    expect(last.accuracy).toBe(last.agreement);
    expect(last.agreement).toBe(1);
    expect(firstWithin(report)!.steps).toBeLessThanOrEqual(1024);
  });

  it('gives the same numbers in every cut into batches', async () => {
    const { staged, images, labels, thresholds } = await setUp(mlp(7, 1 / 16), [6]);
    const run = (batch: number) => rateRun(staged, runtime, images, labels, { thresholds, checkpoints: [3, 9], batch });
    const [a, b] = [await run(40), await run(7)];
    // Sums over images in another order.
    const squares = a.results.map(({ meanSquaredError }) => expect.closeTo(meanSquaredError, 12));
    expect(b).toEqual({ ...a, results: a.results.map((r, i) => ({ ...r, meanSquaredError: squares[i] })) });
  });

  it('runs without labels', async () => {
    const { staged, images, thresholds } = await setUp();
    const report = await rateRun(staged, runtime, images, undefined, { thresholds, checkpoints: [2] });
    expect(report).not.toHaveProperty('annAccuracy');
    expect(firstWithin(report)).toBeUndefined();
  });

  it('refuses what it cannot run', async () => {
    const { staged, images, labels, thresholds } = await setUp();
    const run = (options: object, known: ArrayLike<number> = labels) =>
      rateRun(staged, runtime, images, known, { thresholds, checkpoints: [4], ...options });
    await expect(run({ checkpoints: [4, 4] })).rejects.toThrow(ParameterError);
    await expect(run({ start: 1 })).rejects.toThrow('expected a start in [0, 1), got 1');
    await expect(run({ thresholds: new Map() })).rejects.toThrow(ParameterError);
    await expect(run({}, [1])).rejects.toThrow(ShapeError);
  });

  it('refuses gates that rates do not code, by name', () => {
    const sigmoid = stage(mlp(1, 0, 'Sigmoid'));
    expect(() => balanceThresholds(sigmoid, new Map())).toThrow(UnsupportedError);
    expect(() => balanceThresholds(sigmoid, new Map())).toThrow('got the activation sigmoid in "relu1"');
    const w = new GraphWriter(1);
    const pool = { kernel_shape: { kind: 'ints', value: [2, 2] } } as const;
    const pooled = w.node('MaxPool', [w.node('Relu', [w.conv('x', 'c', 1, 2)], 'relu')], 'pool', pool);
    const graph = w.graph([1, 4, 4], pooled, [2, 3, 3]);
    expect(() => balanceThresholds(stage(graph), new Map())).toThrow('average pooling');
  });
});

describe('balanceThresholds', () => {
  const staged = stage(mlp(1));
  const known = (maximum: number) => ({ maximum, quantile: (share: number) => maximum * share });

  it('takes the largest input or a percentile, and 1 where none is positive', () => {
    const statistics = new Map([
      ['relu1', known(4)],
      ['relu2', known(-1)],
    ]);
    expect([...balanceThresholds(staged, statistics).values()]).toEqual([4, 1]);
    expect([...balanceThresholds(staged, statistics, { percentile: 50 }).values()]).toEqual([2, 1]);
    expect(() => balanceThresholds(staged, statistics, { percentile: 101 })).toThrow(ParameterError);
  });

  it('names a gate without statistics', () => {
    expect(() => balanceThresholds(staged, new Map())).toThrow('unknown gate "relu1"');
  });
});
