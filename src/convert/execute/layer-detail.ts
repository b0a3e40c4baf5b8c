import { reachOf } from '../code-span.ts';
import { planesOf } from '../few-spike/evaluate.ts';
import { type CodeKernel, compileCode } from '../few-spike/kernel.ts';
import type { Code } from '../few-spike/parameters.ts';
import { stageShapes } from '../graph/index.ts';
import type { ActivationGate } from '../graph/stages.ts';
import { sizeOf } from '../images.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { placeBuffers } from './buffers.ts';
import { MembraneDraws, noiseOf } from './neurons.ts';

/** Neurons of each gate that a raster shows. */
const RASTER_NEURONS = 16;

/** A spike of the raster: number of the neuron in its gate, and step of its firing, from 0. */
export interface RasterSpike {
  readonly neuron: number;
  readonly step: number;
}

/** The same code, decoding to the number of its spikes. */
const counting = (code: Code): Code =>
  code.map((neuron) => ({ ...neuron, weights: neuron.weights.map(() => 1), offset: 0 }));

/** What is gathered about the neurons of one gate. */
export class LayerDetail {
  readonly gate: ActivationGate;
  readonly code: Code;
  /** Gates, the elements of one image. */
  readonly size: number;
  /** Spikes of each element, over all images. */
  readonly perElement: Float64Array;
  /** Over all images and elements: squared differences from the trained network's activation, and its own squares. */
  squaredError = 0;
  squares = 0;
  /** Elements: all, those whose input the code does not reach, those whose activation in the trained network is not 0. */
  count = 0;
  saturated = 0;
  active = 0;
  /** Numbers of the neurons shown, and their spikes on the first image. */
  readonly rasterNeurons: readonly number[];
  raster: readonly RasterSpike[] = [];

  constructor(gate: ActivationGate, code: Code, size: number) {
    this.gate = gate;
    this.code = code;
    this.size = size;
    this.perElement = new Float64Array(size);
    const shown = Math.min(RASTER_NEURONS, size);
    this.rasterNeurons = Array.from({ length: shown }, (_, i) => Math.floor(((i + 0.5) * size) / shown));
  }

  addInputs(inputs: Float32Array): void {
    const [low, high] = reachOf(this.code, this.gate.activation);
    let saturated = 0;
    for (let i = 0; i < inputs.length; i++) if (inputs[i]! < low || inputs[i]! > high) saturated++;
    this.saturated += saturated;
    this.count += inputs.length;
  }

  /** @param exact - the trained network's activation */
  addValues(values: Float32Array, exact: Float32Array): void {
    let [error, squares, active] = [0, 0, 0];
    for (let i = 0; i < values.length; i++) {
      const wanted = exact[i]!;
      error += (values[i]! - wanted) ** 2;
      squares += wanted * wanted;
      if (wanted !== 0) active++;
    }
    this.squaredError += error;
    this.squares += squares;
    this.active += active;
  }

  /** @param counts - spikes of each element, [images, size] */
  addCounts(counts: Float32Array): void {
    const { size, perElement } = this;
    for (let from = 0; from < counts.length; from += size) {
      for (let i = 0; i < size; i++) perElement[i]! += counts[from + i]!;
    }
  }
}

/** Repeats the neurons of each gate beside a run, to see what single neurons do. */
export class DetailRecorder {
  readonly layers: ReadonlyMap<string, LayerDetail>;
  readonly #kernels = new Map<string, { readonly kernel: CodeKernel; readonly stream: number }>();
  readonly #memory: WebAssembly.Memory;
  readonly #values: number;
  readonly #planes: number;
  readonly #draws: MembraneDraws | undefined;

  constructor(network: SpikingNetwork, batch: number) {
    const shapes = stageShapes(network.staged);
    this.layers = new Map(
      [...network.activations].map(([name, { gate, code }]) => [
        name,
        new LayerDetail(gate, code, sizeOf(shapes.get(gate.input)!)),
      ]),
    );
    const layers = [...this.layers.values()];
    const most = (floats: (layer: LayerDetail) => number) => 4 * Math.max(1, ...layers.map(floats));
    const always = { from: 0, to: 0 };
    const { addresses, pages } = placeBuffers([
      { name: 'values', bytes: most(({ size }) => batch * size), ...always },
      { name: 'planes', bytes: most(({ size, code }) => planesOf(code) * size), ...always },
      {
        name: 'draws',
        bytes: network.noise ? most(({ size, code }) => planesOf(code) * batch * size) : 0,
        ...always,
      },
    ]);
    this.#memory = new WebAssembly.Memory({ initial: pages });
    this.#values = addresses.get('values')!;
    this.#planes = addresses.get('planes')!;
    const { noise } = network;
    this.#draws = noise && new MembraneDraws(this.#memory, addresses.get('draws')!, noise.seed);
    const inputStreams = network.input.kind === 'coded' ? 1 : 0;
    [...this.layers].forEach(([name, { code }], index) => {
      const kernel = compileCode(counting(code), { noise: noiseOf(network, code) }).instantiate(this.#memory);
      this.#kernels.set(name, { kernel, stream: index + inputStreams });
    });
  }

  /**
   * Takes the inputs of a gate's neurons.
   *
   * @param first - number of the first image among all
   * @returns spikes of each element, [images, size]: a view, valid until the next call
   */
  inputs(name: string, inputs: Float32Array, first: number): Float32Array {
    const layer = this.layers.get(name)!;
    const { kernel, stream } = this.#kernels.get(name)!;
    const values = new Float32Array(this.#memory.buffer, this.#values, inputs.length);
    layer.addInputs(inputs);
    if (first === 0) this.#raster(layer, inputs, kernel, stream);
    values.set(inputs);
    const images = inputs.length / layer.size;
    const noise = this.#draws?.fill(stream, planesOf(layer.code), first, images, layer.size);
    kernel.evaluate(this.#values, inputs.length, noise);
    layer.addCounts(values);
    return values;
  }

  #raster(layer: LayerDetail, inputs: Float32Array, kernel: CodeKernel, stream: number): void {
    const { size, code } = layer;
    new Float32Array(this.#memory.buffer, this.#values, size).set(inputs.subarray(0, size));
    const count = planesOf(code);
    const noise = this.#draws?.fill(stream, count, 0, 1, size);
    kernel.spikePlanes(this.#values, size, this.#planes, noise);
    const planes = new Float32Array(this.#memory.buffer, this.#planes, count * size);
    const spikes: RasterSpike[] = [];
    for (const neuron of layer.rasterNeurons) {
      let plane = 0;
      for (const { steps } of code) {
        for (let step = 0; step < steps; step++, plane++) {
          if (planes[plane * size + neuron] === 1) spikes.push({ neuron, step });
        }
      }
    }
    layer.raster = spikes;
  }
}
