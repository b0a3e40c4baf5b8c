import type { Graph, NodeId } from './graph.ts';

/** Whether a float can be exactly 0 over whole ranges of its operands, by its form: a clipped or selected 0, or a multiple. */
export function canVanish(graph: Graph, id: NodeId): boolean {
  const node = graph.node(id);
  switch (node.op) {
    case 'const':
      return node.value === 0;
    case 'neg':
    case 'stop':
    case 'div':
      return canVanish(graph, node.a);
    case 'mul':
    case 'min':
    case 'max':
    case 'select':
      return canVanish(graph, node.a) || canVanish(graph, node.b);
    case 'add':
    case 'sub':
      return canVanish(graph, node.a) && canVanish(graph, node.b);
    default:
      return false;
  }
}

/** Whether a node is 0 wherever `factor` is, by its form. */
export function hasFactor(graph: Graph, id: NodeId, factor: NodeId): boolean {
  if (id === factor || graph.isConstant(id, 0)) return true;
  const node = graph.node(id);
  switch (node.op) {
    case 'neg':
    case 'stop':
    case 'div':
      return hasFactor(graph, node.a, factor);
    case 'mul':
      return hasFactor(graph, node.a, factor) || hasFactor(graph, node.b, factor);
    case 'add':
    case 'sub':
    case 'select':
      return hasFactor(graph, node.a, factor) && hasFactor(graph, node.b, factor);
    default:
      return false;
  }
}
