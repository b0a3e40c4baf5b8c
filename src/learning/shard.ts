import {
  Engine,
  type EngineOptions,
  type Network,
  type NetworkParameters,
  type SparsePattern,
  writePattern,
} from '../network/index.ts';
import type { Batch } from '../tensor/index.ts';
import { feedbackPaths, feedbackStart } from './feedback.ts';
import { evaluateLoss, type Loss } from './loss.ts';
import type { TrainableNeurons } from './parameter-segments.ts';
import { ParameterVector } from './parameter-vector.ts';
import type { LearningRule } from './rules.ts';

/** What every shard of a trainer is built from: plain data, so that it can be sent to a worker. */
export interface ShardOptions extends Pick<EngineOptions, 'steps' | 'dt' | 'seed' | 'arithmetic'> {
  /** Rows of the batch that one shard computes. */
  readonly rows: number;
  readonly loss: Loss;
  readonly rule: LearningRule;
  readonly trainable: TrainableNeurons;
  readonly recomputeEvery?: number;
  /** Whether a sequence starts from the state at the end of the one before. */
  readonly carryState: boolean;
  /** Room for this many synapses of a sparse projection, where learning moves them. */
  readonly capacity?: Readonly<Record<string, number>>;
}

/** What a shard reports after its forward pass. */
export interface ShardForward {
  /** This shard's share of the loss: shares of all shards add up. */
  readonly loss: number;
  readonly correct: number;
  readonly decisions: number;
  /** Predicted class per (window, row), [windows, rows]; empty for a loss without classes. */
  readonly predictions: Int32Array;
  /** Spikes of each neuron over time and rows, by spiking population. */
  readonly spikeCounts: Readonly<Record<string, Uint32Array>>;
}

/** One shard of the batch: an engine with the loss of its rows. */
export class Shard {
  readonly #engine: Engine;
  readonly #vector: ParameterVector;
  readonly #options: ShardOptions;
  #current: Float32Array;
  readonly #gradient: Float32Array;

  constructor(network: Network, parameters: NetworkParameters, options: ShardOptions, rowStart: number) {
    this.#options = options;
    this.#engine = new Engine(network, parameters, {
      batch: options.rows,
      steps: options.steps,
      dt: options.dt,
      seed: options.seed,
      rowStart,
      arithmetic: options.arithmetic,
      training: {
        parameters: options.trainable,
        readouts: [options.loss.population],
        recomputeEvery: options.recomputeEvery,
        capacity: options.capacity,
        detachReset: options.rule.detachReset,
        feedback: feedbackPaths(network, options.rule, options.loss.population),
      },
    });
    const feedback = feedbackStart(network, parameters, options.rule, options.loss.population, options.seed);
    this.#vector = new ParameterVector(network, parameters, options.trainable, feedback, options.capacity);
    this.#vector.writeFeedback(this.#engine);
    this.#current = this.#vector.pack(parameters);
    this.#gradient = new Float32Array(this.#vector.length);
  }

  /** Bytes of the shard's simulation memory. */
  get memoryBytes(): number {
    return this.#engine.memory.buffer.byteLength;
  }

  /**
   * @param vector - kept, not copied
   * @param patterns - connections that changed, by projection: what the vector's entries belong to from now on
   */
  setParameters(vector: Float32Array, patterns: Readonly<Record<string, SparsePattern>> = {}): void {
    this.#current = vector;
    for (const [name, pattern] of Object.entries(patterns)) writePattern(this.#engine, name, pattern);
    this.#vector.write(vector, this.#engine);
  }

  /**
   * Runs this shard's rows of a batch and evaluates the loss.
   *
   * @param normaliser - what the loss of the whole batch is divided by
   * @param clock - steps trained on before, so that every sequence has random draws of its own; `carryState` counts itself
   * @param rowOffset - row of `batch` at which this shard's rows start
   * @throws NumericsError naming the first state or graded output that is NaN or infinite
   */
  forward(batch: Batch, normaliser: number, clock: number, rowOffset: number): ShardForward {
    const engine = this.#engine;
    const { loss, rows, steps } = this.#options;
    if (!this.#options.carryState) engine.reset(clock);
    engine.writeInputs(batch.inputs, 0, steps, rowOffset);
    engine.forward();
    const readout = engine.layout.populations[loss.population]!;
    const first = (engine.layout.origin + 1) * readout.output.slotBytes;
    const count = (steps * readout.output.slotBytes) / 4;
    const layout = { steps, batch: rows, classes: readout.size, stride: readout.padded, rowOffset };
    const gradient = engine.floats(readout.lossGradient!.base + first, count);
    const result = evaluateLoss(
      loss,
      batch,
      engine.floats(readout.output.base + first, count),
      layout,
      gradient,
      normaliser,
    );
    // Not only when the loss is: a neuron at minus infinity never spikes, and leaves the loss finite.
    engine.checkFinite();
    const spiking = Object.entries(engine.layout.populations).filter(([, own]) => own.spiking);
    return {
      ...result,
      spikeCounts: Object.fromEntries(spiking.map(([name, own]) => [name, engine.countSpikes(own)])),
    };
  }

  /** The readout of the last forward pass, [steps, rows, neurons]. */
  outputs(): Float32Array {
    const { loss, rows, steps } = this.#options;
    const { layout } = this.#engine;
    const { output, size, padded } = layout.populations[loss.population]!;
    const from = this.#engine.floats(output.base + (layout.origin + 1) * output.slotBytes, steps * rows * padded);
    const values = new Float32Array(steps * rows * size);
    for (let row = 0; row < steps * rows; row++) {
      values.set(from.subarray(row * padded, row * padded + size), row * size);
    }
    return values;
  }

  /**
   * Runs the adjoint of the last forward pass.
   *
   * @param constants - dE/d spike of each neuron that is the same at every step (firing-rate regulariser), by population
   * @returns the gradient as a parameter vector, the same array every time
   */
  backward(constants: Readonly<Record<string, ArrayLike<number>>>): Float32Array {
    for (const [name, values] of Object.entries(constants)) {
      const own = this.#engine.layout.populations[name]!;
      this.#engine.floats(own.adjoint!.dOutputConstant!, own.size).set(values);
    }
    this.#engine.backward();
    return this.#vector.readGradient(this.#engine, this.#current, this.#gradient);
  }

  /** Ends a sequence: with `carryState`, the next one goes on from here. */
  finish(): void {
    if (this.#options.carryState) this.#engine.carry();
  }

  /** The state that the next sequence starts from; empty without `carryState`. */
  saveState(): Uint8Array {
    return this.#options.carryState ? this.#engine.saveState() : new Uint8Array(0);
  }

  loadState(state: Uint8Array): void {
    if (this.#options.carryState) this.#engine.loadState(state);
  }
}
