import { type AdjointProgram, buildPseudoDerivative } from './differentiate.ts';
import { type Graph, isLeaf, type Node, type NodeId, operands } from './graph.ts';
import { canVanish, hasFactor } from './sparsity.ts';

/**
 * An input whose adjoint is a leaky sum over the steps: dE/dI(t) = q(t) + decay · dE/dI(t + 1), with a q that is exactly 0
 * wherever the pseudo-derivative is. What is linear in dE/dI can then be computed from the non-zeros of q alone.
 */
export interface LeakyInput {
  /** The state that the input is integrated into. */
  readonly state: string;
  /** Depends on parameters and constants alone. */
  readonly decay: NodeId;
  /** The adjoint of the input with the seed of `state` set to 0. */
  readonly q: NodeId;
}

/** A node as scale · core, the scale made of parameters and constants alone. */
interface Scaled {
  readonly core: NodeId;
  readonly scale: NodeId;
}

/** Marks every node that depends on leaves for which `test` holds. */
function dependsOn(graph: Graph, test: (leaf: Node) => boolean): (id: NodeId) => boolean {
  const known = new Map<NodeId, boolean>();
  const visit = (id: NodeId): boolean => {
    const sofar = known.get(id);
    if (sofar !== undefined) return sofar;
    const node = graph.node(id);
    const result = isLeaf(node) ? test(node) : operands(node).some(visit);
    known.set(id, result);
    return result;
  };
  return visit;
}

const varies = (graph: Graph) => dependsOn(graph, (leaf) => leaf.op !== 'const' && leaf.op !== 'param');

/** Peels factors that do not vary off a node; a sum of multiples of one core is a multiple of that core. */
function scaled(graph: Graph, id: NodeId, varying: (id: NodeId) => boolean): Scaled {
  const node = graph.node(id);
  const peel = (inner: NodeId, wrap: (scale: NodeId) => NodeId): Scaled => {
    const { core, scale } = scaled(graph, inner, varying);
    return { core, scale: wrap(scale) };
  };
  const whole = { core: id, scale: graph.const(1) };
  switch (node.op) {
    case 'neg':
      return peel(node.a, (scale) => graph.unary('neg', scale));
    case 'mul':
      if (!varying(node.a)) return peel(node.b, (scale) => graph.binary('mul', scale, node.a));
      return varying(node.b) ? whole : peel(node.a, (scale) => graph.binary('mul', scale, node.b));
    case 'div':
      return varying(node.b) ? whole : peel(node.a, (scale) => graph.binary('div', scale, node.b));
    case 'add':
    case 'sub': {
      const [a, b] = [scaled(graph, node.a, varying), scaled(graph, node.b, varying)];
      return a.core === b.core ? { core: a.core, scale: graph.binary(node.op, a.scale, b.scale) } : whole;
    }
    default:
      return whole;
  }
}

/** The coefficient of a leaf in a node that is linear in it, if that does not vary; else undefined. */
function coefficient(graph: Graph, id: NodeId, leaf: NodeId, varying: (id: NodeId) => boolean): NodeId | undefined {
  const present = dependsOn(graph, (node) => node === graph.node(leaf));
  const visit = (at: NodeId): NodeId | undefined => {
    if (at === leaf) return graph.const(1);
    if (!present(at)) return graph.const(0);
    const { core, scale } = scaled(graph, at, varying);
    const node = graph.node(core);
    let inner: NodeId | undefined;
    if (core !== at) {
      inner = visit(core);
    } else if (node.op === 'add' || node.op === 'sub') {
      const [a, b] = [visit(node.a), visit(node.b)];
      inner = a === undefined || b === undefined ? undefined : graph.binary(node.op, a, b);
    }
    return inner === undefined ? undefined : graph.binary('mul', scale, inner);
  };
  return visit(id);
}

/** A node with a leaf replaced, simplified on the way. */
function substitute(graph: Graph, id: NodeId, leaf: NodeId, value: NodeId): NodeId {
  const present = dependsOn(graph, (node) => node === graph.node(leaf));
  const made = new Map<NodeId, NodeId>([[leaf, value]]);
  const visit = (at: NodeId): NodeId => {
    if (!present(at)) return at;
    const known = made.get(at);
    if (known !== undefined) return known;
    const node = { ...graph.node(at) } as { -readonly [Key in 'a' | 'b' | 'cond']?: NodeId } & Node;
    const result = graph.add({
      ...node,
      ...(node.a === undefined ? {} : { a: visit(node.a) }),
      ...(node.b === undefined ? {} : { b: visit(node.b) }),
      ...(node.cond === undefined ? {} : { cond: visit(node.cond) }),
    } as Node);
    made.set(at, result);
    return result;
  };
  return visit(id);
}

/** The pseudo-derivatives of the program's spikes that are exactly 0 for some potentials. */
function vanishingPseudoDerivatives({ graph, program }: AdjointProgram): NodeId[] {
  const pseudo = program.definition.pseudoDerivative;
  if (pseudo === undefined) return [];
  const found: NodeId[] = [];
  for (let id = program.graph.size - 1; id >= 0; id--) {
    const node = program.graph.node(id);
    if (node.op === 'spike') found.push(buildPseudoDerivative(graph, pseudo, node.a));
  }
  return found.filter((id) => canVanish(graph, id));
}

/**
 * Finds the leaky sum in an input's adjoint, for a model of any form. Let λ be the adjoint of an active state's new value:
 * the input qualifies if, for one state, dE/d(old state) = a·λ and dE/d input = c·λ with a and c of parameters alone, λ
 * contains its seed with a coefficient m of parameters alone, and everything else in λ has a pseudo-derivative as a
 * factor that can vanish. The seed of step t is a·λ of step t + 1, so decay = m·a. The graph grows.
 *
 * @returns undefined if the input has no such form
 */
export function leakyInput(adjoint: AdjointProgram, input: string): LeakyInput | undefined {
  const { graph, results, activeStates } = adjoint;
  const dInput = results.inputs[input]!;
  const pseudo = vanishingPseudoDerivatives(adjoint);
  const varying = varies(graph);
  const { core: lambda } = scaled(graph, dInput, varying);
  for (const state of pseudo.length > 0 ? activeStates : []) {
    const old = scaled(graph, results.state[state]!, varying);
    if (old.core !== lambda) continue;
    const seed = graph.add({ op: 'seed', name: state });
    const own = coefficient(graph, lambda, seed, varying);
    if (own === undefined || graph.isConstant(own, 0)) continue;
    const q = substitute(graph, dInput, seed, graph.const(0));
    if (!pseudo.some((factor) => hasFactor(graph, q, factor))) continue;
    return { state, decay: graph.binary('mul', own, old.scale), q };
  }
  return undefined;
}
