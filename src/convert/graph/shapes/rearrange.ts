import { intOf, intsOf } from '../node.ts';
import { axisOf, type Dimensions, product } from './dimensions.ts';
import { known, misfit, required, type ShapeRule, type Sight } from './rule.ts';

/** Axes from the attribute (older operators) or from an input (newer ones), counted from the front. */
export function axesOf(sight: Sight, k: number, rank: number): readonly number[] | undefined {
  const axes = intsOf(sight.node, 'axes') ?? sight.constant(k);
  return axes?.map((axis) => axisOf(axis, rank));
}

export const reshape: ShapeRule = (sight) => {
  const from = sight.shape(0);
  const target = required(sight, 1);
  const copies = intOf(sight.node, 'allowzero', 0) === 0;
  const sizes = target.map((size, axis) => (size === 0 && copies ? from[axis]! : size));
  // What is kept in place needs no number, so a batch of any size passes.
  let kept = 0;
  while (kept < sizes.length && sizes[kept] === from[kept]) kept++;
  const total = product(from.slice(kept).map((size) => known(sight, size)));
  const rest = sizes.slice(kept).map((size) => known(sight, size));
  const open = rest.indexOf(-1);
  if (open >= 0) rest[open] = total / product(rest.filter((size) => size !== -1));
  if (product(rest) !== total) throw misfit(sight, `a target of ${total} values`, `[${target}]`);
  return [[...sizes.slice(0, kept), ...rest]];
};

export const flatten: ShapeRule = (sight) => {
  const shape = sight.shape(0);
  const axis = axisOf(intOf(sight.node, 'axis', 1), shape.length);
  if (axis !== 1) throw misfit(sight, 'flattening from axis 1 on', `axis ${axis}`);
  return [[shape[0]!, product(shape.slice(1).map((size) => known(sight, size)))]];
};

export const transpose: ShapeRule = (sight) => {
  const shape = sight.shape(0);
  const order = intsOf(sight.node, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  return [order.map((axis) => shape[axis]!)];
};

export const concat: ShapeRule = (sight) => {
  const shapes = sight.node.inputs.map((_, k) => sight.shape(k));
  const first = shapes[0]!;
  const axis = axisOf(intOf(sight.node, 'axis', 1), first.length);
  const fits = shapes.every(
    (shape) => shape.length === first.length && shape.every((n, k) => k === axis || n === first[k]),
  );
  if (!fits)
    throw misfit(sight, `shapes that differ in axis ${axis} only`, shapes.map((shape) => `[${shape}]`).join(', '));
  const total = shapes.reduce((sum, shape) => sum + known(sight, shape[axis]), 0);
  return [first.with(axis, total)];
};

export const split: ShapeRule = (sight) => {
  const shape = sight.shape(0);
  const axis = axisOf(intOf(sight.node, 'axis', 0), shape.length);
  const total = known(sight, shape[axis]);
  const parts = sight.node.outputs.length;
  const each = Math.ceil(total / parts);
  const sizes =
    intsOf(sight.node, 'split') ??
    sight.constant(1) ??
    sight.node.outputs.map((_, k) => Math.min(each, total - k * each));
  return sizes.map((size) => shape.with(axis, size));
};

/** One axis of a slice: where it starts, its step, and how many entries it takes. */
export function sliceOf(size: number, start: number, end: number, step: number): { start: number; count: number } {
  const clamp = (at: number, low: number, high: number): number =>
    Math.min(Math.max(at < 0 ? at + size : at, low), high);
  const from = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  const to = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  return { start: from, count: Math.max(0, Math.ceil((to - from) / step)) };
}

export const slice: ShapeRule = (sight) => {
  const shape = [...sight.shape(0)];
  const starts = required(sight, 1);
  const ends = required(sight, 2);
  const axes = sight.constant(3) ?? starts.map((_, axis) => axis);
  const steps = sight.constant(4);
  axes.forEach((axis, k) => {
    const at = axisOf(axis, shape.length);
    shape[at] = sliceOf(known(sight, shape[at]), starts[k]!, ends[k]!, steps?.[k] ?? 1).count;
  });
  return [shape];
};

export const pad: ShapeRule = (sight) => {
  const shape = sight.shape(0);
  const pads = required(sight, 1);
  return [
    shape.map((size, axis) => {
      const more = pads[axis]! + pads[axis + shape.length]!;
      return more === 0 ? size : known(sight, size) + more;
    }),
  ];
};

export const squeeze: ShapeRule = (sight) => {
  const shape = sight.shape(0);
  const axes = axesOf(sight, 1, shape.length);
  return [shape.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1))];
};

export const unsqueeze: ShapeRule = (sight) => {
  const shape = sight.shape(0);
  const rank = shape.length + (intsOf(sight.node, 'axes') ?? required(sight, 1)).length;
  const axes = axesOf(sight, 1, rank)!;
  const rest = shape[Symbol.iterator]();
  return [Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.next().value!))];
};

export const resize: ShapeRule = (sight) => {
  const shape = sight.shape(0);
  const scales = required(sight, 2);
  return [shape.map((size, axis) => (scales[axis] === 1 ? size : Math.floor(known(sight, size) * scales[axis]!)))];
};

export const gather: ShapeRule = (sight) => {
  const shape = sight.shape(0);
  const axis = axisOf(intOf(sight.node, 'axis', 0), shape.length);
  return [[...shape.slice(0, axis), ...sight.shape(1), ...shape.slice(axis + 1)]];
};

/** Blocks of channels to space, or back. */
export const blocks =
  (outwards: boolean): ShapeRule =>
  (sight) => {
    const [batch, channels, height, width] = sight.shape(0);
    const size = intOf(sight.node, 'blocksize', 1);
    const scale = (n: number | string | undefined, factor: number): number => known(sight, n) * factor;
    const space = outwards ? size : 1 / size;
    return [[batch!, scale(channels, 1 / space ** 2), scale(height, space), scale(width, space)] satisfies Dimensions];
  };
