import { NumericsError, ShapeError, UnsupportedError } from '../../../base/errors.ts';
import { checkedOptions } from '../../../base/options.ts';
import type { Network, NetworkParameters } from '../../../network/index.ts';
import type { Batch } from '../../../tensor/index.ts';
import { evaluateLoss, type Loss, lossNormaliser } from '../../loss.ts';
import type { LearningRule } from '../../rules.ts';
import { checkBatch, checkOptions } from '../../trainer-checks.ts';
import type { TrainerState } from '../../trainer-state.ts';
import { ONLINE_OPTIONS, OnlineCore, type OnlineCoreOptions, type UpdateResult } from './online-core.ts';

/** How to learn online from targets or labels. */
export interface OnlineOptions extends OnlineCoreOptions {
  readonly loss: Loss;
  /** Most steps that are simulated before the traces follow: 1 moves all of memory every step. Default 64. */
  readonly block?: number;
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
  /** Mean firing rate of each spiking population, in Hz. */
  readonly rates: Readonly<Record<string, number>>;
}

/**
 * Learns by e-prop while time goes on: every synapse carries its eligibility trace, nothing of the past is stored, and
 * memory does not depend on the number of steps. Gradients add up until {@link OnlineLearner.update}, which may be called at any time.
 *
 * Weights learn, neuron parameters (the readout's bias among them) do not. From a {@link OnlineLearner.reset} on, gradients equal those of a `Trainer` with
 * the same rule, to rounding; without one, traces reach back across the border of sequences. Firing rates are regulated
 * over the steps since the last update.
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
  readonly #block: number;
  readonly #core: OnlineCore;

  /**
   * @throws ParameterError for unknown names and values out of range; UnsupportedError for a loss that needs whole
   * sequences, sparse or delayed synapses, or a readout that is no simple filter
   */
  constructor(network: Network, options: OnlineOptions) {
    const { loss, block = 64 } = options;
    checkOnly(options);
    checkedOptions('OnlineLearner', options, [...ONLINE_OPTIONS, 'loss', 'block']);
    checkOptions(network, { ...options, steps: 1 });
    checkLearnable(loss, options.rule);
    this.network = network;
    this.options = options;
    this.#block = block;
    this.#core = new OnlineCore(network, options, { readout: loss.population, block, credit: false });
  }

  /** The parameters as they are now, in public shapes. */
  get parameters(): NetworkParameters {
    return this.#core.parameters;
  }

  /** Feedback weights that are not those to the readout, by projection, in the shape of its weights. */
  get feedback(): Record<string, Float32Array> {
    return this.#core.feedback;
  }

  /** Number of updates. */
  get iteration(): number {
    return this.#core.optimiser.iteration;
  }

  /** Bytes of simulation memory, traces included; the same however long it runs. */
  get memoryBytes(): number {
    return this.#core.memoryBytes;
  }

  /** Starts a new sequence: states, traces and past activity are 0 or at their initial values. Gradients stay. */
  reset(): void {
    this.#core.reset();
  }

  /**
   * Goes on by the steps of a batch, or by some of them: parts of a batch one after another give what the whole gives.
   *
   * @param part - first step and number of steps; default: all. A decision counts in the part that holds its whole window
   * @throws ShapeError if the batch does not fit; NumericsError if a state or a graded output is not finite
   */
  advance(batch: Batch, part: { readonly from?: number; readonly steps?: number } = {}): OnlineResult {
    const { loss, batch: rows } = this.options;
    const { from = 0, steps = batch.steps - from } = part;
    checkBatch(this.network, { ...this.options, steps: batch.steps }, batch);
    if (
      !(Number.isInteger(from) && Number.isInteger(steps) && from >= 0 && steps >= 1 && from + steps <= batch.steps)
    ) {
      throw new ShapeError(
        'OnlineLearner.advance',
        `expected a part of ${batch.steps} steps, got ${steps} from ${from}`,
      );
    }
    const { size } = this.network.populations[loss.population]!;
    const normaliser = lossNormaliser(loss, batch);
    const outputs = new Float32Array(steps * rows * size);
    const rates: Record<string, number> = {};
    for (let done = 0; done < steps; done += this.#block) {
      const block = Math.min(this.#block, steps - done);
      const values = outputs.subarray(done * rows * size, (done + block) * rows * size);
      const counts = this.#advanceBlock(batch, from + done, block, normaliser, values);
      for (const [name, spikes] of Object.entries(counts)) {
        const total = spikes.reduce((sum, count) => sum + count, 0);
        rates[name] = (rates[name] ?? 0) + (1000 * total) / (spikes.length * rows * steps * (this.options.dt ?? 1));
      }
    }
    const layout = { steps, from, batch: rows, classes: size, stride: size, rowOffset: 0 };
    const result = evaluateLoss(loss, batch, outputs, layout, undefined, normaliser);
    const error = result.decisions > 0 ? 1 - result.correct / result.decisions : Number.NaN;
    return { loss: result.loss, error, predictions: result.predictions, outputs, rates };
  }

  /** Fills `outputs`, [steps, batch, neurons], and returns the spikes of each neuron. */
  #advanceBlock(
    batch: Batch,
    from: number,
    steps: number,
    normaliser: number,
    outputs: Float32Array,
  ): Record<string, Uint32Array> {
    const core = this.#core;
    const { loss, batch: rows } = this.options;
    core.run(batch.inputs, from, steps);
    const y = core.outputs(steps);
    const stride = y.length / (steps * rows);
    const classes = this.network.populations[loss.population]!.size;
    const layout = { steps, from, batch: rows, classes, stride, rowOffset: 0 };
    const { loss: value } = evaluateLoss(loss, batch, y, layout, core.errors(steps), normaliser);
    // Before traces take it up: a gradient that is not finite would stay.
    if (!Number.isFinite(value)) {
      throw new NumericsError(
        'OnlineLearner',
        `expected a finite loss, got ${value} within steps ${from} to ${from + steps - 1}`,
        {
          hint: 'check the targets; the steps before these have been learned from',
        },
      );
    }
    for (let row = 0; row < steps * rows; row++) {
      outputs.set(y.subarray(row * stride, row * stride + classes), row * classes);
    }
    return core.learn(steps);
  }

  /** The gradient of the loss since the last update, with regularisation, in public shapes. */
  gradient(): NetworkParameters {
    return this.#core.gradient();
  }

  /**
   * Changes the weights by the gradient gathered since the last update. State and traces go on.
   *
   * @throws NumericsError if a gradient is not finite; the parameters stay as they were
   */
  update(): UpdateResult {
    return this.#core.update();
  }

  /** Everything to go on from here, traces included; `encodeTrainerState` makes a file of it. */
  saveState(): TrainerState {
    return this.#core.saveState();
  }

  /**
   * Goes on from a saved state. Nothing is changed unless all of it fits.
   *
   * @throws ShapeError if the state comes from another network, optimiser or other options; ParameterError for a value
   * that is not finite or out of its range
   */
  loadState(state: TrainerState): void {
    this.#core.loadState(state);
  }
}

function checkLearnable(loss: Loss, rule: LearningRule | undefined): void {
  if (loss.kind === 'softmaxCrossEntropy' && loss.over === 'mean') {
    throw new UnsupportedError(
      'OnlineLearner',
      'expected a loss with an error at every step, got one of a mean over time',
      {
        hint: "use softmaxCrossEntropy({ over: 'steps' })",
      },
    );
  }
  if (rule !== undefined && rule.kind !== 'eprop') {
    throw new UnsupportedError('OnlineLearner', `expected rule: eprop(), got ${rule.kind}`, {
      hint: 'a Trainer learns by BPTT',
    });
  }
}

/** Options of a `Trainer` that mean nothing here, but that no type keeps out of a spread object. */
function checkOnly(options: object): void {
  const given = ['trainable', 'shards', 'carryState', 'recomputeEvery', 'rewiring'].find((name) => name in options);
  if (given === undefined) return;
  throw new UnsupportedError('OnlineLearner', `expected options of an OnlineLearner, got ${given}`, {
    hint:
      given === 'trainable'
        ? 'neuron parameters do not learn online; a Trainer with rule: eprop() trains them'
        : 'leave it out',
  });
}
