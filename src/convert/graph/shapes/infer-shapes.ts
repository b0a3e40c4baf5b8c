import { own } from '../../../base/own.ts';
import type { Graph, GraphNode, GraphTensor } from '../graph.ts';
import { numbersOf, SUPPORTED, unsupported } from '../node.ts';
import type { Dimensions } from './dimensions.ts';
import { elementwise, gemm, matMul, reduction, same } from './products.ts';
import {
  blocks,
  concat,
  flatten,
  gather,
  pad,
  reshape,
  resize,
  slice,
  split,
  squeeze,
  transpose,
  unsqueeze,
} from './rearrange.ts';
import { misfit, type ShapeRule, type Sight } from './rule.ts';
import { convolution, globalPool, pool, transposedConvolution } from './windows.ts';

const ofOne =
  'Activation BatchNormalization Erf Exp Abs Log Gelu HardSigmoid HardSwish LeakyRelu LogSoftmax Mish Neg Reciprocal Relu Sigmoid Softmax Softplus Sqrt Swish Tanh Elu com.microsoft::Gelu';
const ofMany = 'Add Clip Div Max Min Mul PRelu Pow Sub Sum';

const rulesFor = (names: string, rule: ShapeRule): Record<string, ShapeRule> =>
  Object.fromEntries(names.split(' ').map((op) => [op, rule]));

const RULES: Readonly<Record<string, ShapeRule>> = {
  ...rulesFor(ofOne, same),
  ...rulesFor(ofMany, elementwise),
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  AveragePool: pool,
  MaxPool: pool,
  GlobalAveragePool: globalPool,
  Gemm: gemm,
  MatMul: matMul,
  ReduceMean: reduction,
  ReduceSum: reduction,
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Resize: resize,
  Gather: gather,
  DepthToSpace: blocks(true),
  SpaceToDepth: blocks(false),
};

/**
 * Shapes of the outputs of one node.
 *
 * @throws UnsupportedError if the operator is unknown
 * @throws ShapeError if its inputs do not fit
 */
export function inferNode(
  node: GraphNode,
  shapes: ReadonlyMap<string, Dimensions>,
  constants: ReadonlyMap<string, GraphTensor>,
): readonly Dimensions[] {
  const rule = own(RULES, node.op);
  if (!rule) throw unsupported(node, 'an operator that conversion knows', SUPPORTED);
  const sight: Sight = {
    node,
    shape(k) {
      const name = node.inputs[k] ?? '';
      const shape = shapes.get(name) ?? constants.get(name)?.shape;
      if (shape === undefined)
        throw misfit(sight, `a value as input ${k}`, name ? `"${name}", made by no node before` : 'none');
      return shape;
    },
    constant(k) {
      const tensor = constants.get(node.inputs[k] ?? '');
      return tensor && numbersOf(tensor);
    },
  };
  return rule(sight);
}

/**
 * Shapes of all values of a normalised graph, constants aside.
 *
 * @param inputs - shape per input; a size that is a name, as `batch`, is carried through
 * @throws UnsupportedError if an operator is unknown
 * @throws ShapeError if shapes do not fit
 */
export function inferShapes(graph: Graph, inputs: ReadonlyMap<string, Dimensions>): ReadonlyMap<string, Dimensions> {
  const shapes = new Map(inputs);
  for (const node of graph.nodes) {
    const found = inferNode(node, shapes, graph.constants);
    node.outputs.forEach((name, k) => {
      if (name !== '') shapes.set(name, found[k]!);
    });
  }
  return shapes;
}

/** Shapes of a graph's inputs, with a number for the batch where one is given. */
export function inputShapesOf(graph: Graph, batch?: number): ReadonlyMap<string, Dimensions> {
  return new Map(
    graph.inputs.map(({ name, shape }) => [name, batch === undefined ? shape : shape.with(0, batch)] as const),
  );
}
