import type { Distribution } from '../../base/distribution.ts';
import { checkDistribution, isDistribution } from '../../base/distribution.ts';
import { ParameterError, unknownName } from '../../base/errors.ts';
import { own } from '../../base/own.ts';
import type { SynapseInstance } from '../../expr/index.ts';
import type { PopulationSpec } from '../network-spec.ts';
import { checkEventTopology, type EventTopology } from './topology-kinds.ts';

/** A quantity per synapse: one number for all, a distribution, or, with `pairs`, a value per pair. */
export type SynapseValue = number | Distribution | ArrayLike<number>;

/** N neurons of one model, with the values that states start from where these are not the model's. */
export interface EventPopulationSpec extends PopulationSpec {
  readonly start?: Readonly<Record<string, number | Distribution | ArrayLike<number>>>;
}

/** Connections from a spiking population to a named input of a population. */
export interface EventProjectionSpec<P extends string = string> {
  readonly from: P;
  readonly to: P;
  /** Input variable of the target's model; may be left out when the model has one. */
  readonly input?: string;
  readonly topology: EventTopology;
  /** In the unit of the input. */
  readonly weights: SynapseValue;
  /**
   * Plastic synapses, as in `synapse: stdp()`: `weights` are the initial values of their variable `w`. The delay lies before the
   * synapse, whose blocks see the presynaptic spike when it arrives and the postsynaptic one in its own step; a presynaptic
   * neuron has variables of its own for every delay.
   */
  readonly synapse?: SynapseInstance;
  /** Sources of the signals of plastic synapses: names in the network's `signals`, or graded populations of size 1. Default: the signal's own name. */
  readonly signals?: Readonly<Record<string, string>>;
  /** Initial values of plastic synapses' variables other than `w`. Default: those of the definition. */
  readonly initial?: Readonly<Record<string, SynapseValue>>;
  /**
   * In time steps, not ms: with the default `dt` of 0.1 ms, 15 steps are 1.5 ms. 1 or more. Drawn delays are rounded; draws below 1 or beyond 4 standard
   * deviations are drawn again. Default 1.
   */
  readonly delay?: SynapseValue;
}

/** Independent Poisson spike trains, one to every neuron of a population; the sum of many sources is one with the sum of their rates. */
export interface PoissonSpec<P extends string = string> {
  readonly to: P;
  /** Input variable of the target's model; may be left out when the model has one. */
  readonly input?: string;
  /** Hz, of all sources of a neuron together. */
  readonly rate: number;
  /** In the unit of the input. */
  readonly weights: number;
}

/** What an {@link EventSimulation} is built from. */
export interface EventNetworkSpec<P extends string = string> {
  readonly populations: Readonly<Record<P, EventPopulationSpec>>;
  readonly projections: Readonly<Record<string, EventProjectionSpec<NoInfer<P>>>>;
  readonly poisson?: Readonly<Record<string, PoissonSpec<NoInfer<P>>>>;
  /** Values from outside that plastic synapses read, such as a reward, with what they start from; see `signal` of the simulation. */
  readonly signals?: Readonly<Record<string, number>>;
}

/** The input that spikes go to, checked. */
export function inputOf(
  where: string,
  { to, input }: { readonly to: string; readonly input?: string },
  populations: Readonly<Record<string, EventPopulationSpec>>,
): string {
  const target = own(populations, to);
  if (!target) throw unknownName(where, 'population', to, Object.keys(populations));
  const ports = Object.keys(target.model.model.definition.inputs);
  const chosen = input ?? (ports.length === 1 ? ports[0]! : undefined);
  if (chosen === undefined) {
    throw new ParameterError(where, 'expected the input of the target, got none', {
      hint: `one of: ${ports.join(', ')}`,
    });
  }
  if (!ports.includes(chosen)) throw unknownName(where, 'input', chosen, ports);
  return chosen;
}

/** @throws ParameterError unless the values are finite and fit the topology */
export function checkValue(where: string, what: string, value: SynapseValue, topology: EventTopology): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new ParameterError(where, `expected a finite ${what}, got ${value}`);
    return;
  }
  if (isDistribution(value)) {
    checkDistribution(where, value);
    return;
  }
  if (typeof value !== 'object' || value === null || !('length' in value)) {
    throw new ParameterError(where, `expected a number, a distribution or values as ${what}, got ${String(value)}`);
  }
  if (topology.kind !== 'pairs') {
    throw new ParameterError(where, `expected a number or a distribution as ${what}, got values`, {
      hint: 'one value per synapse needs topology: pairs(pre, post)',
    });
  }
  if (value.length !== topology.pre.length) {
    throw new ParameterError(where, `expected ${topology.pre.length} values as ${what}, got ${value.length}`);
  }
  for (let k = 0; k < value.length; k++) {
    if (!Number.isFinite(value[k]))
      throw new ParameterError(where, `expected a finite ${what}, got ${value[k]} at ${k}`);
  }
}

/**
 * Checks a projection and names its input.
 *
 * @throws ParameterError for an unknown name, a source that does not spike, a topology that does not fit, or values that are not finite
 */
export function checkEventProjection(
  name: string,
  spec: EventProjectionSpec,
  populations: Readonly<Record<string, EventPopulationSpec>>,
): string {
  const where = `projection "${name}"`;
  const source = own(populations, spec.from);
  if (!source) throw unknownName(where, 'source', spec.from, Object.keys(populations));
  if (!source.model.model.step.spiking) {
    throw new ParameterError(where, `expected a source that spikes, got "${spec.from}", whose output is graded`);
  }
  const input = inputOf(where, spec, populations);
  const { topology } = spec;
  checkEventTopology(where, topology);
  if (topology.kind === 'oneToOne' && source.size !== populations[spec.to]!.size) {
    const sizes = `${source.size} and ${populations[spec.to]!.size}`;
    throw new ParameterError(where, `expected equal sizes for one-to-one, got ${sizes}`);
  }
  checkValue(where, 'weight', spec.weights, topology);
  checkValue(where, 'delay', spec.delay === undefined ? 1 : spec.delay, topology);
  return input;
}

/** @throws ParameterError unless the rate is finite and not negative and the weight finite; returns the input */
export function checkPoisson(
  name: string,
  spec: PoissonSpec,
  populations: Readonly<Record<string, EventPopulationSpec>>,
): string {
  const where = `poisson "${name}"`;
  if (!(spec.rate >= 0 && Number.isFinite(spec.rate))) {
    throw new ParameterError(where, `expected a finite rate of 0 Hz or more, got ${spec.rate}`);
  }
  if (!Number.isFinite(spec.weights)) throw new ParameterError(where, `expected a finite weight, got ${spec.weights}`);
  return inputOf(where, spec, populations);
}
