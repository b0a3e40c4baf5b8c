import { type Graph, isLeaf, type Node, type NodeId, operands } from './graph.ts';

/** A node as scale · core, the scale made of parameters and constants alone. */
export interface Scaled {
  readonly core: NodeId;
  readonly scale: NodeId;
}

/** Marks every node that depends on leaves for which `test` holds. */
export function dependsOn(graph: Graph, test: (leaf: Node) => boolean): (id: NodeId) => boolean {
  const known = new Map<NodeId, boolean>();
  const visit = (id: NodeId): boolean => {
    const sofar = known.get(id);
    if (sofar !== undefined) return sofar;
    const node = graph.node(id);
    const result = isLeaf(node) ? test(node) : operands(node).some(visit);
    known.set(id, result);
    return result;
  };
  return visit;
}

/** Marks what changes from step to step: everything but constants and parameters. */
export const variesWithTime = (graph: Graph) => dependsOn(graph, (leaf) => leaf.op !== 'const' && leaf.op !== 'param');

/** Peels factors that do not vary off a node; a sum of multiples of one core is a multiple of that core. */
export function scaled(graph: Graph, id: NodeId, varying: (id: NodeId) => boolean): Scaled {
  const node = graph.node(id);
  const peel = (inner: NodeId, wrap: (scale: NodeId) => NodeId): Scaled => {
    const { core, scale } = scaled(graph, inner, varying);
    return { core, scale: wrap(scale) };
  };
  const whole = { core: id, scale: graph.const(1) };
  switch (node.op) {
    case 'neg':
      return peel(node.a, (scale) => graph.unary('neg', scale));
    case 'mul':
      if (!varying(node.a)) return peel(node.b, (scale) => graph.binary('mul', scale, node.a));
      return varying(node.b) ? whole : peel(node.a, (scale) => graph.binary('mul', scale, node.b));
    case 'div':
      return varying(node.b) ? whole : peel(node.a, (scale) => graph.binary('div', scale, node.b));
    case 'add':
    case 'sub': {
      const [a, b] = [scaled(graph, node.a, varying), scaled(graph, node.b, varying)];
      return a.core === b.core ? { core: a.core, scale: graph.binary(node.op, a.scale, b.scale) } : whole;
    }
    default:
      return whole;
  }
}
