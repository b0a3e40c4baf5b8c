import { applyNode, type Graph, isLeaf, type Node, type NodeId, operands } from './graph.ts';
import type { StepProgram } from './program.ts';

/** A node with other operands, or its value where these decide it. */
function withOperands(graph: Graph, node: Node, given: readonly NodeId[]): NodeId {
  if (node.op === 'select') {
    const cond = graph.constant(given[0]!);
    return cond === undefined ? graph.select(given[0]!, given[1]!, given[2]!) : given[cond !== 0 ? 1 : 2]!;
  }
  const changed = { ...node, a: given[0]!, ...('b' in node ? { b: given[1]! } : {}) } as Exclude<Node, { op: 'const' }>;
  if (!isLeaf(changed) && given.every((id) => graph.constant(id) !== undefined)) {
    return graph.const(applyNode(changed, (id) => graph.constant(id)!));
  }
  return graph.add(changed);
}

/**
 * The new states of neurons that do not spike in this step: nodes that are added to the graph, by state.
 *
 * @param graph - the step's graph, or one that begins with it
 * @returns undefined if no state depends on the spike, or in a way that would change how divisions are computed
 */
export function quietStep(
  graph: Graph,
  { next, output, spiking }: StepProgram,
): Readonly<Record<string, NodeId>> | undefined {
  if (!spiking) return undefined;
  const made = new Map<NodeId, NodeId>([[output, graph.const(0)]]);
  let divides = false;
  const copy = (id: NodeId): NodeId => {
    const known = made.get(id);
    if (known !== undefined) return known;
    const node = graph.node(id);
    const own = operands(node);
    const given = own.map(copy);
    const same = own.every((operand, k) => operand === given[k]);
    // A divisor that divides twice is inverted once, which is not the same to the last bit.
    divides ||= !same && node.op === 'div';
    const result = same ? id : withOperands(graph, node, given);
    made.set(id, result);
    return result;
  };
  const quiet = Object.fromEntries(Object.entries(next).map(([name, id]) => [name, copy(id)]));
  return divides || Object.keys(next).every((name) => quiet[name] === next[name]) ? undefined : quiet;
}
