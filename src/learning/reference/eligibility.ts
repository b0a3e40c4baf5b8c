import { detachReset, evaluateJacobians, type StepInput, type StepProgram } from '../../expr/index.ts';
import type { Network, Projection } from '../../network/network.ts';
import { forEachSynapse, type ReferenceConnections } from '../../network/reference-parameters.ts';
import type { ReferenceTrace } from '../../network/reference-trace.ts';

/**
 * The linear response of a population's neurons in one step: new state and output for given old state, old output and
 * drive, with all coefficients of a neuron side by side.
 */
export class LocalResponse {
  readonly states: number;
  readonly size: number;
  /** ds'/ds [states, states], ds'/dz [states], ds'/dI [states], ∂z'/∂s' [states], ∂z'/∂s [states], ∂z'/∂I, ∂z'/∂z: [N, …]. */
  readonly #values: Float64Array;
  readonly #stride: number;
  readonly #names: readonly string[];
  readonly #program: StepProgram;
  readonly #input: string;

  /** @param input - the input variable that drives it */
  constructor(program: StepProgram, size: number, input: string) {
    this.#program = program;
    this.#names = Object.keys(program.next);
    this.#input = input;
    this.size = size;
    this.states = this.#names.length;
    this.#stride = this.states * (this.states + 4) + 2;
    this.#values = new Float64Array(size * this.#stride);
  }

  /** Evaluates the coefficients of neuron j. */
  set(j: number, input: StepInput): void {
    const jacobians = evaluateJacobians(this.#program, input);
    let at = j * this.#stride;
    const put = (value: number) => {
      this.#values[at++] = value;
    };
    for (const k of this.#names) for (const l of this.#names) put(jacobians.stateByState[k]![l]!);
    for (const k of this.#names) put(jacobians.stateByPrevious[k]!);
    for (const k of this.#names) put(jacobians.stateByInput[k]![this.#input]!);
    for (const k of this.#names) put(jacobians.outputByState[k]!);
    for (const l of this.#names) put(jacobians.outputByOldState[l]!);
    put(jacobians.outputByInput[this.#input]!);
    put(jacobians.outputByPrevious);
  }

  /**
   * Advances one trace of neuron j.
   *
   * @param state - the trace's state from `at` on, overwritten
   * @param output - the trace's last output
   * @returns its new output
   */
  advance(j: number, state: Float64Array, at: number, output: number, drive: number): number {
    const n = this.states;
    const c = this.#values;
    const base = j * this.#stride;
    const byPrevious = base + n * n;
    const byInput = byPrevious + n;
    const ofState = byInput + n;
    const ofOldState = ofState + n;
    const ofInput = ofOldState + n;
    let response = c[ofInput]! * drive + c[ofInput + 1]! * output;
    for (let l = 0; l < n; l++) response += c[ofOldState + l]! * state[at + l]!;
    for (let k = 0; k < n; k++) {
      let sum = c[byPrevious + k]! * output + c[byInput + k]! * drive;
      for (let l = 0; l < n; l++) sum += c[base + k * n + l]! * state[at + l]!;
      scratch[k] = sum;
    }
    for (let k = 0; k < n; k++) {
      state[at + k] = scratch[k]!;
      response += c[ofState + k]! * scratch[k]!;
    }
    return response;
  }
}

/** New states of one trace; far more than any model has. */
const scratch = new Float64Array(64);

/** A channel through which a neuron's output reaches the loss: one readout neuron of one projection. */
export interface Channel {
  readonly projection: Projection;
  readonly readout: number;
  /** Feedback weight from the readout neuron to each source neuron. */
  readonly feedback: Float64Array;
}

/** Eligibility traces of one projection's synapses in one sequence. */
export class EligibilityTraces {
  readonly pre: Int32Array;
  readonly post: Int32Array;
  readonly projection: Projection;
  /** Eligibility vector of each synapse, [synapse, state], and the trace e, the newest steps in turn. */
  readonly #vector: Float64Array;
  readonly #recent: Float64Array[];
  readonly #filtered: { readonly state: Float64Array; readonly output: Float64Array }[];

  /**
   * @param states - of the postsynaptic model
   * @param channels - number of states of the readout's model for every channel
   * @param reach - steps that e is read late: the longest delay of a channel
   */
  constructor(
    projection: Projection,
    connections: ReferenceConnections,
    shape: { states: number; channels: readonly number[]; reach: number },
  ) {
    const count = connections.weights.length;
    this.projection = projection;
    // Weights that are no synapse, such as a neuron's to itself, keep the index -1.
    this.pre = new Int32Array(count).fill(-1);
    this.post = new Int32Array(count);
    forEachSynapse(projection, connections, (pre, post, k) => {
      this.pre[k] = pre;
      this.post[k] = post;
    });
    this.#vector = new Float64Array(count * shape.states);
    this.#recent = Array.from({ length: shape.reach + 1 }, () => new Float64Array(count));
    this.#filtered = shape.channels.map((states) => ({
      state: new Float64Array(count * states),
      output: new Float64Array(count),
    }));
  }

  /**
   * Step t of the eligibility vectors and of e.
   *
   * @returns e(t), [synapse]
   * @eq bellec2020eprop (eligibility vector and trace)
   */
  advance(t: number, response: LocalResponse, trace: ReferenceTrace, b: number): Float64Array {
    const { from, delay, preSize } = this.projection;
    const activity = Float64Array.from({ length: preSize }, (_, i) => trace.activity(from, t - delay, b, i));
    const before = this.at(t - 1);
    const now = this.at(t);
    for (let k = 0; k < now.length; k++) {
      const [i, j] = [this.pre[k]!, this.post[k]!];
      if (i >= 0) now[k] = response.advance(j, this.#vector, k * response.states, before[k]!, activity[i]!);
    }
    return now;
  }

  /** e of step t, of those still held. */
  at(t: number): Float64Array {
    return this.#recent[(t + this.#recent.length) % this.#recent.length]!;
  }

  /**
   * e as a readout neuron answers to it: for a leaky readout, low-passed.
   *
   * @param c - index of the channel
   * @returns the answer at step t, [synapse]
   */
  filter(c: number, t: number, { projection, readout }: Channel, response: LocalResponse): Float64Array {
    const { state, output } = this.#filtered[c]!;
    const drive = t > projection.delay ? this.at(t - projection.delay) : undefined;
    for (let k = 0; k < output.length; k++) {
      output[k] = response.advance(readout, state, k * response.states, output[k]!, drive ? drive[k]! : 0);
    }
    return output;
  }
}

/** The linear response of a population's model to one of its inputs, with or without the reset. */
export function localResponse(network: Network, population: string, input: string, detached: boolean): LocalResponse {
  const { size, model } = network.populations[population]!;
  const { step } = model.model;
  return new LocalResponse(detached ? detachReset(step) : step, size, input);
}
