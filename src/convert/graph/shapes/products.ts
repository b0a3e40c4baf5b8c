import { intOf } from '../node.ts';
import { broadcast } from './dimensions.ts';
import { axesOf } from './rearrange.ts';
import { misfit, type ShapeRule } from './rule.ts';

/** Operators of one value that keep its shape. */
export const same: ShapeRule = (sight) => [sight.shape(0)];

/** Operators of one or more values entry by entry. */
export const elementwise: ShapeRule = (sight) => {
  const shapes = sight.node.inputs.flatMap((name, k) => (name === '' ? [] : [sight.shape(k)]));
  return [
    shapes.reduce((a, b) => {
      const together = broadcast(a, b);
      if (!together) throw misfit(sight, 'shapes that broadcast', `[${a}] and [${b}]`);
      return together;
    }),
  ];
};

export const gemm: ShapeRule = (sight) => {
  const [a, b] = [sight.shape(0), sight.shape(1)];
  if (a.length !== 2 || b.length !== 2) throw misfit(sight, 'two matrices', `[${a}] and [${b}]`);
  const [rows, inner] = intOf(sight.node, 'transA', 0) ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [depth, columns] = intOf(sight.node, 'transB', 0) ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (inner !== depth) throw misfit(sight, `${depth} columns`, inner);
  return [[rows, columns]];
};

export const matMul: ShapeRule = (sight) => {
  const [a, b] = [sight.shape(0), sight.shape(1)];
  if (a.length < 2 || b.length < 2) throw misfit(sight, 'two matrices', `[${a}] and [${b}]`);
  const stack = broadcast(a.slice(0, -2), b.slice(0, -2));
  if (!stack || a.at(-1) !== b.at(-2)) throw misfit(sight, 'matrices that fit', `[${a}] and [${b}]`);
  return [[...stack, a.at(-2)!, b.at(-1)!]];
};

export const reduction: ShapeRule = (sight) => {
  const shape = sight.shape(0);
  const axes = axesOf(sight, 1, shape.length) ?? shape.map((_, axis) => axis);
  if (intOf(sight.node, 'keepdims', 1)) return [shape.map((size, axis) => (axes.includes(axis) ? 1 : size))];
  return [shape.filter((_, axis) => !axes.includes(axis))];
};
