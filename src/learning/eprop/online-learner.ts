import { ParameterError, UnsupportedError } from '../../base/errors.ts';
import type { Arithmetic } from '../../kernels/index.ts';
import {
  checkedSeed,
  checkedStep,
  Engine,
  initialParameters,
  type Network,
  type NetworkParameters,
} from '../../network/index.ts';
import type { Batch } from '../../tensor/index.ts';
import { feedbackStart } from '../feedback.ts';
import { evaluateLoss, type Loss, lossNormaliser } from '../loss.ts';
import { OptimiserState } from '../optimiser-state.ts';
import { checkedOptimiser, type Optimiser } from '../optimisers.ts';
import { ParameterVector } from '../parameter-vector.ts';
import { firingRateTerm, type Regulariser } from '../regularisers.ts';
import { type Eprop, eprop } from '../rules.ts';
import { checkBatch, checkOptions } from '../trainer-checks.ts';
import { TraceEngine } from './trace-engine.ts';

/** How to learn online; `P` are the names of the network's populations. */
export interface OnlineOptions {
  /** Rows: parallel copies of the network that share their weights. */
  readonly batch: number;
  /** Time step in ms. Default 1. */
  readonly dt?: number;
  /** Seed of initial weights, of feedback weights and of random draws in equations. */
  readonly seed: number;
  readonly loss: Loss;
  readonly optimiser: Optimiser;
  /** Default `eprop()`: symmetric feedback. */
  readonly rule?: Eprop;
  readonly regularisers?: readonly Regulariser[];
  /** Largest norm of the gradient; a larger one is scaled down to it. Default: no clipping. */
  readonly clipNorm?: number;
  /** Initial parameters; default: drawn from the seed. */
  readonly parameters?: NetworkParameters;
  /** Most steps that are simulated before the traces follow: 1 moves all of memory every step. Default 32. */
  readonly block?: number;
  readonly arithmetic?: Arithmetic;
}

/** What a stretch of time gave. */
export interface OnlineResult {
  readonly loss: number;
  /** Fraction of labelled decisions that were wrong; NaN for a loss without classes. */
  readonly error: number;
  /** Predicted class per (window, row), [windows, batch]. */
  readonly predictions: Int32Array;
  /** The readout, [steps, batch, neurons]. */
  readonly outputs: Float32Array;
}

/**
 * Learns by e-prop while time goes on: every synapse carries its eligibility trace, nothing of the past is stored, and
 * memory does not depend on the number of steps. Gradients add up until {@link OnlineLearner.update}, which may be called at any time.
 *
 * Gradients equal those of a `Trainer` with the same rule, to rounding. Firing rates are regulated over the steps since
 * the last update.
 *
 * @eq bellec2020eprop (1)
 *
 * @example A network that follows a target, one step at a time.
 * const learner = new OnlineLearner(net, {
 *   batch: 1, seed: 1, loss: squaredError(), optimiser: adam({ learningRate: 1e-3 }),
 * });
 * const x = new SpikeTrain(1, 1, 80);
 * x.set(0, 0, 7);
 * const { outputs } = learner.advance({ steps: 1, size: 1, inputs: { x }, targets: { out: { data: Float32Array.of(0.5, 0.1) } } });
 * learner.update();
 */
export class OnlineLearner {
  readonly network: Network;
  readonly options: OnlineOptions;
  readonly #rule: Eprop;
  readonly #block: number;
  readonly #engine: Engine;
  readonly #traces: TraceEngine;
  readonly #vector: ParameterVector;
  readonly #optimiser: OptimiserState;
  /** Spikes of each neuron of regulated populations, and steps, since the last update. */
  readonly #counts: Record<string, Float64Array>;
  #steps = 0;

  /**
   * @throws ParameterError for unknown names and values out of range; UnsupportedError for a loss that needs whole
   * sequences, sparse or delayed synapses, or a readout that is no simple filter
   */
  constructor(network: Network, options: OnlineOptions) {
    const { batch, seed, loss, rule = eprop(), regularisers = [], block = 32, arithmetic } = options;
    checkOptions(network, { ...options, steps: 1 });
    if (!Number.isInteger(block) || block < 1) {
      throw new ParameterError('OnlineLearner', `expected a block of 1 step or more, got ${block}`);
    }
    checkLearnable(loss, rule);
    const dt = checkedStep(options.dt ?? 1);
    const parameters = options.parameters ?? initialParameters(network, seed);
    const feedback = feedbackStart(network, parameters, rule, loss.population, seed);
    this.network = network;
    this.options = options;
    this.#rule = rule;
    this.#block = block;
    this.#engine = new Engine(network, parameters, {
      batch,
      steps: block,
      dt,
      seed: checkedSeed(seed),
      arithmetic,
      traces: { dt, detachReset: rule.detachReset },
    });
    const regulated = regularisers.map(({ population }) => population);
    this.#traces = new TraceEngine(this.#engine, loss.population, { regulated, credit: false });
    this.#vector = new ParameterVector(network, parameters, {}, feedback);
    this.#optimiser = new OptimiserState(checkedOptimiser(options.optimiser), this.#vector.pack(parameters));
    this.#counts = Object.fromEntries(
      regulated.map((name) => [name, new Float64Array(network.populations[name]!.size)] as const),
    );
    this.#setFeedback();
  }

  /** The parameters as they are now, in public shapes. */
  get parameters(): NetworkParameters {
    return this.#vector.unpack(this.#optimiser.parameters);
  }

  /** Feedback weights that are not those to the readout, by projection, in the shape of its weights. */
  get feedback(): Record<string, Float32Array> {
    return this.#vector.feedback(this.#optimiser.parameters);
  }

  /** Number of updates. */
  get iteration(): number {
    return this.#optimiser.iteration;
  }

  /** Bytes of simulation memory, traces included; the same however long it runs. */
  get memoryBytes(): number {
    return this.#engine.memory.buffer.byteLength;
  }

  /** Starts a new sequence: states, traces and past activity are 0 or at their initial values. Gradients stay. */
  reset(): void {
    this.#engine.reset(this.#steps);
    this.#traces.reset();
  }

  /**
   * Goes on by the steps of a batch, whose decisions and targets count from its own first step.
   *
   * @throws ShapeError if the batch does not fit; NumericsError if a state or a graded output is not finite
   */
  advance(batch: Batch): OnlineResult {
    const { loss, batch: rows } = this.options;
    checkBatch(this.network, { ...this.options, steps: batch.steps }, batch);
    const size = this.network.populations[loss.population]!.size;
    const normaliser = lossNormaliser(loss, batch);
    const outputs = new Float32Array(batch.steps * rows * size);
    for (let from = 0; from < batch.steps; from += this.#block) {
      this.#advanceBlock(batch, from, Math.min(this.#block, batch.steps - from), normaliser, outputs);
    }
    const layout = { steps: batch.steps, batch: rows, classes: size, stride: size, rowOffset: 0 };
    const result = evaluateLoss(loss, batch, outputs, layout, undefined, normaliser);
    const error = result.decisions > 0 ? 1 - result.correct / result.decisions : Number.NaN;
    return { loss: result.loss, error, predictions: result.predictions, outputs };
  }

  #advanceBlock(batch: Batch, from: number, steps: number, normaliser: number, outputs: Float32Array): void {
    const engine = this.#engine;
    const { loss, batch: rows } = this.options;
    engine.writeInputs(batch.inputs, from, steps);
    engine.forward(steps);
    engine.checkFinite(steps);
    const readout = engine.layout.populations[loss.population]!;
    const at = (place: { base: number; slotBytes: number }) =>
      place.base + (engine.layout.origin + 1) * place.slotBytes;
    const count = steps * rows * readout.padded;
    const y = engine.floats(at(readout.output), count);
    const layout = { steps, from, batch: rows, classes: readout.size, stride: readout.padded, rowOffset: 0 };
    evaluateLoss(loss, batch, y, layout, engine.floats(at(this.#traces.signals[loss.population]!), count), normaliser);
    for (let row = 0; row < steps * rows; row++) {
      const values = y.subarray(row * readout.padded, row * readout.padded + readout.size);
      outputs.set(values, (from * rows + row) * readout.size);
    }
    this.#traces.broadcast(steps);
    this.#traces.advance(steps);
    for (const [name, sum] of Object.entries(this.#counts)) {
      engine.countSpikes(engine.layout.populations[name]!, steps).forEach((spikes, n) => {
        sum[n]! += spikes;
      });
    }
    this.#traces.carry(steps);
    engine.carry(steps);
    this.#steps += steps;
  }

  /** The gradient of the loss since the last update, with regularisation, in public shapes. */
  gradient(): NetworkParameters {
    return this.#vector.unpack(this.#gradient().gradient);
  }

  #gradient(): { gradient: Float32Array; regularisation: number } {
    const { batch, dt = 1, regularisers = [] } = this.options;
    const constants: Record<string, Float64Array> = {};
    let regularisation = 0;
    for (const { population, target, strength } of this.#steps > 0 ? regularisers : []) {
      const counted = { steps: this.#steps, batch, dt, target, strength };
      const term = firingRateTerm(this.#counts[population]!, counted);
      const before = constants[population];
      constants[population] = before ? term.gradient.map((value, n) => value + before[n]!) : term.gradient;
      regularisation += term.loss;
    }
    this.#traces.writeGradients(constants);
    return { gradient: this.#vector.readGradient(this.#engine, this.#optimiser.parameters), regularisation };
  }

  /**
   * Changes the weights by the gradient gathered since the last update. State and traces go on.
   *
   * @throws NumericsError if a gradient is not finite; the parameters stay as they were
   */
  update(): { readonly gradientNorm: number; readonly learningRate: number; readonly regularisation: number } {
    const { gradient, regularisation } = this.#gradient();
    const step = this.#optimiser.step([gradient], this.#vector, this.options.clipNorm);
    const { feedback } = this.#rule;
    if (feedback.kind === 'adaptive') this.#vector.decayFeedback(this.#optimiser.parameters, feedback.decay);
    this.#vector.write(this.#optimiser.parameters, this.#engine);
    this.#setFeedback();
    this.#traces.clearGradients();
    for (const sum of Object.values(this.#counts)) sum.fill(0);
    this.#steps = 0;
    return { ...step, regularisation };
  }

  #setFeedback(): void {
    const { connections } = this.parameters;
    const weights = Object.entries(connections).map(([name, own]) => [name, own.weights] as const);
    this.#traces.setFeedback({ ...Object.fromEntries(weights), ...this.feedback });
  }
}

function checkLearnable(loss: Loss, rule: Eprop): void {
  if (loss.kind === 'softmaxCrossEntropy' && loss.over === 'mean') {
    throw new UnsupportedError(
      'OnlineLearner',
      'expected a loss with an error at every step, got one of a mean over time',
      {
        hint: "use softmaxCrossEntropy({ over: 'steps' })",
      },
    );
  }
  if ((rule as { kind: string }).kind !== 'eprop') {
    throw new UnsupportedError('OnlineLearner', `expected rule: eprop(), got ${(rule as { kind: string }).kind}`, {
      hint: 'a Trainer learns by BPTT',
    });
  }
}
