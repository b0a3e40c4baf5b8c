import { type Graph, isLeaf, type Leaf, operands } from '../graph.ts';
import type { Expression } from '../parse.ts';
import type { Position } from '../source.ts';

/** What a value belongs to: one for all, one per presynaptic neuron, one per postsynaptic neuron, one per synapse. */
export type Scope = 'global' | 'pre' | 'post' | 'synapse';

/** The scope of a value that depends on two others. */
export function joinScopes(a: Scope, b: Scope): Scope {
  if (a === 'global' || a === b) return b;
  return b === 'global' ? a : 'synapse';
}

/** Whether a value of scope `inner` has one value for everything of scope `outer`. */
export const isWithin = (inner: Scope, outer: Scope): boolean => joinScopes(inner, outer) === outer;

/** The names that an expression reads, in the order of the text. */
export function namesIn(expression: Expression): { readonly name: string; readonly at: Position }[] {
  switch (expression.kind) {
    case 'number':
      return [];
    case 'name':
      return [{ name: expression.name, at: expression.at }];
    case 'unary':
      return namesIn(expression.a);
    case 'binary':
      return [...namesIn(expression.a), ...namesIn(expression.b)];
    case 'call':
      return expression.args.flatMap(namesIn);
  }
}

/** The scope of every node of a graph, given those of its leaves. */
export function nodeScopes(graph: Graph, ofLeaf: (leaf: Leaf) => Scope): Scope[] {
  const scopes: Scope[] = [];
  for (let id = 0; id < graph.size; id++) {
    const node = graph.node(id);
    const joined = () =>
      operands(node).reduce<Scope>((scope, operand) => joinScopes(scope, scopes[operand]!), 'global');
    scopes.push(isLeaf(node) ? ofLeaf(node) : joined());
  }
  return scopes;
}
