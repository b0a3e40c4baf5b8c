import { derivedAdjoint, detachReset, evaluateAdjoint, type StepProgram } from '../../expr/index.ts';
import type { Network } from '../../network/network.ts';
import { forEachSynapse, type ReferenceParameters, valuesOf } from '../../network/reference-parameters.ts';
import type { ReferenceTrace } from '../../network/reference-trace.ts';
import type { ReferenceEvaluation } from './evaluation.ts';
import type { WeightsByProjection } from './feedback.ts';

/** Derivatives of a loss: of every weight, in the order of the weights, and of every base parameter, one or N values. */
export interface ReferenceGradients {
  readonly weights: Record<string, Float64Array>;
  readonly neurons: Record<string, Record<string, Float64Array>>;
}

/** What the steps after t hand back to step t and those before it. */
export interface BoundaryAdjoints {
  /** dE/d state after step t by population, per (sequence, neuron) and state. */
  readonly state: Readonly<Record<string, readonly Readonly<Record<string, number>>[]>>;
  /** dE/d output of steps up to t by population, as far as it comes from later steps, [steps, batch, N]. */
  readonly output: Readonly<Record<string, Float64Array>>;
  /** The part of `output` that came through a neuron's own state with the reset detached, [steps, batch, N]. */
  readonly ownOutput: Readonly<Record<string, Float64Array>>;
}

/** How adjoints travel. */
export interface SweepPaths {
  readonly detachReset: boolean;
  /** What carries dE/d current back to a projection's source; nothing passes a projection without. */
  readonly backward: WeightsByProjection;
  /** Keep apart what learning signals leave out, which costs a second adjoint per step. */
  readonly learningSignals?: boolean;
  /** What the steps after the first one swept gave. Default: nothing. */
  readonly boundary?: BoundaryAdjoints;
}

type Rows = Record<string, Float64Array>;

const copyOf = (rows: Readonly<Rows>): Rows =>
  Object.fromEntries(Object.entries(rows).map(([name, values]) => [name, values.slice()]));

const zerosLike = (rows: Readonly<Rows>): Rows =>
  Object.fromEntries(Object.entries(rows).map(([name, values]) => [name, new Float64Array(values.length)]));

/** A sweep over t = T … 1 in float64; holds what the steps pass to each other. */
export class ReferenceSweep {
  readonly gradients: ReferenceGradients = { weights: {}, neurons: {} };
  readonly #network: Network;
  readonly #parameters: ReferenceParameters;
  readonly #trace: ReferenceTrace;
  readonly #paths: SweepPaths;
  readonly #direct: Rows;
  /** dE/d output that later steps and later populations handed back, and its part through the own state. */
  readonly #passed: Rows;
  readonly #own: Rows;
  readonly #programs: Record<string, StepProgram> = {};
  /** dE/d state after the step at hand, per (sequence, neuron). */
  readonly #dState: Record<string, Readonly<Record<string, number>>[]> = {};
  /** dE/d base and derived parameters, per neuron. */
  readonly #dParams: Record<string, Record<string, number>[]> = {};

  constructor(
    network: Network,
    parameters: ReferenceParameters,
    { trace, dOutputs }: ReferenceEvaluation,
    paths: SweepPaths,
  ) {
    this.#network = network;
    this.#parameters = parameters;
    this.#trace = trace;
    this.#paths = paths;
    this.#direct = dOutputs;
    this.#passed = paths.boundary ? copyOf(paths.boundary.output) : zerosLike(dOutputs);
    this.#own = paths.boundary ? copyOf(paths.boundary.ownOutput) : zerosLike(dOutputs);
    for (const [name, { weights }] of Object.entries(parameters.connections)) {
      this.gradients.weights[name] = new Float64Array(weights.length);
    }
    for (const [name, { size, model }] of Object.entries(network.populations)) {
      this.#programs[name] = paths.detachReset ? detachReset(model.model.step) : model.model.step;
      const start = paths.boundary?.state[name];
      this.#dState[name] = Array.from({ length: trace.options.batch * size }, (_, at) => start?.[at] ?? {});
      this.#dParams[name] = Array.from({ length: size }, () => ({}));
    }
  }

  /** Adjoint of step t of every population, the last updated first. */
  step(t: number): void {
    const { batch } = this.#trace.options;
    for (const name of [...this.#network.order].reverse()) for (let b = 0; b < batch; b++) this.#row(name, t, b);
  }

  /** Neurons first, then what drove them. */
  #row(name: string, t: number, b: number): void {
    const { size } = this.#network.populations[name]!;
    const dInputs = Array.from({ length: size }, (_, i) => this.#neuron(name, t, b, i));
    for (const { name: projection, to, input } of Object.values(this.#network.projections)) {
      if (to !== name) continue;
      this.#synapses(
        projection,
        t,
        b,
        dInputs.map((d) => d[input]!),
      );
    }
  }

  /** @returns dE/d current of each input variable */
  #neuron(name: string, t: number, b: number, i: number): Record<string, number> {
    const { size } = this.#network.populations[name]!;
    const at = b * size + i;
    const stride = this.#trace.options.batch * size;
    const now = (t - 1) * stride + at;
    const program = this.#programs[name]!;
    const input = this.#trace.stepInput(name, t, b, i);
    const seed = { state: this.#dState[name]![at]!, output: this.#direct[name]![now]! + this.#passed[name]![now]! };
    const adjoint = evaluateAdjoint(program, input, seed);
    this.#dState[name]![at] = adjoint.state;
    if (t > 1) {
      this.#passed[name]![now - stride]! += adjoint.previousOutput;
      if (this.#paths.learningSignals) {
        this.#own[name]![now - stride]! += evaluateAdjoint(detachReset(program), input, seed).previousOutput;
      }
    }
    const sums = this.#dParams[name]![i]!;
    for (const [key, value] of Object.entries(adjoint.params)) sums[key] = (sums[key] ?? 0) + value;
    return adjoint.inputs;
  }

  #synapses(name: string, t: number, b: number, dCurrent: readonly number[]): void {
    const projection = this.#network.projections[name]!;
    const connections = this.#parameters.connections[name]!;
    const gradient = this.gradients.weights[name]!;
    const time = t - projection.delay;
    const backward = this.#paths.backward[name];
    const intoSource = time >= 1 && backward ? this.#passed[projection.from] : undefined;
    const row = ((time - 1) * this.#trace.options.batch + b) * projection.preSize;
    const { preSize } = projection;
    const activity = Float64Array.from({ length: preSize }, (_, i) =>
      this.#trace.activity(projection.from, time, b, i),
    );
    forEachSynapse(projection, connections, (pre, post, k) => {
      gradient[k]! += activity[pre]! * dCurrent[post]!;
      if (intoSource) intoSource[row + pre]! += backward![k]! * dCurrent[post]!;
    });
  }

  /** What the steps swept so far hand back to those before them. */
  boundary(): BoundaryAdjoints {
    const state = Object.fromEntries(Object.entries(this.#dState).map(([name, values]) => [name, values.slice()]));
    return { state, output: copyOf(this.#passed), ownOutput: copyOf(this.#own) };
  }

  /**
   * The learning signals of the steps swept, [steps, batch, N] by population: dE/d output without what came through the
   * neuron's own state, which its eligibility traces hold.
   */
  learningSignals(): Rows {
    const signals = copyOf(this.#direct);
    for (const [name, values] of Object.entries(signals)) {
      for (let k = 0; k < values.length; k++) values[k]! += this.#passed[name]![k]! - this.#own[name]![k]!;
    }
    return signals;
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
