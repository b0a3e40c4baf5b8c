import { InternalError, ShapeError, UnsupportedError } from '../../base/errors.ts';
import { INPUT } from '../calibrate.ts';
import { applyTo, identityMatrix, type SparseMatrix } from '../connections/sparse.ts';
import { wirings } from '../connections/wiring.ts';
import { fewSpike } from '../few-spike/evaluate.ts';
import type { Code } from '../few-spike/parameters.ts';
import type { GraphRuntime } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { OUTPUT, schedule } from './schedule.ts';

/** Connections from a layer, or from the image where `source` is -1. */
export interface ReferenceConnection {
  readonly source: number;
  readonly matrix: SparseMatrix;
}

/** Neurons of one gate, or the output, which has no code and is read as numbers. */
export interface ReferenceLayer {
  readonly name: string;
  readonly size: number;
  readonly code: Code | undefined;
  readonly bias: Float64Array;
  readonly inputs: readonly ReferenceConnection[];
  /** First step of firing, or of reading, after the image was presented. */
  readonly start: number;
}

/** A spiking network as explicit connections, for float64 execution of small ones; the last layer is the output. */
export interface ReferenceNetwork {
  readonly layers: readonly ReferenceLayer[];
  readonly imageSize: number;
  /** The most steps of a layer. */
  readonly phaseSteps: number;
}

/** What became of one image. */
export interface ReferenceResult {
  readonly output: Float64Array;
  /** Spikes of each layer but the output. */
  readonly spikes: readonly number[];
}

/**
 * Explicit connections of a spiking network, found by running its linear stages on unit vectors.
 *
 * @throws UnsupportedError if the network has products, max-pools or noise
 */
export async function referenceNetwork(network: SpikingNetwork, runtime: GraphRuntime): Promise<ReferenceNetwork> {
  const { staged, activations, input } = network;
  const other = staged.parts.find((part) => part.kind === 'product' || part.kind === 'max-pool');
  if (other || network.noise) {
    throw new UnsupportedError('referenceNetwork', `expected sums and neurons only, got ${other?.name ?? 'noise'}`);
  }
  const wiring = await wirings(staged, runtime, () => {});
  const times = schedule(network);
  const layers: ReferenceLayer[] = [];
  const places = new Map<string, number>([[staged.input.name, -1]]);
  const imageSize = wiring.get(staged.input.name)!.bias.length;
  const add = (name: string, value: string, code: Code | undefined, start: number) => {
    const { bias, terms } = wiring.get(value)!;
    const inputs = [...terms].map(([source, matrix]) => ({ source: places.get(source)!, matrix }));
    layers.push({ name, size: bias.length, code, bias, inputs, start });
  };
  if (input.kind === 'coded') {
    const identity = { source: -1, matrix: identityMatrix(imageSize) };
    const bias = new Float64Array(imageSize);
    layers.push({ name: INPUT, size: imageSize, code: input.code, bias, inputs: [identity], start: 0 });
    places.set(staged.input.name, 0);
  }
  for (const [name, { gate, code }] of activations) {
    add(name, gate.input, code, times.gates.get(name)!.start);
    places.set(gate.output, layers.length - 1);
  }
  add(OUTPUT, staged.output.name, undefined, times.latencySteps);
  return { layers, imageSize, phaseSteps: times.phaseSteps };
}

/** @throws ShapeError for an image of another size */
export function checkImage(where: string, { imageSize }: ReferenceNetwork, image: ArrayLike<number>): void {
  if (image.length === imageSize) return;
  throw new ShapeError(where, `expected an image of ${imageSize} numbers, got ${image.length}`);
}

/**
 * The definition by values, layer by layer: each neuron decodes its complete input.
 *
 * @throws ShapeError for an image of another size
 */
export function evaluateValues(network: ReferenceNetwork, image: Float64Array): ReferenceResult {
  checkImage('evaluateValues', network, image);
  const values: Float64Array[] = [];
  const spikes: number[] = [];
  for (const { code, bias, inputs } of network.layers) {
    const potentials = bias.slice();
    for (const { source, matrix } of inputs) applyTo(matrix, source < 0 ? image : values[source]!, potentials);
    if (!code) return { output: potentials, spikes };
    let count = 0;
    values.push(
      potentials.map((potential) =>
        code.reduce((sum, neuron) => {
          const decoded = fewSpike(neuron, potential);
          count += decoded.spikes.filter(Boolean).length;
          return sum + decoded.y;
        }, 0),
      ),
    );
    spikes.push(count);
  }
  throw new InternalError('evaluateValues', 'expected an output layer, got none');
}
