import { ShapeError } from '../../../base/errors.ts';
import type { GraphNode } from '../graph.ts';
import { describe } from '../node.ts';
import type { Dimensions } from './dimensions.ts';

/** What the rule of an operator sees of a node. */
export interface Sight {
  readonly node: GraphNode;
  /** Shape of input k; throws where there is none. */
  shape(k: number): Dimensions;
  /** Entries of input k, where it is there and constant. */
  constant(k: number): readonly number[] | undefined;
}

/** Shapes of the outputs of a node. */
export type ShapeRule = (sight: Sight) => readonly Dimensions[];

export function misfit({ node }: Sight, expected: string, got: unknown): ShapeError {
  return new ShapeError('inferShapes', `expected ${expected}, got ${got} at ${describe(node)}`, {
    fields: { node: node.name, op: node.op },
  });
}

/** A size that a rule computes with. */
export function known(sight: Sight, size: number | string | undefined): number {
  if (typeof size === 'number') return size;
  throw misfit(sight, 'a size that is a number', size === undefined ? 'none' : `"${size}"`);
}

/** Entries of input k, for rules that need them. */
export function required(sight: Sight, k: number): readonly number[] {
  const values = sight.constant(k);
  if (values === undefined) throw misfit(sight, `a constant as input ${k}`, `"${sight.node.inputs[k] ?? ''}"`);
  return values;
}
