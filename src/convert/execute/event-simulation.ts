import { UnsupportedError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { applyTo, type SparseMatrix } from '../connections/sparse.ts';
import { type Membrane, membraneOf, offsetOf, stepsOf } from '../few-spike/evaluate.ts';
import { checkImage, type ReferenceLayer, type ReferenceNetwork, type ReferenceResult } from './reference.ts';

/** How neurons take images one after another. */
export interface PipelineOptions {
  /**
   * 'double': an accumulator beside the membrane, an image every phase. 'single': one variable that receives for a phase and fires for
   * another, an image every two phases. Default 'double'.
   */
  readonly buffering?: 'single' | 'double';
  /** Steps from image to image; by default what the buffering takes. */
  readonly interval?: number;
}

/** What became of a stream of images. */
export interface PipelineResult {
  readonly results: readonly ReferenceResult[];
  /** Steps after the first image was presented at which each answer was read. */
  readonly finishedAt: readonly number[];
}

/** A spike on its way: d(t) over the synapses of one neuron. */
interface Arrival {
  readonly target: number;
  readonly matrix: SparseMatrix;
  readonly neuron: number;
  readonly value: number;
}

/**
 * A stream of images through event-driven neurons, many images at once on their way. Each step: neurons whose phase begins load their
 * membranes, neurons that fire compare and reset, and spikes arrive, those of skip connections after their delay.
 *
 * @throws ShapeError for an image of another size
 * @throws UnsupportedError if a spike reaches neurons that cannot take it: images follow each other too fast
 */
export function simulateEvents(
  network: ReferenceNetwork,
  images: readonly Float64Array[],
  options: PipelineOptions = {},
): PipelineResult {
  const { buffering = 'double', interval } = checkedOptions('simulateEvents', options, ['buffering', 'interval']);
  for (const image of images) checkImage('simulateEvents', network, image);
  const gap = interval ?? network.phaseSteps * (buffering === 'double' ? 1 : 2);
  const layers = network.layers.map((_, at) => new EventLayer(network, at, gap, buffering));
  const results = images.map(() => ({ output: new Float64Array(), spikes: layers.slice(0, -1).map(() => 0) }));
  const finishedAt: number[] = [];
  const latency = network.layers.at(-1)!.start;
  const last = (images.length - 1) * gap + latency;
  const arrivals = new Map<number, Arrival[]>();
  for (let step = 0; step <= last; step++) {
    for (const layer of layers) {
      const image = layer.imageAt(step);
      if (image !== undefined && image < images.length) layer.load(image, images[image]!, step);
      if (!layer.isOutput) continue;
      if (image === undefined || image >= images.length) continue;
      results[image]!.output = layer.potentials.slice();
      finishedAt.push(step);
    }
    for (const layer of layers) {
      layer.fire(step, (image, at, arrival) => {
        results[image]!.spikes[layer.at]! += arrival ? 0 : 1;
        if (arrival) arrivals.set(at, [...(arrivals.get(at) ?? []), arrival]);
      });
    }
    for (const arrival of arrivals.get(step) ?? []) layers[arrival.target]!.receive(arrival, step);
    arrivals.delete(step);
  }
  return { results, finishedAt };
}

type Send = (image: number, at: number, arrival?: Arrival) => void;

/** Sums that nothing was added to: -0 leaves every number as it is, 0 would turn a bias of -0. */
const nothingYet = (size: number): Float64Array => new Float64Array(size).fill(-0);

/** The neurons of a layer in time. */
class EventLayer {
  readonly at: number;
  readonly isOutput: boolean;
  /** What the neurons compare; of the output, what is read. */
  potentials: Float64Array;
  readonly #layer: ReferenceLayer;
  readonly #network: ReferenceNetwork;
  readonly #gap: number;
  readonly #isDouble: boolean;
  /** What has arrived for the next image. */
  #accumulated: Float64Array;
  /** Membranes per unit of the code, while they fire. */
  #membranes: Membrane[][] = [];
  #firing: { readonly image: number; readonly from: number } | undefined;

  constructor(network: ReferenceNetwork, at: number, gap: number, buffering: 'single' | 'double') {
    this.at = at;
    this.#network = network;
    this.#layer = network.layers[at]!;
    this.#gap = gap;
    this.#isDouble = buffering === 'double';
    this.isOutput = this.#layer.code === undefined;
    this.#accumulated = nothingYet(this.#layer.size);
    this.potentials = new Float64Array(this.#layer.size);
  }

  /** The image whose phase begins in a step. */
  imageAt(step: number): number | undefined {
    const since = step - this.#layer.start;
    return since >= 0 && since % this.#gap === 0 ? since / this.#gap : undefined;
  }

  /** The input is complete: bias and what the image gives as numbers are added, and firing begins. */
  load(image: number, pixels: Float64Array, step: number): void {
    const { bias, inputs, code, name } = this.#layer;
    if (this.#firing) throw tooFast(name, step);
    const potentials = this.#accumulated.map((sum, i) => sum + bias[i]!);
    for (const { source, matrix } of inputs) {
      if (source < 0) applyTo(matrix, pixels, potentials);
      else applyTo(matrix, this.#offsetsOf(source), potentials);
    }
    this.potentials = potentials;
    this.#accumulated = nothingYet(this.#layer.size);
    if (!code) return;
    this.#membranes = code.map((unit) => {
      const { range, sign, bias: shift } = unit;
      const loaded = (u: number) => sign * Math.min(Math.max(u, range[0]), range[1]) + shift;
      return Array.from(potentials, (u) => membraneOf(unit, loaded(u)));
    });
    this.#firing = { image, from: step };
  }

  /** What a source that does not spike stands for. */
  #offsetsOf(source: number): Float64Array {
    const { size, code } = this.#network.layers[source]!;
    return new Float64Array(size).fill(offsetOf(code!));
  }

  /** Compares, resets and sends in one step. */
  fire(step: number, send: Send): void {
    const { code, size } = this.#layer;
    if (!this.#firing || !code) return;
    const { image, from } = this.#firing;
    const t = step - from;
    const targets = this.#targets();
    code.forEach(({ steps, thresholds, weights, strict }, n) => {
      if (t >= steps) return;
      for (let i = 0; i < size; i++) {
        const membrane = this.#membranes[n]![i]!;
        const v = membrane.at(t);
        if (strict ? v <= thresholds[t]! : v < thresholds[t]!) continue;
        membrane.spike(t);
        send(image, step);
        for (const { target, matrix, delay } of targets) {
          send(image, step + delay, { target, matrix, neuron: i, value: weights[t]! });
        }
      }
    });
    if (t + 1 >= stepsOf(code)) this.#firing = undefined;
  }

  #targets(): readonly { target: number; matrix: SparseMatrix; delay: number }[] {
    const { start, code } = this.#layer;
    const end = start + stepsOf(code!);
    return this.#network.layers.flatMap((layer, target) =>
      layer.inputs
        .filter(({ source }) => source === this.at)
        .map(({ matrix }) => ({ target, matrix, delay: layer.start - end })),
    );
  }

  receive({ matrix: { columnStart, row, weight }, neuron, value }: Arrival, step: number): void {
    if (!this.#isDouble && this.#firing) throw tooFast(this.#layer.name, step);
    for (let k = columnStart[neuron]!; k < columnStart[neuron + 1]!; k++) {
      this.#accumulated[row[k]!]! += weight[k]! * value;
    }
  }
}

const tooFast = (layer: string, step: number) =>
  new UnsupportedError('simulateEvents', `expected silent neurons in "${layer}", got firing ones in step ${step}`, {
    hint: 'neurons with one buffer receive and fire in turn, those with two do both: present images less often',
    fields: { layer, step },
  });
