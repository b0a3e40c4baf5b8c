import { InternalError } from '../../base/errors.ts';
import { type Node, type NodeId, operands } from '../graph.ts';
import type { SimdName } from './code.ts';
import { isMask } from './loop-analysis.ts';
import type { Values } from './lowering.ts';
import { mathFunction } from './math.ts';

const DIRECT = {
  add: 'f32x4Add',
  sub: 'f32x4Sub',
  min: 'f32x4Pmin',
  max: 'f32x4Pmax',
  sqrt: 'f32x4Sqrt',
} as const satisfies Readonly<Partial<Record<Node['op'], SimdName>>>;

function multiply(values: Values, id: NodeId, a: NodeId, b: NodeId): void {
  const { code, graph } = values.options;
  const masked = isMask(graph, a) ? a : isMask(graph, b) ? b : undefined;
  if (masked === undefined || values.analysis.invariant[id]) {
    values.float(a);
    values.float(b);
    code.f32x4Mul();
    return;
  }
  values.mask(masked);
  values.float(masked === a ? b : a);
  code.v128And();
}

function divide(values: Values, a: NodeId, b: NodeId): void {
  const { code } = values.options;
  values.float(a);
  const key = `reciprocal ${b}`;
  if (!values.cache.push(key)) {
    if ((values.analysis.divisions.get(b) ?? 0) < 2) {
      values.float(b);
      code.f32x4Div();
      return;
    }
    values.cache.push('const 1');
    values.float(b);
    code.f32x4Div();
    values.cache.keep(key);
  }
  code.f32x4Mul();
}

/** The product that a sum may fuse with: used here alone and not a masking. */
function fusable(values: Values, id: NodeId): { readonly a: NodeId; readonly b: NodeId } | undefined {
  const { code, graph } = values.options;
  const node = graph.node(id);
  if (
    !code.relaxed ||
    node.op !== 'mul' ||
    values.options.loads.has(id) ||
    values.analysis.uses[id]! > 1 ||
    values.analysis.invariant[id]
  )
    return undefined;
  return isMask(graph, node.a) || isMask(graph, node.b) ? undefined : node;
}

function sum(values: Values, op: 'add' | 'sub', a: NodeId, b: NodeId): void {
  const { code } = values.options;
  const right = fusable(values, b);
  const left = right === undefined && op === 'add' ? fusable(values, a) : undefined;
  const product = right ?? left;
  if (product === undefined) {
    values.float(a);
    values.float(b);
    code[DIRECT[op]]();
    return;
  }
  values.float(product.a);
  values.float(product.b);
  values.float(right === undefined ? b : a);
  if (op === 'add') code.f32x4RelaxedMadd();
  else code.f32x4RelaxedNmadd();
}

function select(values: Values, cond: NodeId, a: NodeId, b: NodeId): void {
  const { code, graph } = values.options;
  if (graph.isConstant(a, 0)) {
    values.float(b);
    values.mask(cond);
    code.v128AndNot();
    return;
  }
  values.float(a);
  if (graph.isConstant(b, 0)) {
    values.mask(cond);
    code.v128And();
    return;
  }
  values.float(b);
  values.mask(cond);
  code.v128Bitselect();
}

/** Computes a node that is not in memory and pushes it as floats. */
export function pushFloat(values: Values, id: NodeId): void {
  const { code, graph, module } = values.options;
  const node = graph.node(id);
  switch (node.op) {
    case 'const':
      code.f32Const(node.value).f32x4Splat();
      return;
    case 'param': {
      const address = values.options.uniform(node.name);
      if (address === undefined) break;
      address(code);
      code.v128Load32Splat();
      return;
    }
    case 'mul':
      multiply(values, id, node.a, node.b);
      return;
    case 'div':
      divide(values, node.a, node.b);
      return;
    case 'add':
    case 'sub':
      sum(values, node.op, node.a, node.b);
      return;
    case 'select':
      select(values, node.cond, node.a, node.b);
      return;
    case 'stop':
      values.float(node.a);
      return;
    case 'exp':
    case 'log':
    case 'tanh':
    case 'sigmoid':
      values.float(node.a);
      code.call(mathFunction(module, node.op));
      return;
    case 'neg':
    case 'abs':
      // Engines build the sign mask anew for every f32x4.neg and f32x4.abs; this one is hoisted.
      values.float(node.a);
      values.cache.push('sign');
      if (node.op === 'neg') code.v128Xor();
      else code.v128AndNot();
      return;
    case 'min':
    case 'max':
    case 'sqrt':
      for (const operand of operands(node)) values.float(operand);
      code[DIRECT[node.op]]();
      return;
  }
  throw new InternalError('Lowering', `expected a value for node ${id} (${node.op}), got neither code nor memory`);
}
