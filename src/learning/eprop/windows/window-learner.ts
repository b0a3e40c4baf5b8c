import { ParameterError, UnsupportedError } from '../../../base/errors.ts';
import { checkedOptions } from '../../../base/options.ts';
import {
  checkedSeed,
  checkedStep,
  Engine,
  initialParameters,
  type Network,
  type NetworkParameters,
} from '../../../network/index.ts';
import type { Batch } from '../../../tensor/index.ts';
import { evaluateLoss, type Loss, lossNormaliser } from '../../loss.ts';
import { OptimiserState } from '../../optimiser-state.ts';
import { checkedOptimiser } from '../../optimisers.ts';
import { ParameterVector } from '../../parameter-vector.ts';
import { bptt, type LearningRule } from '../../rules.ts';
import { checkBatch, checkOptions } from '../../trainer-checks.ts';
import type { UpdateResult } from '../online/online-core.ts';
import { BorderAdjoints, checkDelays } from './border-adjoints.ts';
import { BorderState } from './border-state.ts';
import { BorderTraces } from './border-traces.ts';
import type { Future } from './future.ts';
import { WINDOW_OPTIONS, type WindowOptions, type WindowResult } from './window-options.ts';
import { WindowRates } from './window-rates.ts';

/** The border at the start of the present window, as it was left behind. */
interface Border {
  readonly observed: Float32Array;
  readonly predicted: Float32Array;
}

/** What a call of advance adds up. */
interface Sums {
  regularisation: number;
  missed: number;
  found: number;
}

/**
 * Learns window by window: e-prop with synthetic gradients (e-prop 3). Within a window of a few steps gradients go back
 * through time and through all synapses. They start at its end from what a {@link Future} predicts that later steps will
 * hand back, and at its start eligibility traces carry them on to all that the weights did before. Memory does not
 * depend on the length of a sequence.
 *
 * With the adjoints λ and the eligibility vectors ε = ds/dW at a border, the gradient is
 *
 *   Σ over windows (backward pass of the window)  +  Σ over borders (λ found by the later window - λ predicted) · ε
 *
 * so that a true prediction gives the gradient of backpropagation through time, and without one the traces still pass on
 * everything that does not go through other neurons than the readout. Without predictions a window of one step is e-prop
 * with symmetric feedback, and a window that holds all is backpropagation through time. The second sum equals Σ L e over the steps, with
 * learning signals L that are differentiated within windows, up to what the predictions stand for.
 *
 * Firing rates are regulated by the mean rates since `advance` was called, window by window.
 *
 * @eq bellec2019eprop (e-prop 3)
 *
 * @example Sequences of 1000 steps in windows of 50.
 * const learner = new WindowLearner(net, {
 *   batch: 1, window: 50, seed: 1, loss: squaredError(), optimiser: adam({ learningRate: 1e-3 }), future: syntheticGradients(),
 * });
 * learner.advance({ steps: 1000, size: 1, inputs: { x: new SpikeTrain(1000, 1, 80) }, targets: { out: { data: new Float32Array(2000) } } });
 * learner.update();
 */
export class WindowLearner {
  readonly network: Network;
  readonly options: WindowOptions;
  readonly #engine: Engine;
  readonly #adjoints: BorderAdjoints;
  readonly #state: BorderState;
  readonly #traces: BorderTraces | undefined;
  readonly #future: Future | undefined;
  readonly #vector: ParameterVector;
  readonly #optimiser: OptimiserState;
  readonly #gradient: Float32Array;
  #regularisation = 0;
  #border: Border | undefined;
  #clock = 0;

  /**
   * @throws ParameterError for unknown names and values out of range; UnsupportedError for a loss that needs whole
   * sequences, a rule other than BPTT, or a delay of 2 or more between neurons
   */
  constructor(network: Network, options: WindowOptions) {
    const { loss, batch, window, seed, rule = bptt() } = options;
    if (!Number.isInteger(window) || window < 1) {
      throw new ParameterError('WindowLearner', `expected a window of 1 step or more, got ${window}`);
    }
    checkedOptions('WindowLearner', options, WINDOW_OPTIONS);
    checkOptions(network, { ...options, steps: window });
    checkLearnable(loss, rule);
    checkDelays(network);
    const dt = checkedStep(options.dt ?? 1);
    const parameters = options.parameters ?? initialParameters(network, checkedSeed(seed));
    const { detachReset } = rule;
    const shape = { batch, steps: window, dt, seed };
    this.network = network;
    this.options = options;
    // Both engines compute deterministically: the traces must follow the very spikes that are differentiated.
    this.#engine = new Engine(network, parameters, {
      ...shape,
      training: { parameters: {}, readouts: [loss.population], detachReset, openEnd: true },
    });
    this.#adjoints = new BorderAdjoints(this.#engine);
    this.#state = new BorderState(this.#engine);
    if (options.traces ?? true) {
      const follower = new Engine(network, parameters, {
        ...shape,
        traces: { dt, detachReset, readout: loss.population },
      });
      this.#traces = new BorderTraces(follower, loss.population, selfless(parameters));
    }
    this.#future = options.future?.({ batch, seed, observed: this.#state.blocks, adjoints: this.#adjoints.blocks });
    this.#vector = new ParameterVector(network, parameters);
    this.#optimiser = new OptimiserState(checkedOptimiser(options.optimiser), this.#vector.pack(parameters));
    this.#gradient = new Float32Array(this.#vector.length);
  }

  /** The parameters as they are now, in public shapes. */
  get parameters(): NetworkParameters {
    return this.#vector.unpack(this.#optimiser.parameters);
  }

  /** Number of updates. */
  get iteration(): number {
    return this.#optimiser.iteration;
  }

  /** Bytes of simulation memory; the same however long a sequence is. */
  get memoryBytes(): number {
    return this.#engine.memory.buffer.byteLength + (this.#traces?.engine.memory.buffer.byteLength ?? 0);
  }

  /** Starts a new sequence: states, traces and past activity are 0 or at their initial values. Gradients stay. */
  reset(): void {
    this.#engine.reset(this.#clock);
    this.#traces?.reset(this.#clock);
    this.#border = undefined;
  }

  /**
   * Goes on by the steps of a batch, whose decisions and targets count from its own first step.
   *
   * @param options.continues - whether the sequence goes on in the next call; default false: nothing comes after the
   * batch, and the next call starts a new sequence
   * @throws ShapeError if the batch does not fit; NumericsError if a state or a graded output is not finite
   */
  advance(batch: Batch, { continues = false }: { continues?: boolean } = {}): WindowResult {
    const { loss, batch: rows, window } = this.options;
    checkBatch(this.network, { ...this.options, steps: batch.steps }, batch);
    const { size } = this.network.populations[loss.population]!;
    const normaliser = lossNormaliser(loss, batch);
    const outputs = new Float32Array(batch.steps * rows * size);
    const counted = new WindowRates(this.#engine, this.options.regularisers ?? []);
    const sums = { regularisation: 0, missed: 0, found: 0 };
    for (let from = 0; from < batch.steps; from += window) {
      const steps = Math.min(window, batch.steps - from);
      this.#engine.writeInputs(batch.inputs, from, steps);
      this.#engine.forward(steps);
      this.#engine.checkFinite(steps);
      this.#evaluate(batch, from, steps, normaliser, outputs);
      sums.regularisation += counted.regulate({ steps, elapsed: from + steps, total: batch.steps });
      this.#learn(steps, continues || from + steps < batch.steps, sums);
      this.#traces?.advance(batch.inputs, from, steps);
      this.#engine.carry(steps);
      this.#clock += steps;
    }
    if (!continues) this.reset();
    this.#regularisation += sums.regularisation;
    const layout = { steps: batch.steps, batch: rows, classes: size, stride: size, rowOffset: 0 };
    const result = evaluateLoss(loss, batch, outputs, layout, undefined, normaliser);
    return {
      loss: result.loss,
      error: result.decisions > 0 ? 1 - result.correct / result.decisions : Number.NaN,
      predictions: result.predictions,
      outputs,
      rates: counted.rates(batch.steps),
      regularisation: sums.regularisation,
      unpredicted: sums.missed / sums.found,
    };
  }

  /** Leaves the loss's derivatives of a window in the engine, and copies the readout. */
  #evaluate(batch: Batch, from: number, steps: number, normaliser: number, outputs: Float32Array): void {
    const { loss, batch: rows } = this.options;
    const { output, lossGradient, size, padded: stride } = this.#engine.layout.populations[loss.population]!;
    const first = (this.#engine.layout.origin + 1) * output.slotBytes;
    const count = steps * rows * stride;
    const y = this.#engine.floats(output.base + first, count);
    const layout = { steps, from, batch: rows, classes: size, stride, rowOffset: 0 };
    evaluateLoss(loss, batch, y, layout, this.#engine.floats(lossGradient!.base + first, count), normaliser);
    for (let row = 0; row < steps * rows; row++) {
      outputs.set(y.subarray(row * stride, row * stride + size), (from * rows + row) * size);
    }
  }

  /** The backward pass of the window that the engine holds, and what it means for all before it. */
  #learn(steps: number, goesOn: boolean, sums: Sums): void {
    const adjoints = this.#adjoints;
    const next = goesOn ? this.#lookAhead(steps) : undefined;
    this.#engine.backward(steps, () => next && adjoints.write(next.predicted));
    const part = this.#vector.readGradient(this.#engine, this.#optimiser.parameters);
    for (let k = 0; k < part.length; k++) this.#gradient[k]! += part[k]!;
    if (this.#border) this.#settle(this.#border, sums);
    this.#border = next;
  }

  #lookAhead(steps: number): Border {
    const observed = this.#state.read(steps);
    const width = this.options.batch * this.#adjoints.width;
    return { observed, predicted: this.#future?.predict(observed) ?? new Float32Array(width) };
  }

  /** Compares what the window hands back to the border at its start with what had been predicted. */
  #settle({ observed, predicted }: Border, sums: Sums): void {
    const found = this.#adjoints.read();
    this.#future?.learn(observed, found);
    const missed = found.map((value, k) => value - predicted[k]!);
    for (let k = 0; k < found.length; k++) {
      sums.found += found[k]! ** 2;
      sums.missed += missed[k]! ** 2;
    }
    this.#traces?.credit(missed, this.#adjoints.blocks, (name) => {
      const { offset, count } = this.#vector.segments.find((segment) => segment.name === name)!;
      return this.#gradient.subarray(offset, offset + count);
    });
  }

  /** The gradient since the last update, with regularisation, in public shapes. */
  gradient(): NetworkParameters {
    return this.#vector.unpackGradient(this.#gradient);
  }

  /**
   * Changes the weights by the gradient gathered since the last update. State and traces go on.
   *
   * @throws NumericsError if a gradient is not finite; the parameters stay as they were
   */
  update(): UpdateResult {
    const step = this.#optimiser.step([this.#gradient], this.#vector, this.options.clipNorm);
    this.#vector.write(this.#optimiser.parameters, this.#engine);
    if (this.#traces) this.#vector.write(this.#optimiser.parameters, this.#traces.engine);
    this.#gradient.fill(0);
    const regularisation = this.#regularisation;
    this.#regularisation = 0;
    return { ...step, regularisation };
  }
}

/** Projections in which a neuron may not reach itself. */
const selfless = ({ connections }: NetworkParameters): Set<string> =>
  new Set(
    Object.keys(connections).filter((name) => {
      const own = connections[name]!;
      return own.kind === 'dense' && !own.self;
    }),
  );

function checkLearnable(loss: Loss, rule: LearningRule): void {
  if (loss.kind === 'softmaxCrossEntropy' && loss.over === 'mean') {
    throw new UnsupportedError(
      'WindowLearner',
      'expected a loss with an error at every step, got one of a mean over time',
      { hint: "use softmaxCrossEntropy({ over: 'steps' })" },
    );
  }
  if (rule.kind !== 'bptt') {
    throw new UnsupportedError('WindowLearner', `expected rule: bptt(), got ${(rule as LearningRule).kind}`, {
      hint: 'an OnlineLearner learns by e-prop alone',
    });
  }
}
