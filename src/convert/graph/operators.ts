import { own } from '../../base/own.ts';
import type { Graph, GraphNode } from './graph.ts';
import { intOf, SUPPORTED, unsupported } from './node.ts';

/** What a node of a normalised graph is to a spiking network. */
export type Role = 'linear' | 'activation' | 'product' | 'max-pool';

/** Whether input k is a constant. */
type IsConstant = (k: number) => boolean;

const always = (): Role => 'linear';
const withConstants = (node: GraphNode, isConstant: IsConstant): Role => {
  if (node.inputs.every((name, k) => k === 0 || name === '' || isConstant(k))) return 'linear';
  throw unsupported(node, 'weights and settings that are constant', 'they depend on the image');
};

const ROLES: Readonly<Record<string, (node: GraphNode, isConstant: IsConstant) => Role>> = {
  Activation: () => 'activation',
  Add: always,
  Sub: always,
  Sum: always,
  Neg: always,
  Concat: always,
  Gemm(node, isConstant) {
    if (isConstant(1) && intOf(node, 'transA', 0) === 0) return 'linear';
    throw unsupported(node, 'a product of one row per image with constant weights', 'both factors depend on the image');
  },
  MatMul(node, isConstant) {
    if (isConstant(0) !== isConstant(1)) return 'linear';
    throw unsupported(node, 'a product with constant weights', 'both factors depend on the image');
  },
  Mul: (_node, isConstant) => (isConstant(0) || isConstant(1) ? 'linear' : 'product'),
  Div(node, isConstant) {
    if (isConstant(1)) return 'linear';
    throw unsupported(node, 'division by a constant', 'the divisor depends on the image');
  },
  MaxPool(node) {
    if (node.outputs.length === 1) return 'max-pool';
    throw unsupported(node, 'a maximum without its place', 'unpooling has no spiking form');
  },
  ...Object.fromEntries(
    (
      'Conv ConvTranspose AveragePool GlobalAveragePool ReduceMean ReduceSum Flatten Reshape Transpose Split Slice Pad Squeeze ' +
      'Unsqueeze Gather Resize DepthToSpace SpaceToDepth'
    )
      .split(' ')
      .map((op) => [op, withConstants]),
  ),
};

/**
 * What a node of a normalised graph is.
 *
 * @throws UnsupportedError naming operator, node and inputs if it is nothing that conversion knows
 */
export function roleOf(node: GraphNode, graph: Graph): Role {
  const role = own(ROLES, node.op);
  if (!role) throw unsupported(node, 'an operator that conversion knows', SUPPORTED);
  return role(node, (k) => graph.constants.has(node.inputs[k] ?? ''));
}
