import { type AdjointProgram, seedDependent } from './differentiate.ts';
import { type Graph, type NodeId, operands, reachable } from './graph.ts';
import { canVanish } from './sparsity.ts';
import { substitution } from './substitute.ts';

/** An adjoint that reads dE/d output only where a condition holds, which the forward pass can compute. */
export interface GatedAdjoint {
  readonly adjoint: AdjointProgram;
  /** Of forward values alone. Where it does not hold, nothing depends on dE/d output: it need not be known. */
  readonly gate: NodeId;
}

/** The one node that uses `id` for what `roots` need; undefined if there are more, or if it is itself a root. */
function onlyUser(graph: Graph, id: NodeId, roots: readonly NodeId[]): NodeId | undefined {
  if (roots.includes(id)) return undefined;
  const marked = reachable(graph, roots);
  const users: NodeId[] = [];
  for (let user = id + 1; user < marked.length; user++) {
    if (marked[user] && operands(graph.node(user)).includes(id)) users.push(user);
  }
  return users.length === 1 ? users[0] : undefined;
}

/** Whether a node differs from 0, by the cheapest test that its form allows; true as well where a product underflows. */
function nonZero(graph: Graph, id: NodeId): NodeId {
  const node = graph.node(id);
  const zero = graph.const(0);
  if (node.op === 'mul' && graph.constant(node.a)) return nonZero(graph, node.b);
  if (node.op === 'mul' && graph.constant(node.b)) return nonZero(graph, node.a);
  if (node.op === 'max' && node.a === zero) return graph.binary('gt', node.b, zero);
  if (node.op === 'max' && node.b === zero) return graph.binary('gt', node.a, zero);
  if (node.op === 'select' && node.b === zero && graph.constant(node.a)) return node.cond;
  return graph.binary('ne', id, zero);
}

/**
 * Finds where dE/d output is not needed: it enters by one path, through selections and then by a factor that can be
 * exactly 0, the pseudo-derivative. The gate is all of these, and takes their place. The graph grows.
 *
 * Forward and backward pass may round a pseudo-derivative close to 0 differently; the adjoint therefore obeys the gate.
 *
 * @param roots - the backward results that are wanted
 * @returns undefined if there is no such path
 */
export function gateOutput(adjoint: AdjointProgram, roots: readonly NodeId[]): GatedAdjoint | undefined {
  const { graph } = adjoint;
  const seed = graph.add({ op: 'seed', name: '' });
  const backward = seedDependent(graph);
  let gate: NodeId | undefined;
  const restrict = (condition: NodeId) => {
    gate = gate === undefined ? condition : graph.binary('and', gate, condition);
  };
  for (let at = seed; ; ) {
    const user = onlyUser(graph, at, roots);
    const node = user === undefined ? undefined : graph.node(user);
    if (node?.op === 'select' && !backward[node.cond] && node.cond !== at) {
      if (graph.isConstant(node.b, 0)) restrict(node.cond);
      else if (graph.isConstant(node.a, 0)) restrict(graph.unary('not', node.cond));
      else return undefined;
      at = user!;
      continue;
    }
    if (node?.op !== 'mul' || node.a === node.b) return undefined;
    const factor = node.a === at ? node.b : node.a;
    if (backward[factor] || !canVanish(graph, factor)) return undefined;
    restrict(nonZero(graph, factor));
    const replace = substitution(graph, at, graph.select(gate!, seed, graph.const(0)));
    const { state, previousOutput, inputs, params } = adjoint.results;
    const all = (nodes: Readonly<Record<string, NodeId>>) =>
      Object.fromEntries(Object.entries(nodes).map(([name, id]) => [name, replace(id)]));
    const results = {
      ...{ state: all(state), previousOutput: replace(previousOutput) },
      ...{ inputs: all(inputs), params: all(params) },
    };
    return { adjoint: { ...adjoint, results }, gate: gate! };
  }
}
