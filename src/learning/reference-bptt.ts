import { derivedAdjoint, evaluateAdjoint } from '../expr/index.ts';
import type { Network } from '../network/network.ts';
import {
  forEachSynapse,
  type ReferenceOptions,
  type ReferenceParameters,
  type ReferenceTrace,
  simulateReference,
  valuesOf,
} from '../network/reference.ts';
import type { Batch } from '../tensor/index.ts';
import { evaluateLoss, type Loss } from './loss.ts';
import { firingRateTerm, type Regulariser } from './regularisers.ts';

/** What is differentiated, and how it is simulated. */
export interface ReferenceTraining extends Pick<ReferenceOptions, 'dt' | 'seed' | 'initial'> {
  readonly loss: Loss;
  readonly regularisers?: readonly Regulariser[];
}

/** Derivatives of a loss: of every weight, in the order of the weights, and of every base parameter, one or N values. */
export interface ReferenceGradients {
  readonly weights: Record<string, Float64Array>;
  readonly neurons: Record<string, Record<string, Float64Array>>;
}

/** A forward pass with what its loss gave. */
interface Evaluation {
  readonly trace: ReferenceTrace;
  /** Task loss plus regularisation. */
  readonly loss: number;
  /** Direct dE/d output of each population, [steps, batch, N]. */
  readonly dOutputs: Record<string, Float64Array>;
}

function evaluate(
  network: Network,
  parameters: ReferenceParameters,
  batch: Batch,
  { loss, regularisers = [], dt = 1, seed, initial }: ReferenceTraining,
): Evaluation {
  const { steps, size: rows } = batch;
  const trace = simulateReference(network, parameters, batch.inputs, { dt, seed, initial, batch: rows, steps });
  const dOutputs = Object.fromEntries(
    Object.entries(trace.outputs).map(([name, output]) => [name, new Float64Array(output.length)]),
  );
  const classes = network.populations[loss.population]!.size;
  const layout = { steps, batch: rows, classes, stride: classes, rowOffset: 0 };
  let total = evaluateLoss(loss, batch, trace.outputs[loss.population]!, layout, dOutputs[loss.population]).loss;
  for (const { population, target, strength } of regularisers) {
    const { size } = network.populations[population]!;
    const counts = new Float64Array(size);
    trace.outputs[population]!.forEach((z, k) => {
      counts[k % size]! += z;
    });
    const term = firingRateTerm(counts, { steps, batch: rows, dt, target, strength });
    total += term.loss;
    const direct = dOutputs[population]!;
    for (let k = 0; k < direct.length; k++) direct[k]! += term.gradient[k % size]!;
  }
  return { trace, loss: total, dOutputs };
}

/** The loss of a batch with regularisation, in float64. */
export const referenceLoss = (
  network: Network,
  parameters: ReferenceParameters,
  batch: Batch,
  options: ReferenceTraining,
): number => evaluate(network, parameters, batch, options).loss;

/** The sweep over t = T … 1; holds what the steps pass to each other. */
class Sweep {
  readonly gradients: ReferenceGradients = { weights: {}, neurons: {} };
  readonly #network: Network;
  readonly #parameters: ReferenceParameters;
  readonly #trace: ReferenceTrace;
  readonly #dOutputs: Record<string, Float64Array>;
  /** dE/d state after the step at hand, per (sequence, neuron). */
  readonly #dState: Record<string, Record<string, number>[]> = {};
  /** dE/d base and derived parameters, per neuron. */
  readonly #dParams: Record<string, Record<string, number>[]> = {};

  constructor(network: Network, parameters: ReferenceParameters, { trace, dOutputs }: Evaluation) {
    this.#network = network;
    this.#parameters = parameters;
    this.#trace = trace;
    this.#dOutputs = dOutputs;
    for (const [name, { weights }] of Object.entries(parameters.connections)) {
      this.gradients.weights[name] = new Float64Array(weights.length);
    }
    for (const [name, { size }] of Object.entries(network.populations)) {
      this.#dState[name] = Array.from({ length: trace.options.batch * size }, () => ({}));
      this.#dParams[name] = Array.from({ length: size }, () => ({}));
    }
  }

  /** Adjoint of step t of one population: neurons first, then what drove them. */
  step(name: string, t: number): void {
    const { batch } = this.#trace.options;
    const { size } = this.#network.populations[name]!;
    for (let b = 0; b < batch; b++) {
      const dInputs = Array.from({ length: size }, (_, i) => this.#neuron(name, t, b, i));
      for (const projection of Object.values(this.#network.projections)) {
        if (projection.to === name)
          this.#synapses(
            projection.name,
            t,
            b,
            dInputs.map((d) => d[projection.input]!),
          );
      }
    }
  }

  /** @returns dE/d current of each input variable */
  #neuron(name: string, t: number, b: number, i: number): Record<string, number> {
    const { size, model } = this.#network.populations[name]!;
    const at = b * size + i;
    const stride = this.#trace.options.batch * size;
    const dOutput = this.#dOutputs[name]!;
    const seed = { state: this.#dState[name]![at]!, output: dOutput[(t - 1) * stride + at]! };
    const adjoint = evaluateAdjoint(model.model.step, this.#trace.stepInput(name, t, b, i), seed);
    this.#dState[name]![at] = adjoint.state;
    if (t > 1) dOutput[(t - 2) * stride + at]! += adjoint.previousOutput;
    const sums = this.#dParams[name]![i]!;
    for (const [key, value] of Object.entries(adjoint.params)) sums[key] = (sums[key] ?? 0) + value;
    return adjoint.inputs;
  }

  #synapses(name: string, t: number, b: number, dCurrent: readonly number[]): void {
    const projection = this.#network.projections[name]!;
    const connections = this.#parameters.connections[name]!;
    const gradient = this.gradients.weights[name]!;
    const time = t - projection.delay;
    const intoSource = time >= 1 ? this.#dOutputs[projection.from] : undefined;
    const row = ((time - 1) * this.#trace.options.batch + b) * projection.preSize;
    forEachSynapse(projection, connections, (pre, post, k) => {
      gradient[k]! += this.#trace.activity(projection.from, time, b, pre) * dCurrent[post]!;
      if (intoSource) intoSource[row + pre]! += connections.weights[k]! * dCurrent[post]!;
    });
  }

  /** Folds the sums over time into gradients of base parameters; a shared value collects all neurons. */
  finish(dt: number): ReferenceGradients {
    for (const [name, values] of Object.entries(this.#parameters.neurons)) {
      const { step } = this.#network.populations[name]!.model.model;
      const own = Object.fromEntries(Object.entries(values).map(([key, all]) => [key, new Float64Array(all.length)]));
      this.#dParams[name]!.forEach((sums, n) => {
        for (const [key, value] of Object.entries(derivedAdjoint(step, valuesOf(values, n), dt, sums))) {
          own[key]![own[key]!.length === 1 ? 0 : n]! += value;
        }
      });
      this.gradients.neurons[name] = own;
    }
    return this.gradients;
  }
}

/**
 * Backpropagation through time in float64, by the adjoint of each neuron's step: the oracle for the trainer.
 *
 * Exact where the equations are smooth; spike() contributes its pseudo-derivative. What came before the first step
 * counts as given.
 *
 * @eq werbos1990bptt (backpropagation through time)
 */
export function referenceGradient(
  network: Network,
  parameters: ReferenceParameters,
  batch: Batch,
  options: ReferenceTraining,
): { loss: number; gradients: ReferenceGradients; trace: ReferenceTrace } {
  const evaluation = evaluate(network, parameters, batch, options);
  const sweep = new Sweep(network, parameters, evaluation);
  for (let t = batch.steps; t >= 1; t--) {
    for (const name of [...network.order].reverse()) sweep.step(name, t);
  }
  return { loss: evaluation.loss, gradients: sweep.finish(options.dt ?? 1), trace: evaluation.trace };
}
