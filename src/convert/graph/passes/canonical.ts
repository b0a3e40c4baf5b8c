import { own } from '../../../base/own.ts';
import type { Attribute, GraphNode } from '../graph.ts';
import { floatOf, intOf, intsOf, unsupported } from '../node.ts';
import { axisOf } from '../shapes/dimensions.ts';
import { axes, type Rule, rankOf, type Versioned, without } from './canonical-rule.ts';
import { averagePool, pad, resize } from './canonical-space.ts';

/** The version of the operators that normalised graphs use. */
export const OPSET = 17;

const squeeze: Rule = (node, seen) => {
  const shape = seen.shape(node.inputs[0]!);
  const places =
    axes(node, seen, 1, shape.length) ?? shape.flatMap((size, axis) => (axis > 0 && size === 1 ? [axis] : []));
  return { ...node, inputs: [node.inputs[0]!, seen.ints(node, 'axes', places)], attributes: {} };
};

const unsqueeze: Rule = (node, seen) => {
  const given = intsOf(node, 'axes') ?? seen.numbers(node.inputs[1]) ?? [];
  const places = given.map((axis) => axisOf(axis, rankOf(node, seen) + given.length));
  return { ...node, inputs: [node.inputs[0]!, seen.ints(node, 'axes', places)], attributes: {} };
};

const reduce: Rule = (node, seen) => {
  const places = axes(node, seen, 1, rankOf(node, seen));
  if (!places?.length)
    throw unsupported(node, 'a reduction over named axes', 'one over all of them mixes the images of a batch');
  const keepdims: Attribute = { kind: 'int', value: intOf(node, 'keepdims', 1) };
  if (node.op === 'ReduceMean') {
    const attributes: GraphNode['attributes'] = { axes: { kind: 'ints', value: places }, keepdims };
    return { ...node, inputs: [node.inputs[0]!], attributes };
  }
  return { ...node, inputs: [node.inputs[0]!, seen.ints(node, 'axes', places)], attributes: { keepdims } };
};

const split: Rule = (node, seen) => {
  const shape = seen.shape(node.inputs[0]!);
  const axis = axisOf(intOf(node, 'axis', 0), shape.length);
  const total = Number(shape[axis]);
  const each = Math.ceil(total / node.outputs.length);
  const sizes =
    intsOf(node, 'split') ??
    seen.numbers(node.inputs[1]) ??
    node.outputs.map((_, k) => Math.min(each, total - k * each));
  const attributes: Record<string, Attribute> = { axis: { kind: 'int', value: axis } };
  return { ...node, inputs: [node.inputs[0]!, seen.ints(node, 'split', sizes)], attributes };
};

const slice: Rule = (node, seen) => {
  if (node.inputs.length > 1) return node;
  const [starts, ends] = [intsOf(node, 'starts') ?? [], intsOf(node, 'ends') ?? []];
  const places = intsOf(node, 'axes') ?? starts.map((_, axis) => axis);
  const inputs = [starts, ends, places].map((values, k) => seen.ints(node, ['starts', 'ends', 'axes'][k]!, values));
  return { ...node, inputs: [node.inputs[0]!, ...inputs], attributes: {} };
};

const clip: Rule = (node, seen) => {
  if (seen.opset >= 11) return node;
  const bound = (name: string): string => {
    const value = floatOf(node, name, Number.NaN);
    return Number.isNaN(value) ? '' : seen.floats(node, name, [value], []);
  };
  return { ...node, inputs: [node.inputs[0]!, bound('min'), bound('max')], attributes: {} };
};

const batchNormalisation: Rule = (node, seen) => {
  const channels = seen.shape(node.inputs[0]!)[1];
  if (![1, 2, 3, 4].every((k) => seen.numbers(node.inputs[k])?.length === channels)) {
    throw unsupported(node, `constant statistics of ${channels} channels`, 'export the model in eval mode');
  }
  const used = node.outputs.slice(1).filter((name) => name !== '');
  if (intOf(node, 'training_mode', 0) !== 0) throw unsupported(node, 'a model for inference', 'export it in eval mode');
  return {
    ...node,
    outputs: used.length > 0 ? node.outputs.slice(0, 1) : node.outputs,
    attributes: without(node, 'spatial'),
  };
};

const flatten: Rule = (node, seen) => {
  const axis = axisOf(intOf(node, 'axis', 1), rankOf(node, seen));
  if (axis !== 1) throw unsupported(node, 'flattening from axis 1 on', 'any other mixes the images of a batch');
  return { ...node, attributes: { axis: { kind: 'int', value: 1 } } };
};

const reshape: Rule = (node, seen) => {
  const [batch, ...rest] = seen.shape(node.inputs[0]!);
  const size = rest.reduce<number>((total, n) => total * Number(n), 1);
  const target = seen.numbers(node.inputs[1]);
  if (!target) throw unsupported(node, 'a shape that is constant but for the batch', 'it depends on the image');
  const copies = intOf(node, 'allowzero', 0) === 0;
  const wanted = target.slice(1).map((n, k) => (n === 0 && copies ? Number(rest[k]) : n));
  const open = wanted.indexOf(-1);
  if (open >= 0) wanted[open] = size / wanted.reduce((total, n) => (n === -1 ? total : total * n), 1);
  if (!Number.isSafeInteger(size) || wanted.reduce((total, n) => total * n, 1) !== size) {
    const got = `[${target.map((n) => (Number.isNaN(n) ? batch : n))}]`;
    throw unsupported(
      node,
      `a shape [batch, …] of ${size} values per image instead of ${got}`,
      'images of a batch must stay apart',
    );
  }
  return { ...node, inputs: [node.inputs[0]!, seen.ints(node, 'shape', [0, ...wanted])], attributes: {} };
};

const RULES: Readonly<Record<string, Rule>> = {
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  ReduceMean: reduce,
  ReduceSum: reduce,
  Split: split,
  Slice: slice,
  Pad: pad,
  Clip: clip,
  Resize: resize,
  Upsample: resize,
  AveragePool: averagePool,
  BatchNormalization: batchNormalisation,
  Flatten: flatten,
  Reshape: reshape,
};

/**
 * The node in the form that operators have in version 17 of the standard, whatever version the file has; what depends
 * on the size of the batch becomes independent of it.
 *
 * @throws UnsupportedError where that form does not exist or would mix the images of a batch
 */
export function canonicalNode(node: GraphNode, seen: Versioned): GraphNode {
  return own(RULES, node.op)?.(node, seen) ?? node;
}
