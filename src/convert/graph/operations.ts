import type { Graph, GraphNode } from './graph.ts';
import { intOf, intsOf } from './node.ts';
import { product } from './shapes/dimensions.ts';
import { inferShapes, inputShapesOf } from './shapes/infer-shapes.ts';

/** Arithmetic of linear operators for one image. */
export interface Operations {
  /** Products with a weight that are summed, padding included; each is one synaptic operation where its input spikes. */
  readonly multiplyAccumulates: number;
  /** Sums without a weight of their own: windows of a pool, sums of two values. */
  readonly additions: number;
}

/** Arithmetic of a linear stage for one image, also by where it starts. */
export interface OperationCounts extends Operations {
  /**
   * Per input of the graph: the operations of all operators that depend on it; what several inputs feed counts for each.
   */
  readonly bySource: ReadonlyMap<string, Operations>;
}

const NONE: Operations = { multiplyAccumulates: 0, additions: 0 };
const plus = (a: Operations, b: Operations): Operations => ({
  multiplyAccumulates: a.multiplyAccumulates + b.multiplyAccumulates,
  additions: a.additions + b.additions,
});

/** Counts the arithmetic of a linear stage; adding a constant counts as nothing. */
export function countOperations(graph: Graph): OperationCounts {
  const shapes = inferShapes(graph, inputShapesOf(graph, 1));
  const sizeOf = (name: string): number =>
    product((shapes.get(name) ?? graph.constants.get(name)?.shape ?? []).map(Number));
  const sources = new Map<string, ReadonlySet<string>>(graph.inputs.map(({ name }) => [name, new Set([name])]));
  const bySource = new Map<string, Operations>(graph.inputs.map(({ name }) => [name, NONE]));
  let total = NONE;
  for (const node of graph.nodes) {
    const here = operationsOf(node, graph, sizeOf);
    const from = new Set(node.inputs.flatMap((name) => [...(sources.get(name) ?? [])]));
    for (const source of from) bySource.set(source, plus(bySource.get(source)!, here));
    for (const output of node.outputs) sources.set(output, from);
    total = plus(total, here);
  }
  return { ...total, bySource };
}

function operationsOf(node: GraphNode, graph: Graph, sizeOf: (name: string) => number): Operations {
  const shapeOf = (k: number): readonly number[] => graph.constants.get(node.inputs[k]!)!.shape;
  const constant = (k: number): boolean => graph.constants.has(node.inputs[k]!);
  const [inputs, outputs] = [sizeOf(node.inputs[0]!), sizeOf(node.outputs[0]!)];
  switch (node.op) {
    case 'Conv':
      return { multiplyAccumulates: outputs * product(shapeOf(1).slice(1)), additions: 0 };
    case 'ConvTranspose':
      return { multiplyAccumulates: inputs * product(shapeOf(1).slice(1)), additions: 0 };
    case 'Gemm':
      return { multiplyAccumulates: outputs * shapeOf(1)[intOf(node, 'transB', 0) ? 1 : 0]!, additions: 0 };
    case 'MatMul':
      return { multiplyAccumulates: outputs * (constant(1) ? shapeOf(1).at(-2)! : shapeOf(0).at(-1)!), additions: 0 };
    case 'Mul':
    case 'Div':
      return { multiplyAccumulates: outputs, additions: 0 };
    case 'Resize':
      return { multiplyAccumulates: 0, additions: outputs };
    case 'AveragePool':
      return { multiplyAccumulates: 0, additions: outputs * product(intsOf(node, 'kernel_shape')!) };
    case 'GlobalAveragePool':
    case 'ReduceMean':
    case 'ReduceSum':
      return { multiplyAccumulates: 0, additions: inputs };
    case 'Add':
    case 'Sub':
    case 'Sum':
      return { multiplyAccumulates: 0, additions: outputs * (node.inputs.filter((_, k) => !constant(k)).length - 1) };
    default:
      return NONE;
  }
}
