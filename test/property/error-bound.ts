import { type Graph, isLeaf, type Leaf, type Node } from 'volley/expr';

/** Unit roundoff of float32. */
const U = 2 ** -24;
/** Below this, results may be subnormal and lose relative precision. */
const TINY = 1e-36;
const ULPS_OF_MATH = 4 * U;

/** A sum of bounds in which 0 times "anything" counts as anything. */
const known = (bound: number) => (Number.isNaN(bound) ? Number.POSITIVE_INFINITY : bound);

/** Error of an inner node's float32 value, given values and errors of its operands: first-order rounding analysis. */
function nodeError(
  node: Exclude<Node, { op: 'const' }>,
  y: number,
  x: (id: number) => number,
  e: (id: number) => number,
): number {
  const uncertain = (a: number, b: number) => a !== b && e(a) + e(b) > 0 && Math.abs(x(a) - x(b)) <= e(a) + e(b);
  const round = (factor: number) => factor * Math.abs(y) + TINY;
  switch (node.op) {
    case 'add':
    case 'sub':
      return e(node.a) + e(node.b) + round(U);
    case 'mul':
      return Math.abs(x(node.a)) * e(node.b) + Math.abs(x(node.b)) * e(node.a) + e(node.a) * e(node.b) + round(U);
    case 'div': {
      const divisor = Math.abs(x(node.b)) - e(node.b);
      // A quotient may be a product with the reciprocal: two roundings, and one more for the hoisted value.
      return divisor > 0 ? (e(node.a) + Math.abs(y) * e(node.b)) / divisor + round(3 * U) : Number.POSITIVE_INFINITY;
    }
    case 'min':
    case 'max':
      return Math.max(e(node.a), e(node.b));
    case 'neg':
    case 'abs':
    case 'stop':
      return e(node.a);
    case 'exp':
      return Math.abs(y) * Math.expm1(e(node.a)) + round(ULPS_OF_MATH);
    case 'log':
      return e(node.a) / Math.max(0, x(node.a) - e(node.a)) + round(ULPS_OF_MATH);
    case 'sqrt':
      return e(node.a) / (2 * Math.sqrt(Math.max(0, x(node.a) - e(node.a)))) + round(U);
    case 'tanh':
    case 'sigmoid':
      return e(node.a) + round(ULPS_OF_MATH);
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
    case 'eq':
    case 'ne':
      return uncertain(node.a, node.b) ? Number.POSITIVE_INFINITY : 0;
    case 'spike':
      return e(node.a) > 0 && Math.abs(x(node.a)) <= e(node.a) ? Number.POSITIVE_INFINITY : 0;
    case 'not':
      return e(node.a);
    case 'and':
    case 'or':
      return Math.max(e(node.a), e(node.b));
    case 'select':
      return e(node.cond) > 0 ? Number.POSITIVE_INFINITY : e(x(node.cond) !== 0 ? node.a : node.b);
    default:
      return 0;
  }
}

/**
 * How far a float32 evaluation of each node may lie from the float64 `values`; Infinity where a comparison is too close
 * to call. Constants are rounded; leaves are exact unless `leafError` says otherwise.
 */
export function errorBounds(
  graph: Graph,
  values: ArrayLike<number>,
  leafError: (leaf: Leaf, value: number) => number = () => 0,
): Float64Array {
  const errors = new Float64Array(graph.size);
  for (let id = 0; id < graph.size; id++) {
    const node = graph.node(id);
    const y = values[id]!;
    if (Number.isNaN(y)) continue; // not needed, so not evaluated
    if (node.op === 'const') errors[id] = Math.abs(Math.fround(y) - y);
    else if (isLeaf(node)) errors[id] = leafError(node, y);
    else
      errors[id] = known(
        nodeError(
          node,
          y,
          (i) => values[i]!,
          (i) => errors[i]!,
        ),
      );
  }
  return errors;
}
