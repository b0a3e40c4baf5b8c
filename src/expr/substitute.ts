import { type Graph, isLeaf, type Node, type NodeId, operands } from './graph.ts';

/** Rebuilds nodes with `from` replaced by `to`, simplified on the way; what does not depend on `from` stays. The graph grows. */
export function substitution(graph: Graph, from: NodeId, to: NodeId): (id: NodeId) => NodeId {
  const made = new Map<NodeId, NodeId>([[from, to]]);
  const visit = (id: NodeId): NodeId => {
    const known = made.get(id);
    if (known !== undefined) return known;
    const node = graph.node(id);
    let result = id;
    if (!isLeaf(node) && operands(node).some((operand) => visit(operand) !== operand)) {
      const copy = { ...node } as { -readonly [Key in 'a' | 'b' | 'cond']?: NodeId } & Node;
      result = graph.add({
        ...copy,
        ...(copy.a === undefined ? {} : { a: visit(copy.a) }),
        ...(copy.b === undefined ? {} : { b: visit(copy.b) }),
        ...(copy.cond === undefined ? {} : { cond: visit(copy.cond) }),
      } as Node);
    }
    made.set(id, result);
    return result;
  };
  return visit;
}
