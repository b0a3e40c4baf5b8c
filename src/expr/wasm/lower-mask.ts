import { InternalError } from '../../base/errors.ts';
import type { Node, NodeId } from '../graph.ts';
import type { SimdName } from './code.ts';
import type { Values } from './lowering.ts';

const DIRECT = {
  lt: 'f32x4Lt',
  le: 'f32x4Le',
  gt: 'f32x4Gt',
  ge: 'f32x4Ge',
  eq: 'f32x4Eq',
  ne: 'f32x4Ne',
} as const satisfies Readonly<Partial<Record<Node['op'], SimdName>>>;

function selectMask(values: Values, cond: NodeId, a: NodeId, b: NodeId): void {
  const { code, graph } = values.options;
  if (graph.isConstant(a, 1) && graph.isConstant(b, 0)) values.mask(cond);
  else if (graph.isConstant(a, 0)) {
    values.mask(b);
    values.mask(cond);
    code.v128AndNot();
  } else if (graph.isConstant(b, 0)) {
    values.mask(a);
    values.mask(cond);
    code.v128And();
  } else {
    values.mask(a);
    values.mask(b);
    values.mask(cond);
    code.v128Bitselect();
  }
}

/** Pushes two values whose comparison says whether a node is above 0: a difference is, where its first operand is above its second. */
function pushSpikeOperands(values: Values, id: NodeId): void {
  const { graph, loads } = values.options;
  const node = graph.node(id);
  if (node.op === 'sub' && values.analysis.uses[id] === 1 && !loads.has(id) && !values.analysis.invariant[id]) {
    values.float(node.a);
    values.float(node.b);
    return;
  }
  values.float(id);
  values.cache.push('const 0');
}

/** Computes a node that is not in memory and pushes it as a mask. */
export function pushMask(values: Values, id: NodeId): void {
  const { code, graph } = values.options;
  const node = graph.node(id);
  switch (node.op) {
    case 'const': {
      const bits = node.value === 0 ? 0 : -1;
      code.i32x4Const(bits, bits, bits, bits);
      return;
    }
    case 'spike':
      pushSpikeOperands(values, node.a);
      if (node.inclusive) code.f32x4Ge();
      else code.f32x4Gt();
      return;
    case 'stop':
      values.mask(node.a);
      return;
    case 'not':
      values.mask(node.a);
      code.v128Not();
      return;
    case 'and':
    case 'or':
    case 'mul':
      values.mask(node.a);
      values.mask(node.b);
      if (node.op === 'or') code.v128Or();
      else code.v128And();
      return;
    case 'select':
      selectMask(values, node.cond, node.a, node.b);
      return;
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
    case 'eq':
    case 'ne':
      values.float(node.a);
      values.float(node.b);
      code[DIRECT[node.op]]();
      return;
  }
  throw new InternalError('Lowering', `expected a mask for node ${id} (${node.op}), got neither code nor memory`);
}
