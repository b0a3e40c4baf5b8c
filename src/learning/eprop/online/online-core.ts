import { ParameterError } from '../../../base/errors.ts';
import type { Place } from '../../../expr/index.ts';
import type { Arithmetic } from '../../../kernels/index.ts';
import {
  type Activity,
  checkedSeed,
  checkedStep,
  Engine,
  initialParameters,
  type Network,
  type NetworkParameters,
} from '../../../network/index.ts';
import { feedbackStart } from '../../feedback.ts';
import { OptimiserState } from '../../optimiser-state.ts';
import { checkedOptimiser, type Optimiser } from '../../optimisers.ts';
import { ParameterVector } from '../../parameter-vector.ts';
import { firingRateTerm, type Regulariser } from '../../regularisers.ts';
import { type Eprop, eprop } from '../../rules.ts';
import { checkState, type TrainerState } from '../../trainer-state.ts';
import { resetRow } from './row-spans.ts';
import { TraceEngine } from './trace-engine.ts';

/** What every way of learning online is made of; `P` are the names of the network's populations. */
export interface OnlineCoreOptions {
  /** Rows: parallel copies of the network that share their weights. */
  readonly batch: number;
  /** Time step in ms. Default 1. */
  readonly dt?: number;
  /** Seed of initial weights, of feedback weights and of random draws in equations. */
  readonly seed: number;
  readonly optimiser: Optimiser;
  /** Default `eprop()`: symmetric feedback. */
  readonly rule?: Eprop;
  readonly regularisers?: readonly Regulariser[];
  /** Largest norm of the gradient; a larger one is scaled down to it. Default: no clipping. */
  readonly clipNorm?: number;
  /** Initial parameters; default: drawn from the seed. */
  readonly parameters?: NetworkParameters;
  readonly arithmetic?: Arithmetic;
}

/** Their names. */
export const ONLINE_OPTIONS = [
  ...(['batch', 'dt', 'seed', 'optimiser', 'rule'] as const),
  ...(['regularisers', 'clipNorm', 'parameters', 'arithmetic'] as const),
] as const;

/** What an update did. */
export interface UpdateResult {
  /** Norm of the whole gradient before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly regularisation: number;
}

/** An engine with eligibility traces, and an optimiser that takes what they gather. */
export class OnlineCore {
  readonly engine: Engine;
  readonly traces: TraceEngine;
  readonly optimiser: OptimiserState;
  readonly #options: OnlineCoreOptions;
  readonly #vector: ParameterVector;
  readonly #readout: string;
  /** Spikes of each neuron of regulated populations, and steps, since the last update. */
  readonly #counts: Record<string, Float64Array>;
  #counted = 0;
  #clock = 0;

  /**
   * @param shape - the graded population whose errors are learned from, the most steps at a time, whether there is credit
   * for rewards, and whether there are learning signals that wait for none beside it
   */
  constructor(
    network: Network,
    options: OnlineCoreOptions,
    { readout, block, credit, direct = false }: { readout: string; block: number; credit: boolean; direct?: boolean },
  ) {
    const { batch, seed, rule = eprop(), regularisers = [], arithmetic } = options;
    if (!Number.isInteger(block) || block < 1) {
      throw new ParameterError('online e-prop', `expected blocks of 1 step or more, got ${block}`);
    }
    const dt = checkedStep(options.dt ?? 1);
    const parameters = options.parameters ?? initialParameters(network, seed);
    const feedback = feedbackStart(network, parameters, rule, readout, checkedSeed(seed));
    this.#options = options;
    this.#readout = readout;
    this.engine = new Engine(network, parameters, {
      batch,
      steps: block,
      dt,
      seed,
      arithmetic,
      traces: { dt, detachReset: rule.detachReset, readout },
    });
    const regulated = regularisers.map(({ population }) => population);
    this.traces = new TraceEngine(this.engine, readout, { regulated, credit, direct });
    this.#vector = new ParameterVector(network, parameters, {}, feedback);
    this.optimiser = new OptimiserState(checkedOptimiser(options.optimiser), this.#vector.pack(parameters));
    this.#counts = Object.fromEntries(
      regulated.map((name) => [name, new Float64Array(network.populations[name]!.size)] as const),
    );
    this.#setFeedback();
  }

  get parameters(): NetworkParameters {
    return this.#vector.unpack(this.optimiser.parameters);
  }

  get feedback(): Record<string, Float32Array> {
    return this.#vector.feedback(this.optimiser.parameters);
  }

  get memoryBytes(): number {
    return this.engine.memory.buffer.byteLength;
  }

  /** The readout of the first `steps` of the block, [steps, batch, padded]. */
  outputs(steps: number): Float32Array {
    const { output, padded } = this.engine.layout.populations[this.#readout]!;
    const first = output.base + (this.engine.layout.origin + 1) * output.slotBytes;
    return this.engine.floats(first, steps * this.#options.batch * padded);
  }

  /** The readout's learning signals, to be written before {@link learn}, [steps, batch, padded]. */
  errors(steps: number): Float32Array {
    return this.#signals(this.traces.signals, steps);
  }

  /** As {@link errors}, those that wait for no reward; a core that was not asked for them has none. */
  directErrors(steps: number): Float32Array {
    return this.#signals(this.traces.direct!, steps);
  }

  #signals(signals: Readonly<Record<string, Place>>, steps: number): Float32Array {
    const place = signals[this.#readout]!;
    const first = place.base + (this.engine.layout.origin + 1) * place.slotBytes;
    return this.engine.floats(first, (steps * place.slotBytes) / 4);
  }

  /**
   * Runs steps `from` … `from + steps - 1` of the inputs.
   *
   * @throws NumericsError if a state or a graded output is not finite
   */
  run(inputs: Readonly<Record<string, Activity>>, from: number, steps: number): void {
    this.engine.writeInputs(inputs, from, steps);
    this.engine.forward(steps);
    this.engine.checkFinite(steps);
  }

  /**
   * Takes traces and gradients through the steps that have just run, and makes their end the present.
   *
   * @returns spikes of each neuron in those steps over the batch, by spiking population
   */
  learn(steps: number): Record<string, Uint32Array> {
    this.traces.broadcast(steps);
    this.traces.advance(steps);
    const spiking = Object.entries(this.engine.layout.populations).filter(([, own]) => own.spiking);
    const counts = spiking.map(([name, own]) => [name, this.engine.countSpikes(own, steps)] as const);
    for (const [name, spikes] of counts) {
      const sum = this.#counts[name];
      for (let n = 0; sum && n < sum.length; n++) sum[n]! += spikes[n]!;
    }
    this.traces.carry(steps);
    this.engine.carry(steps);
    this.#counted += steps;
    this.#clock += steps;
    return Object.fromEntries(counts);
  }

  /** Starts a new sequence; gradients stay, and random draws go on. */
  reset(): void {
    this.engine.reset(this.#clock);
    this.traces.reset();
  }

  /** Starts a new sequence in one row of the batch; the others go on. */
  resetRow(row: number): void {
    resetRow(this.engine, row);
    this.traces.resetRow(row);
  }

  gradient(): NetworkParameters {
    return this.#vector.unpackGradient(this.#gradient().gradient);
  }

  #gradient(): { gradient: Float32Array; regularisation: number } {
    const { batch, dt = 1, regularisers = [] } = this.#options;
    const constants: Record<string, Float64Array> = {};
    let regularisation = 0;
    for (const { population, target, strength } of this.#counted > 0 ? regularisers : []) {
      const counted = { steps: this.#counted, batch, dt, target, strength };
      const term = firingRateTerm(this.#counts[population]!, counted);
      const before = constants[population];
      constants[population] = before ? term.gradient.map((value, n) => value + before[n]!) : term.gradient;
      regularisation += term.loss;
    }
    this.traces.writeGradients(constants);
    return { gradient: this.#vector.readGradient(this.engine, this.optimiser.parameters), regularisation };
  }

  /** @throws NumericsError if a gradient is not finite; the parameters stay as they were */
  update(): UpdateResult {
    const { gradient, regularisation } = this.#gradient();
    const step = this.optimiser.step([gradient], this.#vector, this.#options.clipNorm);
    const feedback = this.#options.rule?.feedback;
    if (feedback?.kind === 'adaptive') this.#vector.decayFeedback(this.optimiser.parameters, feedback.decay);
    this.#vector.write(this.optimiser.parameters, this.engine);
    this.#setFeedback();
    this.traces.clearGradients();
    for (const sum of Object.values(this.#counts)) sum.fill(0);
    this.#counted = 0;
    return { ...step, regularisation };
  }

  /** Parameters, optimiser, network state, traces and gradients: everything needed to go on from here. */
  saveState(): TrainerState {
    const { optimiser, engine, traces } = this;
    return {
      iteration: optimiser.iteration,
      parameters: optimiser.parameters.slice(),
      firstMoment: optimiser.firstMoment.slice(),
      secondMoment: optimiser.secondMoment.slice(),
      carried: [engine.saveState(), traces.save(), bytesOf([this.#counted, this.#clock]), ...this.#savedCounts()],
    };
  }

  /** @throws ShapeError, ParameterError unless the state comes from an equal learner; nothing is changed then */
  loadState(state: TrainerState): void {
    checkState(state, this.saveState(), this.#vector);
    const { optimiser } = this;
    const [engine, traces, clock, ...counts] = state.carried as Uint8Array[];
    optimiser.iteration = state.iteration;
    optimiser.parameters.set(state.parameters);
    optimiser.firstMoment.set(state.firstMoment);
    optimiser.secondMoment.set(state.secondMoment);
    this.engine.loadState(engine!);
    this.traces.load(traces!);
    [this.#counted, this.#clock] = numbersOf(clock!) as unknown as [number, number];
    Object.values(this.#counts).forEach((sum, k) => {
      sum.set(numbersOf(counts[k]!));
    });
    this.#vector.write(optimiser.parameters, this.engine);
    this.#setFeedback();
  }

  #savedCounts(): Uint8Array[] {
    return Object.values(this.#counts).map((sum) => bytesOf(sum));
  }

  #setFeedback(): void {
    const { connections } = this.parameters;
    const weights = Object.entries(connections).map(([name, own]) => [name, own.weights] as const);
    this.traces.setFeedback({ ...Object.fromEntries(weights), ...this.feedback });
  }
}

const bytesOf = (values: ArrayLike<number>): Uint8Array => new Uint8Array(Float64Array.from(values).buffer);

const numbersOf = (bytes: Uint8Array): Float64Array => new Float64Array(bytes.slice().buffer);
