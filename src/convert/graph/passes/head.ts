import type { Graph } from '../graph.ts';
import { makersOf, prune } from '../node.ts';
import { inferShapes, inputShapesOf } from '../shapes/infer-shapes.ts';

/** Operators that leave the largest entry the largest. */
const KEEP_ORDER: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);

/** The graph without a softmax or sigmoid at its end: the answer is the largest entry of what it reads, too. */
export function withoutHead(graph: Graph): Graph {
  const last = makersOf(graph).get(graph.outputs[0]!.name);
  if (!last || !KEEP_ORDER.has(last.op)) return graph;
  const name = last.inputs[0]!;
  const shape = inferShapes(graph, inputShapesOf(graph)).get(name)!;
  return prune({ ...graph, outputs: [{ name, shape }] });
}
