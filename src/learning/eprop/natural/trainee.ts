import type { Activity, EngineOptions, Network, NetworkParameters } from '../../../network/index.ts';
import { type Loss, lossNormaliser } from '../../loss.ts';
import type { TrainableNeurons } from '../../parameter-segments.ts';
import { ParameterVector } from '../../parameter-vector.ts';
import { bptt } from '../../rules.ts';
import { Shard, type ShardForward } from '../../shard.ts';
import { EligibilityHistory, type ProjectionHistory } from './eligibility-history.ts';
import type { TaughtBatch } from './natural-eprop-options.ts';

/** What a {@link Trainee} is built from. */
export interface TraineeParts extends Pick<EngineOptions, 'steps' | 'dt' | 'seed' | 'arithmetic'> {
  readonly learns: string;
  readonly loss: Loss;
  readonly trainable: TrainableNeurons;
  readonly innerRate: number;
}

/** Learning signals of all rows, or derivatives by them, [steps, batch, width]; width is that of the traces. */
export type Signals = Float32Array;

/** What one row did with its own weights. */
export interface TraineeRun extends ShardForward {
  /** The readout, [steps, neurons]. */
  readonly outputs: Float32Array;
}

/**
 * The network that learns each row of a batch in one update, by weights of its own:
 * W' = W - innerRate Σ_t L(t) e(t), with traces e of a run with the weights W that all rows share.
 */
export class Trainee {
  readonly vector: ParameterVector;
  readonly #history: EligibilityHistory;
  readonly #shard: Shard;
  readonly #loss: Loss;
  readonly #innerRate: number;
  /** What all rows start from. */
  #start: Float32Array;
  #clock = 0;
  /** The run whose traces the history holds. */
  #traced: { batch: TaughtBatch; row: number } | undefined;

  constructor(network: Network, parameters: NetworkParameters, parts: TraineeParts) {
    const { learns, innerRate, ...shared } = parts;
    this.vector = new ParameterVector(network, parameters, parts.trainable);
    this.#history = new EligibilityHistory(network, parameters, this.vector, learns, parts);
    this.#shard = new Shard(network, parameters, { ...shared, rows: 1, rule: bptt(), carryState: false }, 0);
    this.#loss = parts.loss;
    this.#innerRate = innerRate;
    this.#start = this.vector.pack(parameters);
  }

  /**
   * Sets the parameters that all rows start from.
   *
   * @param clock - steps simulated before, for random draws
   */
  begin(start: Float32Array, clock: number): void {
    this.#start = start;
    this.#clock = clock;
    this.#traced = undefined;
  }

  /** The parameters of a row after its update. */
  learn(batch: TaughtBatch, row: number, signals: Signals): Float32Array {
    const updated = this.#start.slice();
    for (const history of this.#tracesOf(batch, row)) {
      addUpdate(this.#weightsIn(updated, history), history, rowOf(signals, batch, row), -this.#innerRate);
    }
    return updated;
  }

  /**
   * Runs a row with the given parameters.
   *
   * @throws NumericsError if a state or a graded output is not finite
   */
  run(batch: TaughtBatch, row: number, parameters: Float32Array = this.#start): TraineeRun {
    this.#shard.setParameters(parameters);
    const forward = this.#shard.forward(batch, lossNormaliser(this.#loss, batch), this.#clock, row);
    return { ...forward, outputs: this.#shard.outputs() };
  }

  /**
   * Runs the adjoint of the row that ran last.
   *
   * @param constants - dE/d spike of each neuron that is the same at every step, by population
   * @param signalGradient - overwritten, in the given row, by dE/dL through the update
   * @returns dE/d parameters after the update
   * @eq bellec2019eprop (e-prop 2)
   */
  backward(
    batch: TaughtBatch,
    row: number,
    constants: Readonly<Record<string, ArrayLike<number>>>,
    signalGradient: Signals,
  ): Float32Array {
    const gradient = this.#shard.backward(constants);
    const into = rowOf(signalGradient, batch, row);
    for (let t = 0; t < batch.steps; t++) into(t).fill(0);
    for (const history of this.#tracesOf(batch, row)) {
      addSignalGradient(into, history, this.#weightsIn(gradient, history), -this.#innerRate);
    }
    return gradient;
  }

  /** The traces of a row; rows with the same input share a run. */
  #tracesOf(batch: TaughtBatch, row: number): readonly ProjectionHistory[] {
    if (this.#traced?.batch !== batch || !sameInputs(batch.inputs, this.#traced.row, row)) {
      this.#history.run(this.#start, batch.inputs, row, this.#clock);
      this.#traced = { batch, row };
    }
    return this.#history.projections;
  }

  #weightsIn(vector: Float32Array, { projection }: ProjectionHistory): Float32Array {
    const { offset, count } = this.vector.segments.find(
      (segment) => segment.kind === 'weights' && segment.name === projection,
    )!;
    return vector.subarray(offset, offset + count);
  }
}

/** The values of one row at step t, counted from 0. */
type RowSignals = (t: number) => Float32Array;

function rowOf(signals: Signals, { size, steps }: TaughtBatch, row: number): RowSignals {
  const width = signals.length / (size * steps);
  return (t) => signals.subarray((t * size + row) * width, (t * size + row + 1) * width);
}

/** w += scale Σ_t L(t) e(t). */
function addUpdate(w: Float32Array, { traces, pre, width }: ProjectionHistory, signals: RowSignals, scale: number) {
  const count = pre * width;
  for (let t = 0; t * count < traces.length; t++) {
    const signal = signals(t).map((value) => scale * value);
    const trace = traces.subarray(t * count, (t + 1) * count);
    for (let k = 0; k < count; k += width) {
      for (let j = 0; j < width; j++) w[k + j]! += signal[j]! * trace[k + j]!;
    }
  }
}

/** dE/dL_j(t) += scale Σ_i dE/dw_ji e_ji(t). */
function addSignalGradient(
  into: RowSignals,
  { traces, pre, width }: ProjectionHistory,
  gradient: Float32Array,
  scale: number,
) {
  const count = pre * width;
  for (let t = 0; t * count < traces.length; t++) {
    const signal = into(t);
    const trace = traces.subarray(t * count, (t + 1) * count);
    for (let k = 0; k < count; k += width) {
      for (let j = 0; j < width; j++) signal[j]! += scale * gradient[k + j]! * trace[k + j]!;
    }
  }
}

/** Whether two rows see the same. */
function sameInputs(inputs: Readonly<Record<string, Activity>>, a: number, b: number): boolean {
  return Object.values(inputs).every((activity) => {
    const { data, time, batch } = activity;
    const width = 'rowBytes' in activity ? activity.rowBytes : activity.size;
    for (let t = 0; t < time; t++) {
      for (let k = 0; k < width; k++) {
        if (data[(t * batch + a) * width + k] !== data[(t * batch + b) * width + k]) return false;
      }
    }
    return true;
  });
}
