import { ParameterError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { NeuronInstance, SynapseInstance } from '../expr/index.ts';
import type { Topology } from './topology.ts';
import type { Weights } from './weights.ts';

/** A source of activity from outside: spikes (the default) or graded values. */
export interface InputSpec {
  readonly size: number;
  readonly kind?: 'spikes' | 'floats';
}

/** N neurons of one model. */
export interface PopulationSpec {
  readonly size: number;
  readonly model: NeuronInstance;
}

/** When plastic synapses that their own equations retract grow elsewhere; see `rewiring` of a projection. */
export interface RewiringSpec {
  /** Time between two looks, in ms; a whole number of steps. */
  readonly interval: number;
  /** A synapse variable: where it is 0 or below, the synapse has retracted. */
  readonly active: string;
}

/** Connections from an input or a population to a named input of a population. */
export interface ProjectionSpec<Source extends string = string, Target extends string = string> {
  readonly from: Source;
  readonly to: Target;
  /** Input variable of the target's model; may be left out when the model has one. */
  readonly input?: string;
  /** Default all-to-all; of a population to itself, without self-connections. */
  readonly topology?: Topology;
  readonly weights: Weights;
  /**
   * Delay in time steps; 0 acts within the step. Default 1 within a population, else 0. What a delayed projection reads
   * from before the first step is 0, also from a graded population whose initial state is not.
   */
  readonly delay?: number;
  /** Whether learning may change the weights. Default true. */
  readonly trainable?: boolean;
  /**
   * Plastic synapses, as in `synapse: stdp()`: `weights` are the initial values of their variable `w`. Every batch row has
   * weights of its own. For simulations; a `Trainer` takes none.
   */
  readonly synapse?: SynapseInstance;
  /**
   * Where the signals of plastic synapses come from: inputs of graded values or graded populations, of size 1, by signal. A
   * population counts with its value of the step before. Default: what has the signal's own name.
   */
  readonly signals?: Readonly<Record<string, string>>;
  /**
   * Lets retracted synapses grow anew: the presynaptic neuron keeps its number of synapses, and those that have retracted get
   * other targets, drawn from all that the neuron does not reach, and start with the definition's initial values, `w` too; that of
   * `active` must be above 0.
   * Only for batches of 1.
   */
  readonly rewiring?: RewiringSpec;
  /** Initial values of plastic synapses' variables other than `w`; see {@link Weights}. Default: those of the definition. */
  readonly initial?: Readonly<Record<string, Weights>>;
}

/** What {@link defineNetwork} takes. */
export interface NetworkSpec<I extends string, P extends string, J extends string> {
  readonly inputs: Readonly<Record<I, InputSpec>>;
  readonly populations: Readonly<Record<P, PopulationSpec>>;
  readonly projections: Readonly<Record<J, ProjectionSpec<NoInfer<I> | NoInfer<P>, NoInfer<P>>>>;
}

function checkSize(where: string, size: number): void {
  if (!Number.isInteger(size) || size < 1) throw new ParameterError(where, `expected a size of 1 or more, got ${size}`);
}

/** @throws ParameterError for a bad size, an unknown kind or an unknown option */
export function checkInput(name: string, spec: InputSpec): void {
  const where = `input "${name}"`;
  const { size, kind } = checkedOptions(where, spec, ['size', 'kind']);
  checkSize(where, size);
  if (kind !== undefined && kind !== 'spikes' && kind !== 'floats') {
    throw new ParameterError(where, `expected kind 'spikes' or 'floats', got ${JSON.stringify(kind)}`);
  }
}

/** @throws ParameterError for a bad size, an unknown option, or a model that was not called or is missing */
export function checkPopulation(name: string, spec: PopulationSpec): void {
  const where = `population "${name}"`;
  const { size, model } = checkedOptions(where, spec, ['size', 'model']);
  checkSize(where, size);
  if (typeof model === 'object' && typeof model?.model === 'function') return;
  const got = typeof model === 'function' ? 'a model that was not called' : `${model}`;
  throw new ParameterError(where, `expected a model with its values, got ${got}`, {
    hint: 'call the model, as in model: lif()',
  });
}
