import type { Attribute } from '../graph.ts';
import { floatOf, intOf, intsOf, textOf, unsupported } from '../node.ts';
import { axes, type Rule, rankOf, without } from './canonical-rule.ts';

export const pad: Rule = (node, seen) => {
  const rank = rankOf(node, seen);
  const mode = textOf(node, 'mode', 'constant');
  if (mode === 'wrap')
    throw unsupported(node, 'a mode of constant reflect edge', 'wrapping is newer than the operators used');
  const given = intsOf(node, 'pads') ?? seen.numbers(node.inputs[1]);
  if (!given) throw unsupported(node, 'constant pads', 'they depend on the image');
  const places = axes(node, seen, 3, rank) ?? Array.from({ length: rank }, (_, axis) => axis);
  const pads = new Array<number>(2 * rank).fill(0);
  places.forEach((axis, k) => {
    pads[axis] = given[k]!;
    pads[axis + rank] = given[k + places.length]!;
  });
  const fill = floatOf(node, 'value', seen.numbers(node.inputs[2])?.[0] ?? 0);
  const inputs = [node.inputs[0]!, seen.ints(node, 'pads', pads), seen.floats(node, 'value', [fill], [])];
  return { ...node, inputs, attributes: { mode: { kind: 'string', value: mode } } };
};

export const resize: Rule = (node, seen) => {
  const shape = seen.shape(node.inputs[0]!);
  const old = node.op === 'Upsample' || seen.opset < 11;
  if (intOf(node, 'antialias', 0) || textOf(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch') {
    throw unsupported(node, 'resizing without antialias, to sizes as they are', 'newer than the operators used');
  }
  const places = axes(node, seen, -1, shape.length) ?? shape.map((_, axis) => axis);
  const scales = seen.numbers(node.inputs[old ? 1 : 2]);
  const sizes = seen.numbers(node.inputs[3]);
  const factors = new Array<number>(shape.length).fill(1);
  places.forEach((axis, k) => {
    if (scales?.length) factors[axis] = scales[k]!;
    // Not the batch: its entry depends on it.
    else if (axis > 0 && sizes) factors[axis] = scaleTo(Number(shape[axis]), sizes[k]!);
  });
  const attributes = old
    ? {
        mode: { kind: 'string', value: textOf(node, 'mode', 'nearest') },
        coordinate_transformation_mode: { kind: 'string', value: 'asymmetric' },
        nearest_mode: { kind: 'string', value: 'floor' },
      }
    : without(node, 'axes', 'antialias', 'keep_aspect_ratio_policy');
  const inputs = [node.inputs[0]!, '', seen.floats(node, 'scales', factors)];
  return { ...node, op: 'Resize', inputs, attributes: attributes as Record<string, Attribute> };
};

/** The float32 scale that takes a size to another; rounding down must not lose one. */
function scaleTo(from: number, to: number): number {
  const scale = Math.fround(to / from);
  return Math.floor(from * scale) >= to ? scale : Math.fround(scale * (1 + 2 ** -23));
}

export const averagePool: Rule = (node) => {
  if (intsOf(node, 'dilations')?.some((step) => step !== 1)) {
    throw unsupported(node, 'windows without gaps', 'dilated average pooling is newer than the operators used');
  }
  return { ...node, attributes: without(node, 'dilations') };
};
