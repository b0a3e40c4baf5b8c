import { NumericsError, UnsupportedError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import { checkedSeed, checkedStep, initialParameters, type Network, type NetworkParameters } from '../network/index.ts';
import type { Batch } from '../tensor/index.ts';
import type { Slots } from './deep-r/adam-slots.ts';
import type { Rewirer } from './deep-r/rewirer.ts';
import { makeRewirer, slotCapacity, startParameters } from './deep-r/start.ts';
import { inProcess, type ShardExecutor } from './executor.ts';
import { feedbackStart } from './feedback.ts';
import { lossNormaliser } from './loss.ts';
import { OptimiserState } from './optimiser-state.ts';
import { checkedOptimiser, type Optimiser } from './optimisers.ts';
import type { TrainableNeurons } from './parameter-segments.ts';
import { ParameterVector } from './parameter-vector.ts';
import { bptt } from './rules.ts';
import type { ShardForward } from './shard.ts';
import { checkBatch, checkOptions } from './trainer-checks.ts';
import { TRAINER_OPTIONS, type TrainerOptions } from './trainer-options.ts';
import { type BatchResult, regularise, type StepResult, summary } from './trainer-results.ts';
import { checkState, type TrainerState } from './trainer-state.ts';

/**
 * Trains a network on whole sequences, by backpropagation through time with pseudo-derivatives or by e-prop. Its asynchronous methods run one at a time:
 * await each before the next.
 *
 * @example Classification: one decision per row, from the mean readout over the last 50 of 252 steps.
 * const trainer = await Trainer.create(net, {
 *   batch: 32, steps: 252, seed: 1, loss: softmaxCrossEntropy(), optimiser: adam({ learningRate: 5e-3 }),
 * });
 * const x = new SpikeTrain(252, 32, 80);
 * x.set(0, 5, 7); // channel 7 of row 5 spikes in the first step
 * const { loss, error } = await trainer.step({
 *   steps: 252,
 *   size: 32,
 *   inputs: { x },
 *   decisions: { start: Int32Array.of(202), length: Int32Array.of(50), labels: new Int32Array(32) },
 * });
 *
 * @example Regression: population "out" of 2 neurons follows a sequence; no decisions are needed.
 * const trainer = await Trainer.create(net, {
 *   batch: 8, steps: 100, seed: 1, loss: squaredError(), optimiser: adam({ learningRate: 5e-3 }),
 * });
 * const targets = { out: { data: new Float32Array(100 * 8 * 2) } }; // [steps, batch, neurons]
 * await trainer.step({ steps: 100, size: 8, inputs: { x: new SpikeTrain(100, 8, 80) }, targets });
 */
export class Trainer {
  readonly network: Network;
  readonly options: TrainerOptions;
  readonly #vector: ParameterVector;
  readonly #optimiser: OptimiserState;
  readonly #executor: ShardExecutor;
  readonly #rewirer: Rewirer | undefined;
  /** The method that is running, if any. */
  #running: string | undefined;

  private constructor(
    network: Network,
    options: TrainerOptions,
    parts: { vector: ParameterVector; start: NetworkParameters; optimiser: Optimiser; executor: ShardExecutor },
  ) {
    this.network = network;
    this.options = options;
    const { rewiring, seed } = options;
    const { vector, start: parameters } = parts;
    const slots = parts.optimiser.kind === 'adam' ? slotsOf(vector, rewiring) : [];
    const optimiser = new OptimiserState(parts.optimiser, vector.pack(parameters), slots);
    this.#vector = vector;
    this.#optimiser = optimiser;
    this.#executor = parts.executor;
    this.#rewirer = rewiring && makeRewirer(rewiring, { network, parameters, vector, optimiser }, seed);
  }

  /**
   * Builds the engines of all shards.
   *
   * @throws ParameterError for unknown names and kinds, a batch that the shards do not divide, and values out of range
   */
  static async create<P extends string>(
    network: Network<string, P, string>,
    options: TrainerOptions<NoInfer<P>>,
  ): Promise<Trainer> {
    checkOptions(network, checkedOptions('Trainer', options, TRAINER_OPTIONS));
    const { shards = 1 } = options;
    const optimiser = checkedOptimiser(options.optimiser);
    const given = options.parameters ?? initialParameters(network, options.seed);
    const parameters = startParameters(network, given, options.rewiring, options.seed);
    const capacity = slotCapacity(network, parameters, options.rewiring);
    const trainable = (options.trainable ?? {}) as TrainableNeurons;
    const { rule = bptt(), loss, seed } = options;
    const feedback = feedbackStart(network, parameters, rule, loss.population, seed);
    const vector = new ParameterVector(network, parameters, trainable, feedback, capacity);
    const shard = {
      rows: options.batch / shards,
      steps: options.steps,
      dt: checkedStep(options.dt ?? 1),
      seed: checkedSeed(options.seed),
      loss,
      rule,
      trainable,
      recomputeEvery: options.recomputeEvery,
      carryState: options.carryState ?? false,
      arithmetic: options.arithmetic,
      capacity,
    };
    const executor = await (options.executor ?? inProcess)({ network, parameters, options: shard, shards });
    return new Trainer(network, options, { vector, start: parameters, optimiser, executor });
  }

  /** Number of trained parameters. */
  get parameterCount(): number {
    return this.#vector.freeCount;
  }

  /** The parameters as they are now, in public shapes. */
  get parameters(): NetworkParameters {
    return this.#vector.unpack(this.#optimiser.parameters);
  }

  /** Feedback weights that are not those to the readout, by projection, in the shape of its weights. */
  get feedback(): Record<string, Float32Array> {
    return this.#vector.feedback(this.#optimiser.parameters);
  }

  /** A vector of parameters, as {@link saveState} gives it, in public shapes. */
  unpack(vector: Float32Array): NetworkParameters {
    return this.#vector.unpack(vector);
  }

  /** Number of training steps taken. */
  get iteration(): number {
    return this.#optimiser.iteration;
  }

  /**
   * One training step: forward, backward, and the optimiser's change.
   *
   * @throws ShapeError if the batch does not fit; NumericsError if a state, the loss or a gradient is not finite
   * (parameters stay as they were); UnsupportedError while another call runs
   */
  step(batch: Batch): Promise<StepResult> {
    return this.#alone('step', async () => {
      checkBatch(this.network, this.options, batch);
      const forward = await this.#forward(batch);
      const { regularisation, constants } = regularise(forward, this.options);
      const gradients = await this.#executor.backward(constants);
      const { gradientNorm, learningRate } = this.#optimiser.step(gradients, this.#vector, this.options.clipNorm);
      this.#vector.clamp(this.#optimiser.parameters);
      this.#decayFeedback();
      const activated = this.#rewirer?.step(learningRate, this.iteration) ?? 0;
      await this.#sendParameters();
      await this.#executor.finish();
      const { iteration } = this;
      return { ...summary(forward, this.options), iteration, regularisation, gradientNorm, learningRate, activated };
    });
  }

  /**
   * Loss and error on a batch, without learning. Carried state is put back afterwards.
   *
   * @throws as {@link step}
   */
  evaluate(batch: Batch): Promise<BatchResult> {
    return this.#alone('evaluate', async () => {
      checkBatch(this.network, this.options, batch);
      return this.#keepingState(async () => summary(await this.#forward(batch), this.options));
    });
  }

  /**
   * The gradient of a batch's loss with regularisation, as parameters; nothing is changed.
   *
   * @throws as {@link step}
   */
  gradient(batch: Batch): Promise<{ loss: number; gradient: NetworkParameters }> {
    return this.#alone('gradient', async () => {
      checkBatch(this.network, this.options, batch);
      return this.#keepingState(async () => {
        const forward = await this.#forward(batch);
        const { regularisation, constants } = regularise(forward, this.options);
        const sum = new Float32Array(this.#vector.length);
        for (const part of await this.#executor.backward(constants)) {
          for (let k = 0; k < sum.length; k++) sum[k]! += part[k]!;
        }
        const { loss } = summary(forward, this.options);
        return { loss: loss + regularisation, gradient: this.#vector.unpackGradient(sum) };
      });
    });
  }

  /** Everything to go on from here; `encodeTrainerState` makes a file of it. */
  saveState(): Promise<TrainerState> {
    return this.#alone('saveState', () => this.#state());
  }

  /**
   * Goes on from a saved state. Nothing is changed unless all of it fits.
   *
   * @throws ShapeError if the state comes from another network, optimiser or other options; ParameterError for a value
   * that is not finite or out of its range; UnsupportedError while another call runs
   */
  loadState(state: TrainerState): Promise<void> {
    return this.#alone('loadState', async () => {
      checkState(state, await this.#state(), this.#vector);
      this.#rewirer?.checkState(state.rewiring ?? {}, state.parameters, state.iteration);
      this.#optimiser.iteration = state.iteration;
      this.#optimiser.parameters.set(state.parameters);
      this.#optimiser.firstMoment.set(state.firstMoment);
      this.#optimiser.secondMoment.set(state.secondMoment);
      this.#rewirer?.loadState(state.rewiring!);
      await this.#sendParameters();
      await this.#executor.loadState(state.carried);
    });
  }

  /** Bytes of simulation memory of all shards. */
  memoryBytes(): Promise<number> {
    return this.#executor.memoryBytes();
  }

  /** Ends the workers, if any. */
  close(): Promise<void> {
    return this.#executor.close();
  }

  /** Runs one method at a time: two would share the memory of the shards. */
  async #alone<T>(method: string, work: () => Promise<T>): Promise<T> {
    if (this.#running !== undefined) {
      throw new UnsupportedError(
        `Trainer.${method}`,
        `expected one call at a time, got one while ${this.#running} runs`,
        {
          hint: 'await each call before the next',
        },
      );
    }
    this.#running = method;
    try {
      return await work();
    } finally {
      this.#running = undefined;
    }
  }

  async #keepingState<T>(work: () => Promise<T>): Promise<T> {
    const kept = await this.#executor.saveState();
    try {
      return await work();
    } finally {
      await this.#executor.loadState(kept);
    }
  }

  #decayFeedback(): void {
    const { rule } = this.options;
    if (rule?.kind !== 'eprop' || rule.feedback.kind !== 'adaptive') return;
    this.#vector.decayFeedback(this.#optimiser.parameters, rule.feedback.decay);
  }

  async #state(): Promise<TrainerState> {
    return {
      iteration: this.iteration,
      parameters: this.#optimiser.parameters.slice(),
      firstMoment: this.#optimiser.firstMoment.slice(),
      secondMoment: this.#optimiser.secondMoment.slice(),
      carried: await this.#executor.saveState(),
      ...(this.#rewirer ? { rewiring: this.#rewirer.saveState() } : {}),
    };
  }

  /** Sends the shards what the last step or load changed. */
  async #sendParameters(): Promise<void> {
    const changed = this.#rewirer?.changed ?? {};
    this.#vector.setPatterns(changed);
    await this.#executor.setParameters(this.#optimiser.parameters, changed);
  }

  async #forward(batch: Batch): Promise<ShardForward[]> {
    const { loss, steps } = this.options;
    const forward = await this.#executor.forward(batch, lossNormaliser(loss, batch), this.iteration * steps);
    const total = forward.reduce((sum, shard) => sum + shard.loss, 0);
    if (!Number.isFinite(total)) {
      throw new NumericsError('Trainer', `expected a finite loss, got ${total} after ${this.iteration} iterations`, {
        hint: 'lower the learning rate, or scale weights and targets down; the parameters are unchanged',
      });
    }
    return forward;
  }
}

/** The runs of the vector that rewiring gives to new connections again and again; ascending. */
function slotsOf(vector: ParameterVector, rewiring: TrainerOptions['rewiring']): Slots[] {
  if (rewiring?.kind !== 'deepR') return [];
  return vector.segments
    .filter(({ kind, name }) => kind === 'weights' && rewiring.projections.includes(name))
    .map(({ offset, count }) => ({ offset, count, born: new Uint32Array(count) }));
}
