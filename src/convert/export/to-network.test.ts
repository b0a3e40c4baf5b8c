import { describe, expect, it } from 'vitest';
import { UnsupportedError } from '../../base/errors.ts';
import { type Recording, Simulation } from '../../network/index.ts';
import { randomUnit } from '../amos/testing/random-unit.ts';
import type { ConvertOptions } from '../convert-options.ts';
import { OUTPUT, schedule } from '../execute/schedule.ts';
import type { FewSpikeParameters } from '../few-spike/parameters.ts';
import type { Graph } from '../graph/graph.ts';
import type { Activity } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { READOUT } from './network-builder.ts';
import { converted, runGraph } from './testing/converted.ts';
import { bypassed, GraphWriter, mlp, randomImages, residual, runtime } from './testing/networks.ts';
import { type PipelinedNetwork, toNetwork } from './to-network.ts';
import { toOnnx } from './to-onnx.ts';
import { neuronPrefix } from './unrolled.ts';

const COUNT = 5;

/**
 * Weights and images on a grid, α a power of two: every sum is exact, in whatever order it is made.
 */
const GRID = 1 / 16;

async function compare(
  graph: Graph,
  shape: readonly number[],
  options: ConvertOptions,
  change: (network: SpikingNetwork) => SpikingNetwork = (network) => network,
) {
  const images = randomImages(3, COUNT, shape, GRID);
  const network = change(await converted(graph, images, { dyadic: true, ...options }));
  const values = await runGraph(toOnnx(network, { spikes: true }), images);
  const spiking = await toNetwork(network, runtime);
  const simulation = new Simulation(spiking.network, { seed: 0, parameters: spiking.parameters });
  const { inputs, steps } = spiking.present(images);
  const recording = simulation.run(inputs, steps);
  return { network, values, spiking, recording, steps };
}

/** Outputs and all spikes are those of the values. */
function checkSpikes(
  network: SpikingNetwork,
  values: ReadonlyMap<string, Activity>,
  spiking: PipelinedNetwork,
  recording: Recording,
): void {
  expect(spiking.outputs(recording, COUNT)).toEqual(values.get(network.staged.output.name));
  for (const [gate, { code }] of network.activations) {
    code.forEach((_neuron, index) => {
      const population = neuronPrefix(gate, code, index);
      const train = spiking.spikes(recording, population, COUNT);
      for (let t = 0; t < train.time; t++) {
        const own = Float32Array.from(train.toDense().subarray(t * COUNT * train.size, (t + 1) * COUNT * train.size));
        expect(own, `${population}, step ${t + 1}`).toEqual(values.get(`${population}/z${t + 1}`)!.data);
      }
      expect(train.count()).toBeGreaterThan(0);
    });
  }
}

describe('toNetwork', () => {
  it.each<[string, Graph, readonly number[], ConvertOptions]>([
    ['a multi-layer perceptron', mlp(1, GRID), [6], { steps: 6 }],
    ['a residual network, whose shortcut waits one phase', residual(2, GRID), [2, 8, 8], { steps: 4 }],
    ['gates of different K', residual(3, GRID), [2, 8, 8], { steps: { relu1: 3, relu2: 5, default: 4 } }],
    ['an output that reads the input of a gate', bypassed(6, GRID), [6], { steps: 4 }],
    ['a coded input', mlp(4, GRID), [6], { steps: 5, input: 'coded' }],
    ['two neurons per gate', mlp(5, GRID, 'LeakyRelu'), [6], { steps: 5 }],
  ])('spikes as the value level does, a new image every phase: %s', async (_, graph, shape, options) => {
    const { network, values, spiking, recording, steps } = await compare(graph, shape, options);
    checkSpikes(network, values, spiking, recording);
    expect(steps).toBe((COUNT + spiking.depth) * spiking.phaseSteps);
  });

  it.each<[string, Graph, readonly number[], ConvertOptions]>([
    ['a multi-layer perceptron', mlp(1, GRID), [6], { steps: 6 }],
    ['a residual network, whose shortcut waits', residual(2, GRID), [2, 8, 8], { steps: 4 }],
    ['gates of different K', residual(3, GRID), [2, 8, 8], { steps: { relu1: 3, relu2: 5, default: 4 } }],
    ['a coded input', mlp(4, GRID), [6], { steps: 5, input: 'coded' }],
    ['two units per gate', mlp(5, GRID, 'LeakyRelu'), [6], { steps: 5 }],
  ])('runs units of neurons that spike once, a new image every step: %s', async (_, graph, shape, options) => {
    const { network, values, spiking, recording, steps } = await compare(graph, shape, { ...options, method: 'amos' });
    checkSpikes(network, values, spiking, recording);
    const { latencySteps, throughput } = schedule(network);
    expect(spiking).toMatchObject({ phaseSteps: 1, depth: latencySteps });
    expect(steps).toBe(COUNT + latencySteps);
    expect(throughput.singleBuffered).toBe(1);
  });

  it('runs any such units', async () => {
    const round = (list: Float64Array) => list.map((value) => Math.round(8 * value) / 8);
    const unit = randomUnit(5, 7, { sign: -1, offset: -0.375, range: [-3, 2.5], strict: true });
    const { thresholds, inhibition, weights } = unit;
    const onGrid = { thresholds: round(thresholds), inhibition: round(inhibition), weights: round(weights) };
    const change = (network: SpikingNetwork) => ({
      ...network,
      activations: new Map(
        [...network.activations].map(([name, own]) => [name, { ...own, code: [{ ...unit, ...onGrid }], steps: 7 }]),
      ),
    });
    const options = { steps: 7, method: 'amos' } as const;
    const { network, values, spiking, recording } = await compare(bypassed(7, GRID), [6], options, change);
    checkSpikes(network, values, spiking, recording);
    expect(new Set(values.get(network.staged.output.name)!.data).size).toBeGreaterThan(4 * COUNT - 4);
  });

  it('takes any thresholds, resets, weights, ranges and offsets', async () => {
    const numbers = (...values: number[]) => Float64Array.from(values);
    const neuron: FewSpikeParameters = {
      steps: 4,
      thresholds: numbers(1, -0.5, 2, 0.25),
      resets: numbers(0.5, -1, 1.5, 0),
      weights: numbers(0.5, 0.25, -1, 0.75),
      offset: -0.375,
      bias: 0.125,
      sign: -1,
      range: [-3, 2.5],
      strict: true,
    };
    const change = (network: SpikingNetwork) => ({
      ...network,
      activations: new Map([...network.activations].map(([name, own]) => [name, { ...own, code: [neuron] }])),
    });
    const { network, values, spiking, recording } = await compare(bypassed(7, GRID), [6], { steps: 4 }, change);
    const output = values.get(network.staged.output.name)!;
    expect(spiking.outputs(recording, COUNT)).toEqual(output);
    expect(new Set(output.data).size).toBeGreaterThan(4 * COUNT - 4);
  });

  it('has the phases and delays of the schedule', async () => {
    const { network, spiking } = await compare(residual(2, GRID), [2, 8, 8], { steps: 4 });
    const { depth, phaseSteps, latencySteps, delays } = schedule(network);
    expect(spiking).toMatchObject({ depth, phaseSteps });
    expect(latencySteps).toBe(3 * 4);
    const { projections } = spiking.network;
    for (const { source, target, steps } of delays) {
      const name = `${source} -> ${target === OUTPUT ? READOUT : target}`;
      expect(projections[name]!.delay, name).toBe(steps);
    }
    expect(projections['relu1 -> relu3']!.delay).toBe(4);
  });

  it('builds a convolution with the synapses that it has', async () => {
    const w = new GraphWriter(1);
    const flat = w.node('Flatten', [w.node('Relu', [w.conv('x', 'c', 1, 2)], 'relu')], 'flat');
    const images = randomImages(3, COUNT, [1, 4, 4]);
    const network = await converted(w.graph([1, 4, 4], w.dense(flat, 'out', 32, 3), [3]), images, { steps: 4 });
    // Each of 2 channels: a row of 4 is seen from 2 + 3 + 3 + 2 places.
    expect((await toNetwork(network, runtime)).synapses).toBe(2 * 10 * 10 + 32 * 3);
    // Places of the kernel that lie in the padding count before the synapses are known.
    const multiplications = 2 * 9 * 16 + 32 * 3;
    const build = (maxSynapses: number) => toNetwork(network, runtime, { maxSynapses });
    await expect(build(multiplications - 1)).rejects.toThrow(UnsupportedError);
    await expect(build(multiplications - 1)).rejects.toThrow('expected at most 383 synapses, got 384');
    await expect(build(multiplications)).resolves.toBeDefined();
  });

  it('names what synapses cannot express', async () => {
    const images = randomImages(3, COUNT, [6]);
    const network = await converted(mlp(6), images, { steps: 4 });
    const noisy = { ...network, noise: { deviation: 0.1, seed: 1 } };
    await expect(toNetwork(noisy, runtime)).rejects.toThrow('noise of 0.1');
    const product = { kind: 'product', name: 'times', inputs: ['relu1', 'relu1'], output: 'p' } as const;
    const staged = { ...network.staged, parts: [...network.staged.parts, product] };
    await expect(toNetwork({ ...network, staged }, runtime)).rejects.toThrow('the product "times"');
  });
});
