import type { Attribute, GraphNode } from '../graph.ts';
import { intsOf } from '../node.ts';
import { axisOf, type Dimensions } from '../shapes/dimensions.ts';

/** What the rules see: the version of the file, shapes and constants so far. */
export interface Versioned {
  readonly opset: number;
  shape(name: string): Dimensions;
  /** Entries of a constant; an entry that depends on the size of the batch is NaN; undefined where there is none. */
  numbers(name: string | undefined): readonly number[] | undefined;
  /** Makes a constant and returns its name. */
  ints(owner: GraphNode, role: string, values: readonly number[]): string;
  floats(owner: GraphNode, role: string, values: readonly number[], shape?: readonly number[]): string;
}

/** A node in the form of version 17. */
export type Rule = (node: GraphNode, seen: Versioned) => GraphNode;

/** The attributes but some. */
export const without = (node: GraphNode, ...names: readonly string[]): Readonly<Record<string, Attribute>> =>
  Object.fromEntries(Object.entries(node.attributes).filter(([name]) => !names.includes(name)));

/** Axes of an operator, from the attribute or input that its version has, counted from the front. */
export function axes(node: GraphNode, seen: Versioned, k: number, rank: number): number[] | undefined {
  const given = intsOf(node, 'axes') ?? seen.numbers(node.inputs[k]);
  return given?.map((axis) => axisOf(axis, rank));
}

export const rankOf = (node: GraphNode, seen: Versioned): number => seen.shape(node.inputs[0]!).length;
