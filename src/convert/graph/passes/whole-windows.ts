import type { Attribute, Graph, GraphNode } from '../graph.ts';
import { intOf, intsOf, textOf } from '../node.ts';
import type { Dimensions } from '../shapes/dimensions.ts';
import { inferShapes, inputShapesOf } from '../shapes/infer-shapes.ts';

/**
 * Spells pools whose last window may stick out (`ceil_mode`) by pads that it sticks into: runtimes disagree about how many windows such
 * a pool has, and warn. A mean that counts its pads stays: what sticks out is not counted.
 */
export function padLastWindows(graph: Graph): Graph {
  if (!graph.nodes.some((node) => intOf(node, 'ceil_mode', 0) !== 0)) return graph;
  const shapes = inferShapes(graph, inputShapesOf(graph));
  return { ...graph, nodes: graph.nodes.map((node) => padded(node, shapes)) };
}

function padded(node: GraphNode, shapes: ReadonlyMap<string, Dimensions>): GraphNode {
  const kernel = intsOf(node, 'kernel_shape');
  if (intOf(node, 'ceil_mode', 0) === 0 || !kernel || textOf(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return node;
  const [from, to] = [node.inputs[0]!, node.outputs[0]!].map((name) => shapes.get(name)!.slice(2));
  const pads = intsOf(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const before = pads.slice(0, kernel.length);
  const after = kernel.map((size, axis) => {
    const span = (intsOf(node, 'dilations')?.[axis] ?? 1) * (size - 1) + 1;
    const reach = (Number(to![axis]) - 1) * (intsOf(node, 'strides')?.[axis] ?? 1) + span;
    return Math.max(0, reach - Number(from![axis]) - before[axis]!);
  });
  const sticksOut = after.some((size, axis) => size > pads[kernel.length + axis]!);
  if (sticksOut && intOf(node, 'count_include_pad', 0) !== 0) return node;
  const { ceil_mode: _, ...attributes } = node.attributes;
  const wanted: Attribute = { kind: 'ints', value: [...before, ...after] };
  return { ...node, attributes: { ...attributes, pads: wanted } };
}
