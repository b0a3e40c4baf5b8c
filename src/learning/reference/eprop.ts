import { ShapeError } from '../../base/errors.ts';
import type { Network } from '../../network/network.ts';
import { forEachSynapse, type ReferenceParameters } from '../../network/reference-parameters.ts';
import type { ReferenceTrace } from '../../network/reference-trace.ts';
import type { Batch } from '../../tensor/index.ts';
import { checkRule, eprop } from '../rules.ts';
import { type Channel, EligibilityTraces, type LocalResponse, localResponse } from './eligibility.ts';
import { evaluateReference, type ReferenceTraining } from './evaluation.ts';
import { backwardWeights, type WeightsByProjection } from './feedback.ts';

/** As {@link ReferenceTraining}; the rule is e-prop by default, and its `detachReset` holds for any rule. */
export interface ReferenceEprop extends ReferenceTraining {
  /**
   * Learning signals in place of the loss's own, by population, [steps, batch, N]; nothing is fed back then. Every
   * population needs them.
   */
  readonly learningSignals?: Readonly<Record<string, Float64Array>>;
}

/** What e-prop found. */
export interface EpropResult {
  /** Task loss plus regularisation. */
  readonly loss: number;
  readonly taskLoss: number;
  /** By projection, in the order of its weights. */
  readonly gradients: { readonly weights: Record<string, Float64Array> };
  readonly trace: ReferenceTrace;
}

/** Traces of one projection and what carries its learning signals. */
interface Synapses {
  readonly traces: EligibilityTraces;
  readonly response: LocalResponse;
  readonly channels: readonly Channel[];
}

/** Where traces read and write. */
export interface TraceSetting {
  readonly network: Network;
  readonly parameters: ReferenceParameters;
  readonly trace: ReferenceTrace;
  readonly detachReset: boolean;
  /** The loss's population, and feedback weights of the projections into it. */
  readonly readout: string;
  readonly feedback: WeightsByProjection;
}

/** E-prop of one sequence, step by step: eligibility traces and nothing else is carried from step to step. */
export class OnlineSequence {
  readonly #setting: TraceSetting;
  readonly #b: number;
  readonly #synapses: Record<string, Synapses> = {};
  /** By `population.input`. */
  readonly #responses: Record<string, LocalResponse> = {};

  constructor(setting: TraceSetting, b: number) {
    this.#setting = setting;
    this.#b = b;
    const { network, parameters, readout } = setting;
    for (const projection of Object.values(network.projections)) {
      const channels = projection.to === readout ? [] : channelsOf(setting, projection.to);
      const response = this.#response(projection.to, projection.input);
      const shape = {
        states: response.states,
        channels: channels.map(({ projection: { to, input } }) => this.#response(to, input).states),
        reach: Math.max(0, ...channels.map(({ projection: { delay } }) => delay)),
      };
      const traces = new EligibilityTraces(projection, parameters.connections[projection.name]!, shape);
      this.#synapses[projection.name] = { traces, response, channels };
    }
  }

  #response(population: string, input: string): LocalResponse {
    const key = `${population}.${input}`;
    this.#responses[key] ??= localResponse(this.#setting.network, population, input, this.#setting.detachReset);
    return this.#responses[key];
  }

  /**
   * Step t: advances every trace and adds learning signal · trace to the gradients.
   *
   * @param signals - direct dE/d output by population, [steps, batch, N]
   * @eq bellec2020eprop (1)
   */
  step(t: number, signals: Readonly<Record<string, Float64Array>>, gradients: Record<string, Float64Array>): void {
    const { network, trace } = this.#setting;
    const { batch } = trace.options;
    for (const [key, response] of Object.entries(this.#responses)) {
      const name = key.slice(0, key.lastIndexOf('.'));
      for (let j = 0; j < response.size; j++) response.set(j, trace.stepInput(name, t, this.#b, j));
    }
    const rowOf = (population: string) => {
      const { size } = network.populations[population]!;
      const start = ((t - 1) * batch + this.#b) * size;
      return signals[population]!.subarray(start, start + size);
    };
    for (const [name, { traces, response, channels }] of Object.entries(this.#synapses)) {
      const gradient = gradients[name]!;
      const { post, projection } = traces;
      const eligibility = traces.advance(t, response, trace, this.#b);
      const direct = rowOf(projection.to);
      for (let k = 0; k < post.length; k++) gradient[k]! += direct[post[k]!]! * eligibility[k]!;
      channels.forEach((channel, c) => {
        const { to, input } = channel.projection;
        const filtered = traces.filter(c, t, channel, this.#response(to, input));
        const error = rowOf(to)[channel.readout]!;
        for (let k = 0; k < post.length; k++) {
          gradient[k]! += error * channel.feedback[post[k]!]! * filtered[k]!;
        }
      });
    }
  }
}

/** The channels by which a population reaches the readout. */
function channelsOf({ network, parameters, feedback }: TraceSetting, population: string): Channel[] {
  const into = Object.keys(feedback)
    .map((name) => network.projections[name]!)
    .filter(({ from }) => from === population);
  return into.flatMap((projection) => {
    const { name, preSize, postSize } = projection;
    const rows = Array.from({ length: postSize }, () => new Float64Array(preSize));
    forEachSynapse(projection, parameters.connections[name]!, (pre, post, k) => {
      rows[post]![pre] = feedback[name]![k]!;
    });
    return rows.map((row, readout) => ({ projection, readout, feedback: row }));
  });
}

/**
 * E-prop in float64, forwards in time and straight from its definition: an eligibility trace per synapse, advanced by the
 * local Jacobians of any neuron model, filtered by the readout's own response, times the error fed back. Slow.
 *
 * Gradients are those of `referenceGradient` with the same rule, for weights only. What came before the first step counts
 * as given.
 *
 * @throws ParameterError, ShapeError if feedback or learning signals do not fit the network
 * @eq bellec2020eprop (1)
 */
export function referenceEprop(
  network: Network,
  parameters: ReferenceParameters,
  batch: Batch,
  options: ReferenceEprop,
): EpropResult {
  const { rule = eprop(), learningSignals, loss } = options;
  checkRule(rule);
  if (learningSignals) checkSignals(network, batch, learningSignals);
  const feedback = learningSignals || rule.kind === 'bptt' ? {} : backwardWeights(network, parameters, rule, options);
  const { trace, dOutputs, ...losses } = evaluateReference(network, parameters, batch, options);
  const { detachReset } = rule;
  const setting = { network, parameters, trace, detachReset, readout: loss.population, feedback };
  const weights = emptyGradients(parameters);
  for (let b = 0; b < batch.size; b++) {
    const sequence = new OnlineSequence(setting, b);
    for (let t = 1; t <= batch.steps; t++) sequence.step(t, learningSignals ?? dOutputs, weights);
  }
  return { ...losses, gradients: { weights }, trace };
}

/** A gradient of 0 for every weight. */
export const emptyGradients = ({ connections }: ReferenceParameters): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(connections).map(([name, { weights }]) => [name, new Float64Array(weights.length)]),
  );

function checkSignals(network: Network, { steps, size }: Batch, signals: Readonly<Record<string, Float64Array>>): void {
  for (const [name, population] of Object.entries(network.populations)) {
    const expected = steps * size * population.size;
    const got = signals[name]?.length;
    if (got === expected) continue;
    throw new ShapeError(
      `learning signals of population "${name}"`,
      `expected ${expected} values [steps, batch, N], got ${got ?? 'none'}`,
    );
  }
}
