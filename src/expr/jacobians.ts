import { gradients } from './differentiate.ts';
import { Graph, type NodeId } from './graph.ts';
import type { StepProgram } from './program.ts';

type Row = Readonly<Record<string, NodeId>>;

/**
 * The local Jacobians of a step, as nodes of one graph; what is structurally zero is the constant 0.
 *
 * The step is read as s' = f(s, I, z) and z' = g(s', s, I): f is total, through whatever primed names it uses; in g the
 * new state is cut out, so `outputByState` is ∂z'/∂s', and `outputByOldState`,
 * `outputByInput` and `outputByPrevious` are only what bypasses s'.
 */
export interface LocalJacobians {
  readonly graph: Graph;
  /** ds'_k/ds_l by k, then l. */
  readonly stateByState: Readonly<Record<string, Row>>;
  /** ds'_k/dI_i by k, then i. */
  readonly stateByInput: Readonly<Record<string, Row>>;
  /** ds'_k/dz by k. */
  readonly stateByPrevious: Row;
  /** ∂z'/∂s'_k by k. */
  readonly outputByState: Row;
  readonly outputByOldState: Row;
  readonly outputByInput: Row;
  /** ∂z'/∂z. */
  readonly outputByPrevious: NodeId;
}

/** Derives the local Jacobians that eligibility traces are made of. */
export function localJacobians(program: StepProgram): LocalJacobians {
  const graph = new Graph(program.graph);
  const { definition, next, output } = program;
  const pseudo = definition.pseudoDerivative;
  const leaves = (names: readonly string[], op: 'state' | 'input') =>
    names.map((name): [string, NodeId] => [name, graph.add({ op, name })]);
  const states = leaves(Object.keys(next), 'state');
  const inputs = leaves(Object.keys(definition.inputs), 'input');
  const previous = graph.add({ op: 'previousOutput' });
  const one = graph.const(1);
  const row = (adjoint: (id: NodeId) => NodeId, list: readonly (readonly [string, NodeId])[]): Row =>
    Object.fromEntries(list.map(([name, id]) => [name, adjoint(id)]));

  const stateByState: Record<string, Row> = {};
  const stateByInput: Record<string, Row> = {};
  const stateByPrevious: Record<string, NodeId> = {};
  for (const [name, node] of Object.entries(next)) {
    const adjoint = gradients(graph, [[node, one]], { pseudo });
    stateByState[name] = row(adjoint, states);
    stateByInput[name] = row(adjoint, inputs);
    stateByPrevious[name] = adjoint(previous);
  }
  // A node that is the new value of a state counts for that state alone: not for a second one with the same equation, nor
  // for the leaf that it may be, as in v' = I.
  const cut = new Set(Object.values(next));
  const adjoint = gradients(graph, [[output, one]], { pseudo, cut });
  const zero = graph.const(0);
  const direct = (id: NodeId) => (cut.has(id) ? zero : adjoint(id));
  const updates = Object.entries(next);
  const ofState = updates.map(([name, id], k) => {
    const repeated = updates.findIndex(([, other]) => other === id) < k;
    return [name, repeated ? zero : adjoint(id)] as const;
  });
  return {
    graph,
    stateByState,
    stateByInput,
    stateByPrevious,
    outputByState: Object.fromEntries(ofState),
    outputByOldState: row(direct, states),
    outputByInput: row(direct, inputs),
    outputByPrevious: direct(previous),
  };
}
