import type { Graph, GraphNode } from '../graph.ts';
import { prune, readersOf } from '../node.ts';
import { inferShapes, inputShapesOf } from '../shapes/infer-shapes.ts';

/** Makes one `Gemm` of a matrix product of one row per image with constant weights, and of a constant row added to it. */
export function gatherDense(graph: Graph): Graph {
  const shapes = inferShapes(graph, inputShapesOf(graph));
  const readers = readersOf(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const gone = new Set<GraphNode>();

  const biasOf = (node: GraphNode, columns: number): { sum: GraphNode; bias: string } | undefined => {
    const [sum, ...others] = readers.get(node.outputs[0]!) ?? [];
    if (sum?.op !== 'Add' || others.length > 0 || outputs.has(node.outputs[0]!)) return undefined;
    const bias = sum.inputs.find((name) => graph.constants.has(name));
    const shape = bias === undefined ? undefined : graph.constants.get(bias)!.shape;
    return bias !== undefined && shape?.length === 1 && shape[0] === columns ? { sum, bias } : undefined;
  };

  const nodes = graph.nodes.map((node) => {
    const [input, weights] = node.inputs;
    const matrix = graph.constants.get(weights ?? '');
    const isDense = node.op === 'MatMul' && matrix?.shape.length === 2 && shapes.get(input!)?.length === 2;
    if (!isDense) return node;
    const found = biasOf(node, matrix.shape[1]!);
    if (!found) return { ...node, op: 'Gemm' };
    gone.add(found.sum);
    return { ...node, op: 'Gemm', inputs: [input!, weights!, found.bias], outputs: found.sum.outputs };
  });
  return prune({ ...graph, nodes: nodes.filter((node) => !gone.has(node)) });
}
