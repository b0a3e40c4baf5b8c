import { exp, log, sigmoid, tanh } from '../../../base/math.ts';
import { own } from '../../../base/own.ts';
import { erf } from '../../few-spike/functions.ts';
import type { GraphNode } from '../graph.ts';
import { floatOf, textOf } from '../node.ts';

const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const softplus = (x: number): number => Math.max(x, 0) + log(1 + exp(-Math.abs(x)));
const gelu = (x: number): number => 0.5 * x * (1 + erf(x * Math.SQRT1_2));
const geluTanh = (x: number): number => 0.5 * x * (1 + tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** The function of an operator that works entry by entry; inputs that are missing are undefined. */
type Scalar = (x: number, y: number, z: number) => number;

const SCALARS: Readonly<Record<string, (node: GraphNode) => Scalar>> = {
  Add: () => (x, y) => x + y,
  Sub: () => (x, y) => x - y,
  Mul: () => (x, y) => x * y,
  Div: () => (x, y) => x / y,
  Pow: () => (x, y) => x ** y,
  Max: () => (x, y) => Math.max(x, y),
  Min: () => (x, y) => Math.min(x, y),
  Neg: () => (x) => -x,
  Abs: () => Math.abs,
  Sqrt: () => Math.sqrt,
  Reciprocal: () => (x) => 1 / x,
  Exp: () => exp,
  Log: () => log,
  Erf: () => erf,
  Tanh: () => tanh,
  Sigmoid: () => sigmoid,
  Softplus: () => softplus,
  Mish: () => (x) => x * tanh(softplus(x)),
  Relu: () => (x) => Math.max(x, 0),
  Clip: () => (x, low, high) => clip(x, low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY),
  PRelu: () => (x, slope) => (x < 0 ? slope * x : x),
  HardSwish: () => (x) => x * clip(x / 6 + 0.5, 0, 1),
  LeakyRelu: (node) => {
    const alpha = floatOf(node, 'alpha', 0.01);
    return (x) => (x < 0 ? alpha * x : x);
  },
  HardSigmoid: (node) => {
    const [alpha, beta] = [floatOf(node, 'alpha', 0.2), floatOf(node, 'beta', 0.5)];
    return (x) => clip(alpha * x + beta, 0, 1);
  },
  Swish: (node) => {
    const alpha = floatOf(node, 'alpha', 1);
    return (x) => x * sigmoid(alpha * x);
  },
  Elu: (node) => {
    const alpha = floatOf(node, 'alpha', 1);
    return (x) => (x < 0 ? alpha * (exp(x) - 1) : x);
  },
  Gelu: (node) => (textOf(node, 'approximate', 'none') === 'tanh' ? geluTanh : gelu),
};
const SAME_ELSEWHERE: Readonly<Record<string, string>> = { 'com.microsoft::Gelu': 'Gelu' };

/** The function that a node applies to every entry; undefined where it is no operator of that kind. */
export function scalarOf(node: GraphNode): Scalar | undefined {
  return own(SCALARS, own(SAME_ELSEWHERE, node.op) ?? node.op)?.(node);
}
