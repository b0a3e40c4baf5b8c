import type { NeuronDefinition } from './definition.ts';
import type { Graph, NodeId } from './graph.ts';

/** One call of a random function. A bernoulli site's buffer holds uniform draws: the comparison is part of the graph. */
export interface RandomSite {
  readonly kind: 'uniform' | 'normal' | 'bernoulli';
}

/** One time step of a model: a graph, and which of its nodes are the new state and the output. */
export interface StepProgram {
  readonly definition: NeuronDefinition;
  readonly graph: Graph;
  /** New value of every state, in the order of the definition. */
  readonly next: Readonly<Record<string, NodeId>>;
  readonly output: NodeId;
  /** Whether the output is 0 or 1 by construction. */
  readonly spiking: boolean;
  readonly randomSites: readonly RandomSite[];
  /** Whether the step reads the output of the step before. */
  readonly usesPreviousOutput: boolean;
  /** Derived parameters: expressions over base parameters and `dt`, in a graph of their own, in order of definition. */
  readonly derived: { readonly graph: Graph; readonly nodes: Readonly<Record<string, NodeId>> };
}

export const stateNames = (program: StepProgram): string[] => Object.keys(program.definition.state);
export const inputNames = (program: StepProgram): string[] => Object.keys(program.definition.inputs);

/** Names of the parameters, derived ones included, that a graph reads; `dt` too if it does. */
export function parametersOf(graph: Graph, marked?: readonly boolean[]): string[] {
  const names: string[] = [];
  for (let id = 0; id < graph.size; id++) {
    const node = graph.node(id);
    if (node.op === 'param' && (marked === undefined || marked[id])) names.push(node.name);
  }
  return names;
}
