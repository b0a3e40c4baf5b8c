import { ParameterError } from '../../../base/errors.ts';
import { checkedOptions } from '../../../base/options.ts';
import { RandomStream } from '../../../base/random.ts';
import { streamOf } from '../../../base/stream.ts';
import { type Kernels, loadKernels } from '../../../kernels/index.ts';
import { Arena, padded } from '../../../network/index.ts';
import { type Adam, adam, adamStepSize } from '../../optimisers.ts';
import { learningRateAt, type Schedule } from '../../schedules.ts';
import type { Future, FutureFactory, FutureShape } from './future.ts';
import { RunningScales } from './running-scales.ts';

/** One layer with its inputs and outputs, [batch, padded], and its weights, [inputs, padded outputs], in memory. */
interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly x: number;
  readonly y: number;
  readonly weights: number;
  readonly gradient: number;
  readonly moments: readonly [number, number];
}

/** Lays out a layer; the last of its inputs is always 1. */
function layLayer(arena: Arena, batch: number, inputs: number, outputs: number): Layer {
  const matrix = () => arena.span(4 * (inputs + 1) * padded(outputs));
  return {
    inputs: inputs + 1,
    outputs,
    x: arena.span(4 * batch * padded(inputs + 1)),
    y: arena.span(4 * batch * padded(outputs)),
    weights: matrix(),
    gradient: matrix(),
    moments: [matrix(), matrix()],
  };
}

const columns = (blocks: readonly { readonly size: number }[]) => blocks.reduce((sum, { size }) => sum + size, 0);

/**
 * A map from what is seen at a border to the adjoints, with one hidden layer of rectified units or none, learned by Adam
 * on the mean squared error. Both sides are divided by running root mean squares, so that the learning rate does not
 * depend on their units.
 */
class LearnedFuture implements Future {
  readonly #optimiser: Adam;
  readonly #batch: number;
  readonly #kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #seen: RunningScales;
  readonly #handed: RunningScales;
  readonly #layers: readonly Layer[];
  #iteration = 0;

  constructor({ batch, seed, observed, adjoints }: FutureShape, optimiser: Adam, hidden: number) {
    const sizes = [columns(observed), ...(hidden > 0 ? [hidden] : []), columns(adjoints)];
    const arena = new Arena();
    this.#layers = sizes.slice(1).map((outputs, k) => layLayer(arena, batch, sizes[k]!, outputs));
    this.#memory = new WebAssembly.Memory({ initial: arena.pages });
    this.#kernels = loadKernels(this.#memory);
    this.#optimiser = optimiser;
    this.#batch = batch;
    this.#seen = new RunningScales(observed);
    this.#handed = new RunningScales(adjoints);
    // The last layer starts at 0, and with it the prediction.
    for (const layer of this.#layers.slice(0, -1)) this.#draw(layer, seed);
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  #draw({ inputs, outputs, weights }: Layer, seed: number): void {
    const random = new RandomStream(seed, streamOf('synthetic gradients'));
    const values = this.#floats(weights, inputs * padded(outputs));
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < outputs; j++) values[i * padded(outputs) + j] = random.normal() / Math.sqrt(inputs);
    }
  }

  /** The prediction, scaled, [batch, padded]; layers keep their inputs. */
  #map(observed: Float32Array): Float32Array {
    const [first] = this.#layers as [Layer];
    const width = padded(first.inputs);
    const x = this.#floats(first.x, this.#batch * width);
    this.#seen.convert({ values: observed, width: first.inputs - 1 }, { values: x, width }, 'divide');
    let y = x;
    this.#layers.forEach((layer, k) => {
      if (k > 0) this.#rectify(this.#layers[k - 1]!, layer);
      const [stride, outputs] = [padded(layer.inputs), padded(layer.outputs)];
      const input = this.#floats(layer.x, this.#batch * stride);
      for (let b = 0; b < this.#batch; b++) input[b * stride + layer.inputs - 1] = 1;
      const [rows, weights] = [[layer.x, stride] as const, [layer.weights, outputs] as const];
      this.#kernels.gemmNN(this.#batch, outputs, layer.inputs, ...rows, ...weights, layer.y, outputs, 0);
      y = this.#floats(layer.y, this.#batch * outputs);
    });
    return y;
  }

  /** The inputs of a layer from the outputs of the one before. */
  #rectify(before: Layer, layer: Layer): void {
    const y = this.#floats(before.y, this.#batch * padded(before.outputs));
    const x = this.#floats(layer.x, this.#batch * padded(layer.inputs));
    for (let b = 0; b < this.#batch; b++) {
      for (let n = 0; n < before.outputs; n++)
        x[b * padded(layer.inputs) + n] = Math.max(0, y[b * padded(before.outputs) + n]!);
    }
  }

  predict(observed: Float32Array): Float32Array {
    const last = this.#layers.at(-1)!;
    this.#seen.observe(observed, this.#layers[0]!.inputs - 1);
    const values = new Float32Array(this.#batch * last.outputs);
    const y = { values: this.#map(observed), width: padded(last.outputs) };
    this.#handed.convert(y, { values, width: last.outputs }, 'multiply');
    return values;
  }

  learn(observed: Float32Array, adjoints: Float32Array): void {
    const last = this.#layers.at(-1)!;
    const width = padded(last.outputs);
    this.#handed.observe(adjoints, last.outputs);
    const wanted = new Float32Array(this.#batch * width);
    this.#handed.convert({ values: adjoints, width: last.outputs }, { values: wanted, width }, 'divide');
    const y = this.#map(observed);
    for (let k = 0; k < y.length; k++) y[k] = (y[k]! - wanted[k]!) / this.#batch;
    for (let k = this.#layers.length - 1; k >= 0; k--) this.#differentiate(this.#layers[k]!, this.#layers[k - 1]);
    this.#step();
  }

  /** From dE/dy in place of y: the gradient of the weights, and dE/dy of the layer before. */
  #differentiate({ inputs, outputs, x, y, weights, gradient }: Layer, before: Layer | undefined): void {
    const [stride, width, batch] = [padded(inputs), padded(outputs), this.#batch];
    this.#kernels.gemmTN(inputs, width, batch, x, stride, y, width, gradient, width, 0);
    if (!before) return;
    const active = this.#floats(x, batch * stride).slice();
    this.#kernels.gemmNT(batch, inputs, width, y, width, weights, width, x, stride, 0);
    const passed = this.#floats(x, batch * stride);
    const into = this.#floats(before.y, batch * padded(before.outputs)).fill(0);
    for (let b = 0; b < batch; b++) {
      for (let n = 0; n < before.outputs; n++) {
        if (active[b * stride + n]! > 0) into[b * padded(before.outputs) + n] = passed[b * stride + n]!;
      }
    }
  }

  #step(): void {
    const { beta1, beta2, epsilon, learningRate } = this.#optimiser;
    const rate = learningRateAt(learningRate, this.#iteration);
    this.#iteration += 1;
    const size = adamStepSize(this.#optimiser, rate, this.#iteration);
    for (const { inputs, outputs, weights, gradient, moments } of this.#layers) {
      this.#kernels.adamStep(inputs * padded(outputs), weights, gradient, ...moments, size, beta1, beta2, epsilon, 0);
    }
  }
}

/**
 * Synthetic gradients: a small network from what can be seen at the end of a window (states, and spikes in the window)
 * to the adjoints that later steps will hand back. It starts at 0 and learns from what the next window computes, which
 * holds its own prediction for the border after that.
 *
 * @param options.learningRate - of Adam, for inputs and outputs of root mean square 1; default 1e-3
 * @param options.hidden - rectified units between inputs and outputs; default 0: a linear map
 * @throws ParameterError for a number of units that is no integer of 0 or more
 */
export function syntheticGradients(options: { learningRate?: Schedule; hidden?: number } = {}): FutureFactory {
  checkedOptions('syntheticGradients', options, ['learningRate', 'hidden']);
  const { learningRate = 1e-3, hidden = 0 } = options;
  if (!Number.isInteger(hidden) || hidden < 0) {
    throw new ParameterError('syntheticGradients', `expected 0 hidden units or more, got ${hidden}`);
  }
  const optimiser = adam({ learningRate });
  return (shape) => new LearnedFuture(shape, optimiser, hidden);
}
