import type { Graph, NodeId } from '../graph.ts';
import type { RandomSite, StepProgram } from '../program.ts';
import type { BlockName, SynapseDefinition } from './definition.ts';
import type { Scope } from './scope.ts';

/** A variable of a synapse's model. */
export interface SynapseVariable {
  readonly scope: 'pre' | 'post' | 'synapse';
  readonly unit: string;
  readonly init: number;
}

/** A call of a random function: a draw per neuron in the update of a neuron's variable, else one per synapse. */
export interface SynapseRandomSite extends RandomSite {
  readonly scope: 'pre' | 'post' | 'synapse';
  /**
   * Present for bernoulli(p) per synapse, in a block that runs for the synapses of one neuron, with a p that is the same for all
   * of them: p. Its draws are those of `randomFraction`.
   */
  readonly chance?: NodeId;
}

/** The new value of one variable. */
export interface BlockUpdate {
  readonly name: string;
  readonly scope: 'pre' | 'post' | 'synapse';
  readonly node: NodeId;
}

/** One block. Leaves: `state` for variables, `input` for signals and states of the neuron, `param`, `random`. */
export interface SynapseBlock {
  readonly name: BlockName;
  readonly graph: Graph;
  /** In the order of the lines. */
  readonly updates: readonly BlockUpdate[];
  /** What a presynaptic spike delivers; of `onPre` alone. */
  readonly transmit?: NodeId;
  readonly randomSites: readonly SynapseRandomSite[];
  /** Scope of every node. */
  readonly scopes: readonly Scope[];
}

/** A compiled synapse. */
export interface SynapseProgram {
  readonly definition: SynapseDefinition;
  readonly variables: Readonly<Record<string, SynapseVariable>>;
  /** `onPre` is always there: it delivers. */
  readonly blocks: { readonly [Name in BlockName]?: SynapseBlock } & { readonly onPre: SynapseBlock };
  /** Derived parameters, in a graph of their own; {@link SYNAPSE_INTERVAL} among them if there is a block at an interval. */
  readonly derived: StepProgram['derived'];
}

/** Derived parameter that holds the interval of `every`, ms; no equation can name it. */
export const SYNAPSE_INTERVAL = 'every.interval';

/** Order of the blocks within a time step; the neurons are updated between the first and the second. */
export const SYNAPSE_BLOCKS: readonly BlockName[] = ['onPre', 'onPost', 'onStep', 'every'];
