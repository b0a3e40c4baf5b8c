import { own } from '../../base/own.ts';
import type { Graph, GraphNode, GraphTensor } from './graph.ts';
import { prune } from './node.ts';

/** Which inputs of an operator are summands; constants there are what makes a linear operator affine. */
const SUMMANDS: Readonly<Record<string, (node: GraphNode) => readonly number[]>> = {
  Conv: () => [2],
  ConvTranspose: () => [2],
  Gemm: () => [2],
  Add: () => [0, 1],
  Sub: () => [0, 1],
  Sum: ({ inputs }) => inputs.map((_, k) => k),
  Pad: () => [2],
};

/**
 * The linear part of a stage: the same inputs and outputs, every constant summand gone, so that
 *
 *   stage(x) = withoutBias(stage)(x) + stage(0)
 *
 * @param graph - a linear stage
 */
export function withoutBias(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  // One of zeros per shape: a constant may be a summand here and a factor there.
  const zeros = (tensor: GraphTensor): string => {
    const name = `zeros/${tensor.shape.join('x')}`;
    constants.set(name, { shape: tensor.shape, data: new Float32Array(tensor.data.length) });
    return name;
  };
  const nodes = graph.nodes.map((node) => {
    const summands = own(SUMMANDS, node.op)?.(node) ?? [];
    const inputs = node.inputs.map((name, k) => {
      const tensor = summands.includes(k) ? graph.constants.get(name) : undefined;
      if (!tensor) return name;
      return OPTIONAL.has(node.op) ? '' : zeros(tensor);
    });
    // A trailing input that is missing is left away.
    return { ...node, inputs: inputs.at(-1) === '' ? inputs.slice(0, -1) : inputs };
  });
  return prune({ ...graph, nodes, constants });
}

const OPTIONAL: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'Pad']);
