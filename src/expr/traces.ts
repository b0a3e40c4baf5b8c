import { evaluateGraph } from './evaluate.ts';
import type { Graph, Leaf, NodeId } from './graph.ts';
import type { LocalJacobians } from './jacobians.ts';
import { dependsOn, scaled } from './scaled.ts';

/** A number, times a value of the postsynaptic neuron at this step if `node` is given. */
export interface Factor {
  readonly scale: number;
  readonly node?: NodeId;
}

/** What a factor multiplies: a filter or a component, of this step or of the one before, or the trace of the step before. */
export interface Term {
  readonly factor: Factor;
  readonly of: 'filter' | 'component' | 'trace';
  /** Of the filter or component. */
  readonly index: number;
  readonly when: 'now' | 'before';
}

/** A filter of presynaptic activity x, one value per presynaptic neuron: p_m(t) = Σ_n decay_n p_n(t - 1) + drive x(t). */
export interface TraceFilter {
  readonly decay: readonly number[];
  readonly drive: number;
}

/**
 * The eligibility trace e = dz/dW of a model's synapses, as a linear recursion with the local Jacobians as coefficients.
 *
 * The eligibility vector ε = ds/dW has one entry per state. Entries whose recursion has the same constant coefficients for
 * all neurons depend on the presynaptic side alone: those are `filters`. The rest are `components`, one value per synapse.
 */
export interface TraceProgram {
  /** The step's graph, extended by the nodes of the factors. */
  readonly graph: Graph;
  readonly filters: readonly TraceFilter[];
  /** Names of the states that are filters, in their order; one more filter may follow. */
  readonly filtered: readonly string[];
  /** Names of the states that are components. */
  readonly components: readonly string[];
  /** ε_r(t) of every component: a sum of terms of the step before, and of filters of this one. */
  readonly updates: readonly (readonly Term[])[];
  /** e(t): a sum of terms. */
  readonly trace: readonly Term[];
}

/** States that an input reaches and that reach the output, through derivatives that are not structurally 0. */
function relevantStates(jacobians: LocalJacobians, input: string): string[] {
  const { graph, stateByState, stateByInput, stateByPrevious, outputByState, outputByOldState } = jacobians;
  const some = (node: NodeId | undefined) => node !== undefined && !graph.isConstant(node, 0);
  const names = Object.keys(stateByState);
  const observed = new Set(names.filter((name) => some(outputByState[name]) || some(outputByOldState[name])));
  const driven = new Set(names.filter((name) => some(stateByInput[name]![input])));
  for (let grown = -1; grown !== observed.size + driven.size; ) {
    grown = observed.size + driven.size;
    for (const name of names) {
      const reads = (set: ReadonlySet<string>) =>
        names.some((other) => set.has(other) && some(stateByState[name]![other]));
      if (reads(driven) || some(stateByPrevious[name])) driven.add(name);
      if (names.some((other) => observed.has(other) && some(stateByState[other]![name]))) observed.add(name);
    }
  }
  return names.filter((name) => observed.has(name) && driven.has(name));
}

/** Turns Jacobian nodes into factors, with what is the same for all neurons and steps as a number. */
class Factors {
  readonly #graph: Graph;
  readonly #varying: (id: NodeId) => boolean;
  readonly #constants: Readonly<Record<string, number>>;

  constructor(graph: Graph, constants: Readonly<Record<string, number>>) {
    this.#graph = graph;
    this.#constants = constants;
    const constant = (leaf: Leaf) =>
      leaf.op === 'const' || (leaf.op === 'param' && Object.hasOwn(constants, leaf.name));
    this.#varying = dependsOn(graph, (leaf) => !constant(leaf as Leaf));
  }

  /** undefined for a structural 0. */
  of(node: NodeId | undefined): Factor | undefined {
    if (node === undefined || this.#graph.isConstant(node, 0)) return undefined;
    if (!this.#varying(node)) return { scale: this.#value(node) };
    const { core, scale } = scaled(this.#graph, node, this.#varying);
    return { scale: this.#value(scale), node: core };
  }

  #value(node: NodeId): number {
    return evaluateGraph(this.#graph, [node], (leaf) =>
      leaf.op === 'const' ? leaf.value : this.#constants[(leaf as { name: string }).name]!,
    )[node]!;
  }
}

/** The largest set of states whose eligibility has constant factors and reads only states of the set. */
function filteredStates(
  jacobians: LocalJacobians,
  input: string,
  states: readonly string[],
  factors: Factors,
): string[] {
  const { stateByState, stateByInput, stateByPrevious } = jacobians;
  const constant = (node: NodeId | undefined) => factors.of(node)?.node === undefined;
  const set = new Set(
    states.filter((name) => constant(stateByInput[name]![input]) && factors.of(stateByPrevious[name]) === undefined),
  );
  for (let size = -1; size !== set.size; ) {
    size = set.size;
    for (const name of set) {
      const row = stateByState[name]!;
      if (states.some((other) => (set.has(other) ? !constant(row[other]) : factors.of(row[other]) !== undefined))) {
        set.delete(name);
      }
    }
  }
  return [...set];
}

/**
 * Derives the eligibility traces of synapses onto one input of a model.
 *
 * @param jacobians - of the step, whose graph grows; own-spike paths that are left differentiable belong to the trace
 * @param constants - values of the parameters, base and derived, that are the same for all neurons
 * @eq bellec2020eprop (the eligibility vector and trace)
 */
export function deriveTraces(
  jacobians: LocalJacobians,
  input: string,
  constants: Readonly<Record<string, number>>,
): TraceProgram {
  const { graph, stateByState, stateByInput, stateByPrevious } = jacobians;
  const { outputByState, outputByOldState, outputByInput, outputByPrevious } = jacobians;
  const factors = new Factors(graph, constants);
  const states = relevantStates(jacobians, input);
  const filtered = filteredStates(jacobians, input, states, factors);
  const components = states.filter((name) => !filtered.includes(name));

  const term = (node: NodeId | undefined, of: Term['of'], index: number, when: Term['when']): Term[] => {
    const factor = factors.of(node);
    return factor === undefined ? [] : [{ factor, of, index, when }];
  };
  const over = (row: Readonly<Record<string, NodeId>>, when: Term['when']): Term[] => [
    ...filtered.flatMap((name, m) => term(row[name], 'filter', m, when)),
    ...components.flatMap((name, r) => term(row[name], 'component', r, when)),
  ];
  // The activity itself is one more filter, without memory, where something per synapse reads it.
  const activity = (node: NodeId | undefined) => term(node, 'filter', filtered.length, 'now');
  const updates = components.map((name) => [
    ...over(stateByState[name]!, 'before'),
    ...activity(stateByInput[name]![input]),
    ...term(stateByPrevious[name], 'trace', 0, 'before'),
  ]);
  const trace = [
    ...term(outputByPrevious, 'trace', 0, 'before'),
    ...over(outputByState, 'now'),
    ...over(outputByOldState, 'before'),
    ...activity(outputByInput[input]),
  ];

  const filters = filtered.map((name) => ({
    decay: filtered.map((other) => factors.of(stateByState[name]![other])?.scale ?? 0),
    drive: factors.of(stateByInput[name]![input])?.scale ?? 0,
  }));
  const readsActivity = [...updates.flat(), ...trace].some(
    ({ of, index }) => of === 'filter' && index === filtered.length,
  );
  if (readsActivity) filters.push({ decay: [], drive: 1 });
  return { graph, filters, filtered, components, updates, trace };
}

/** The values per neuron and step that the traces read, each once. */
export function traceNodes({ updates, trace }: Pick<TraceProgram, 'updates' | 'trace'>): NodeId[] {
  const nodes = [...updates.flat(), ...trace].flatMap(({ factor }) => (factor.node === undefined ? [] : [factor.node]));
  return [...new Set(nodes)];
}
