import { checkedSeed, checkedStep, initialParameters, type NetworkParameters } from '../../../network/index.ts';
import { checkedOptimiser } from '../../optimisers.ts';
import { regularise, summary } from '../../trainer-results.ts';
import type { TrainerState } from '../../trainer-state.ts';
import { checkNetworks, checkTaught } from './natural-eprop-checks.ts';
import type {
  NaturalEpropOptions,
  OuterStepResult,
  TaughtBatch,
  TaughtEvaluation,
  TaughtResult,
} from './natural-eprop-options.ts';
import { OuterParameters } from './outer-parameters.ts';
import { SignalGenerator } from './signal-generator.ts';
import { Trainee, type TraineeRun } from './trainee.ts';

/** The gradients of a batch's loss with regularisation, and what was measured on the way. */
interface Gradients {
  readonly trainee: Float32Array;
  readonly generator: Float32Array;
  readonly regularisation: number;
  readonly result: TaughtResult;
}

/** The parameters of both networks. */
export interface TaughtParameters {
  readonly trainee: NetworkParameters;
  readonly generator: NetworkParameters;
}

/** Both networks as the outer loop has them, each as a `Trainer` saves its own. */
export interface TaughtState {
  readonly trainee: TrainerState;
  readonly generator: TrainerState;
}

/**
 * Learning in one update, with learning signals that a second network has learned to give (natural e-prop, e-prop 2).
 *
 * Inner loop, for each row of a batch: the trainee runs once, which gives eligibility traces e; the generator, a network
 * that is told what the task is, gives a learning signal L for every neuron and step; the trainee's synapses change by
 * -innerRate Σ_t L(t) e(t); and the trainee runs again. Outer loop: the initial parameters of both networks follow the
 * gradient of the loss of that second run, by backpropagation through time. The inner loop computes no error: what the
 * trainee should do reaches it through the generator alone, which in turn does not see what the trainee does.
 *
 * The generator's gradient is exact, up to pseudo-derivatives: dE/dL_j(t) = -innerRate Σ_i dE/dW'_ji e_ji(t). That of the
 * trainee's initial weights is of first order: the dependence of the traces on them is left out, so dE/dW = dE/dW'.
 *
 * @eq bellec2019eprop (e-prop 2)
 *
 * @example A network of 60 neurons that learns any of a family of trajectories at once.
 * const task = armTrajectory();
 * const taught = new NaturalEprop({
 *   batch: 20, steps: task.steps, seed: 1, innerRate: 0.1, optimiser: adam({ learningRate: 1e-3 }),
 *   trainee: { network: trainee, learns: 'hidden', loss: squaredError() },
 *   generator: { network: generator, signals: 'signals' },
 * });
 * const { loss } = taught.step(task.trainingBatch(new RandomStream(1), 20));
 */
export class NaturalEprop {
  readonly options: NaturalEpropOptions;
  readonly #trainee: Trainee;
  readonly #generator: SignalGenerator;
  readonly #outer: { readonly trainee: OuterParameters; readonly generator: OuterParameters };

  /**
   * @throws ParameterError for unknown names, values out of range, and numbers of neurons that do not fit;
   * UnsupportedError if the synapses that learn are not all-to-all
   */
  constructor(options: NaturalEpropOptions) {
    const { batch, steps, seed, innerRate, trainee, generator, arithmetic } = options;
    checkNetworks(options);
    const optimiser = checkedOptimiser(options.optimiser);
    const shared = { steps, dt: checkedStep(options.dt ?? 1), seed: checkedSeed(seed), arithmetic };
    const start = trainee.parameters ?? initialParameters(trainee.network, seed);
    const generatorStart = generator.parameters ?? initialParameters(generator.network, seed);
    const { learns, loss, trainable = {} } = trainee;
    this.options = options;
    this.#trainee = new Trainee(trainee.network, start, { ...shared, learns, loss, trainable, innerRate });
    this.#generator = new SignalGenerator(generator.network, generatorStart, {
      ...shared,
      batch,
      signals: generator.signals,
      trainable: generator.trainable ?? {},
    });
    this.#outer = {
      trainee: new OuterParameters(this.#trainee.vector, start, optimiser),
      generator: new OuterParameters(this.#generator.vector, generatorStart, optimiser),
    };
  }

  /** The parameters as they are now, in public shapes. */
  get parameters(): TaughtParameters {
    return { trainee: this.#outer.trainee.unpack(), generator: this.#outer.generator.unpack() };
  }

  /** Number of outer steps taken. */
  get iteration(): number {
    return this.#outer.trainee.iteration;
  }

  /**
   * One step of the outer loop: every row learns in one update, and both networks' parameters follow the gradient.
   *
   * @throws ShapeError if the batch does not fit; NumericsError if a state or a gradient is not finite: load a saved state
   * before going on
   */
  step(batch: TaughtBatch): OuterStepResult {
    const { clipNorm } = this.options;
    const { trainee, generator, regularisation, result } = this.#gradients(batch);
    const second = this.#outer.generator.step(generator, clipNorm);
    const first = this.#outer.trainee.step(trainee, clipNorm);
    const gradientNorm = { trainee: first.gradientNorm, generator: second.gradientNorm };
    return { ...result, iteration: this.iteration, regularisation, gradientNorm, learningRate: first.learningRate };
  }

  /**
   * What each row makes of its task after one update; nothing is learned for the next batch.
   *
   * @throws as {@link step}
   */
  evaluate(batch: TaughtBatch): TaughtEvaluation {
    const signals = this.#begin(batch);
    const rows = Array.from({ length: batch.size }, (_, row) => row);
    const before = rows.map((row) => this.#trainee.run(batch, row));
    const after = rows.map((row) => this.#trainee.run(batch, row, this.#trainee.learn(batch, row, signals)));
    const lossBefore = before.reduce((sum, { loss }) => sum + loss, 0);
    return { ...this.#result(after), lossBefore, outputs: joinOutputs(after, batch) };
  }

  /**
   * The weights that each row learns, in public shapes.
   *
   * @throws as {@link step}
   */
  learn(batch: TaughtBatch): NetworkParameters[] {
    const signals = this.#begin(batch);
    return Array.from({ length: batch.size }, (_, row) =>
      this.#outer.trainee.unpack(this.#trainee.learn(batch, row, signals)),
    );
  }

  /**
   * The gradient of a batch's loss after the update, with regularisation; nothing is changed.
   *
   * @throws as {@link step}
   */
  gradient(batch: TaughtBatch): { loss: number; gradient: TaughtParameters } {
    const { trainee, generator, regularisation, result } = this.#gradients(batch);
    const gradient = {
      trainee: this.#outer.trainee.unpack(trainee),
      generator: this.#outer.generator.unpack(generator),
    };
    return { loss: result.loss + regularisation, gradient };
  }

  /** Everything to go on from here. */
  saveState(): TaughtState {
    return { trainee: this.#outer.trainee.save(), generator: this.#outer.generator.save() };
  }

  /**
   * Goes on from a saved state. Nothing is changed unless all of it fits.
   *
   * @throws ShapeError if the state comes from other networks or another optimiser; ParameterError for a value that is not
   * finite or out of its range
   */
  loadState(state: TaughtState): void {
    this.#outer.trainee.check(state.trainee);
    this.#outer.generator.check(state.generator);
    this.#outer.trainee.load(state.trainee);
    this.#outer.generator.load(state.generator);
  }

  /** Hands parameters out and runs the generator; returns its learning signals. */
  #begin(batch: TaughtBatch): Float32Array {
    const { options, iteration } = this;
    checkTaught(options, batch);
    const clock = iteration * options.steps;
    this.#trainee.begin(this.#outer.trainee.vector, clock);
    this.#generator.setParameters(this.#outer.generator.vector);
    return this.#generator.forward(batch.instruction, clock);
  }

  #gradients(batch: TaughtBatch): Gradients {
    const { trainee, generator } = this.options;
    const signals = this.#begin(batch);
    const learned = Array.from({ length: batch.size }, (_, row) => this.#trainee.learn(batch, row, signals));
    const runs = learned.map((parameters, row) => this.#trainee.run(batch, row, parameters));
    const own = regularise(runs, { ...this.options, regularisers: trainee.regularisers });
    const sum = new Float32Array(this.#trainee.vector.length);
    learned.forEach((parameters, row) => {
      // Rates are known once all rows have run, and rows share an engine: each runs again.
      this.#trainee.run(batch, row, parameters);
      const part = this.#trainee.backward(batch, row, own.constants, this.#generator.signalGradient);
      for (let k = 0; k < sum.length; k++) sum[k]! += part[k]!;
    });
    const spikeCounts = this.#generator.countSpikes();
    const other = regularise([{ spikeCounts }], { ...this.options, regularisers: generator.regularisers });
    return {
      trainee: sum,
      generator: this.#generator.backward(other.constants),
      regularisation: own.regularisation + other.regularisation,
      result: this.#result(runs),
    };
  }

  #result(runs: readonly TraineeRun[]): TaughtResult {
    const { batch, steps, dt = 1 } = this.options;
    const generatorRates = Object.entries(this.#generator.countSpikes()).map(([name, counts]) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      return [name, (1000 * total) / (counts.length * batch * steps * dt)] as const;
    });
    return { ...summary(runs, this.options), generatorRates: Object.fromEntries(generatorRates) };
  }
}

/** [steps, neurons] of every row → [steps, batch, neurons]. */
function joinOutputs(runs: readonly TraineeRun[], { steps, size }: TaughtBatch): Float32Array {
  const neurons = runs[0]!.outputs.length / steps;
  const joined = new Float32Array(steps * size * neurons);
  runs.forEach(({ outputs }, b) => {
    for (let t = 0; t < steps; t++) {
      joined.set(outputs.subarray(t * neurons, (t + 1) * neurons), (t * size + b) * neurons);
    }
  });
  return joined;
}
