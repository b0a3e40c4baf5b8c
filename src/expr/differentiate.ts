import { InternalError } from '../base/errors.ts';
import { buildFloat } from './build.ts';
import type { PseudoDerivative } from './definition.ts';
import { type FloatUnary, Graph, isBoolean, isLeaf, type Node, type NodeId, operands, reachable } from './graph.ts';
import { parseExpression } from './parse.ts';
import { parametersOf, type StepProgram } from './program.ts';
import { equationError } from './source.ts';

/**
 * The pseudo-derivative at `u`, as nodes.
 *
 * @throws EquationError for a name that is neither `u` nor one of its constants
 */
export function buildPseudoDerivative(graph: Graph, pseudo: PseudoDerivative, u: NodeId): NodeId {
  const expression = parseExpression({ where: `pseudo-derivative ${pseudo.name}`, text: pseudo.expression });
  const { constants } = pseudo;
  return buildFloat(expression, {
    graph,
    step: false,
    resolve(name, at) {
      if (name === 'u') return u;
      if (Object.hasOwn(constants, name)) return graph.const(constants[name]!);
      throw equationError(at, `unknown name "${name}"`, `known: ${['u', ...Object.keys(constants)].join(', ')}`);
    },
  });
}

type Share = readonly [operand: NodeId, adjoint: NodeId];

/** Adjoint of the operand of a one-argument function y = f(a). */
function unaryShare(graph: Graph, op: FloatUnary, y: NodeId, a: NodeId, g: NodeId): NodeId {
  const mul = (p: NodeId, q: NodeId) => graph.binary('mul', p, q);
  const oneMinus = (p: NodeId) => graph.binary('sub', graph.const(1), p);
  switch (op) {
    case 'neg':
      return graph.unary('neg', g);
    case 'abs':
      return graph.select(graph.binary('lt', a, graph.const(0)), graph.unary('neg', g), g);
    case 'exp':
      return mul(g, y);
    case 'log':
      return graph.binary('div', g, a);
    case 'sqrt':
      return graph.binary('div', mul(graph.const(0.5), g), y);
    case 'tanh':
      return mul(g, oneMinus(mul(y, y)));
    case 'sigmoid':
      return mul(g, mul(y, oneMinus(y)));
  }
}

/** What node `y` with adjoint `g` adds to the adjoints of its operands. */
function shares(graph: Graph, y: NodeId, g: NodeId, pseudo: PseudoDerivative | undefined): readonly Share[] {
  const node = graph.node(y);
  const zero = graph.const(0);
  if (isLeaf(node) || isBoolean(node)) return [];
  switch (node.op) {
    case 'stop':
      return [];
    case 'spike': {
      if (pseudo === undefined) throw new InternalError('differentiate', 'expected a pseudo-derivative, got none');
      return [[node.a, graph.binary('mul', g, buildPseudoDerivative(graph, pseudo, node.a))]];
    }
    case 'select':
      return [
        [node.a, graph.select(node.cond, g, zero)],
        [node.b, graph.select(node.cond, zero, g)],
      ];
    case 'add':
      return [
        [node.a, g],
        [node.b, g],
      ];
    case 'sub':
      return [
        [node.a, g],
        [node.b, graph.unary('neg', g)],
      ];
    case 'mul':
      return [
        [node.a, graph.binary('mul', g, node.b)],
        [node.b, graph.binary('mul', g, node.a)],
      ];
    case 'div': {
      const share = graph.binary('div', g, node.b);
      return [
        [node.a, share],
        [node.b, graph.unary('neg', graph.binary('mul', share, y))],
      ];
    }
    case 'min':
    case 'max': {
      // At a tie the first operand takes the whole adjoint.
      const second = graph.binary(node.op === 'min' ? 'lt' : 'gt', node.b, node.a);
      return [
        [node.a, graph.select(second, zero, g)],
        [node.b, graph.select(second, g, zero)],
      ];
    }
    default:
      return [[(node as { a: NodeId }).a, unaryShare(graph, node.op as FloatUnary, y, (node as { a: NodeId }).a, g)]];
  }
}

/**
 * Reverse-mode differentiation inside `graph`, which grows.
 *
 * @param seeds - nodes with the adjoints that enter at them
 * @param options.pseudo - stands in for the derivative of spike()
 * @param options.cut - nodes whose adjoint is collected but not passed on: they count as leaves
 * @returns the adjoint of any node that was in the graph before; the constant 0 where nothing flows
 */
export function gradients(
  graph: Graph,
  seeds: Iterable<readonly [NodeId, NodeId]>,
  options: { readonly pseudo?: PseudoDerivative; readonly cut?: ReadonlySet<NodeId> } = {},
): (id: NodeId) => NodeId {
  const { pseudo, cut } = options;
  const size = graph.size;
  const adjoint = new Map<NodeId, NodeId>();
  const give = (id: NodeId, share: NodeId) => {
    const sofar = adjoint.get(id);
    adjoint.set(id, sofar === undefined ? share : graph.binary('add', sofar, share));
  };
  const zero = graph.const(0);
  for (const [id, seed] of seeds) give(id, seed);
  for (let id = size - 1; id >= 0; id--) {
    const g = adjoint.get(id);
    if (g === undefined || g === zero || cut?.has(id)) continue;
    for (const [operand, share] of shares(graph, id, g, pseudo)) if (share !== zero) give(operand, share);
  }
  return (id) => adjoint.get(id) ?? zero;
}

/** A step's adjoint: the step's graph, extended by seed leaves and the nodes that they flow through. */
export interface AdjointProgram {
  readonly program: StepProgram;
  readonly graph: Graph;
  /** States whose adjoint can differ from 0 when only outputs carry a loss; the others have no seed. */
  readonly activeStates: readonly string[];
  readonly results: {
    readonly state: Readonly<Record<string, NodeId>>;
    readonly previousOutput: NodeId;
    readonly inputs: Readonly<Record<string, NodeId>>;
    /** Per parameter, base or derived, that the equations name. */
    readonly params: Readonly<Record<string, NodeId>>;
  };
}

/**
 * Differentiates a step in reverse.
 *
 * @param states - states whose new values carry an adjoint; all by default
 */
export function differentiate(
  program: StepProgram,
  states: readonly string[] = Object.keys(program.next),
): AdjointProgram {
  const graph = new Graph(program.graph);
  const leaf = (node: Node) => graph.add(node);
  const names = parametersOf(program.graph);
  const { state, inputs } = program.definition;
  const byName = (keys: readonly string[], op: 'param' | 'state' | 'input') =>
    keys.map((name): [string, NodeId] => [name, leaf({ op, name })]);
  // Leaves exist before the sweep, so that even one the equations never read has an adjoint: 0.
  const leaves = {
    params: byName(names, 'param'),
    state: byName(Object.keys(state), 'state'),
    inputs: byName(Object.keys(inputs), 'input'),
    previousOutput: leaf({ op: 'previousOutput' }),
  };
  const seeds = states.map((name): [NodeId, NodeId] => [program.next[name]!, leaf({ op: 'seed', name })]);
  seeds.push([program.output, leaf({ op: 'seed', name: '' })]);
  const adjoint = gradients(graph, seeds, { pseudo: program.definition.pseudoDerivative });
  const collect = (list: readonly (readonly [string, NodeId])[]) =>
    Object.fromEntries(list.map(([name, id]) => [name, adjoint(id)]));
  const results = {
    state: collect(leaves.state),
    previousOutput: adjoint(leaves.previousOutput),
    inputs: collect(leaves.inputs),
    params: collect(leaves.params),
  };
  return { program, graph, activeStates: states, results };
}

/** States that an output's adjoint can reach, directly or through later steps: the only ones that need an adjoint. */
export function activeStates(program: StepProgram): string[] {
  const full = adjointOf(program);
  const seedsBehind = (id: NodeId): Set<string> => {
    const marked = reachable(full.graph, [id]);
    const names = new Set<string>();
    for (let i = 0; i < full.graph.size; i++) {
      const node = full.graph.node(i);
      if (marked[i] && node.op === 'seed') names.add(node.name);
    }
    return names;
  };
  const sources = new Map(Object.entries(full.results.state).map(([name, id]) => [name, seedsBehind(id)]));
  const active = new Set<string>(['']);
  const previous = seedsBehind(full.results.previousOutput);
  for (let grown = -1; grown !== active.size; ) {
    grown = active.size;
    for (const [name, seeds] of sources) if ([...seeds].some((seed) => active.has(seed))) active.add(name);
    if ([...previous].some((seed) => active.has(seed))) active.add('');
  }
  return Object.keys(program.next).filter((name) => active.has(name));
}

const cache = new WeakMap<StepProgram, AdjointProgram>();

/** The adjoint with a seed on every state, computed once per program. */
export function adjointOf(program: StepProgram): AdjointProgram {
  const known = cache.get(program);
  if (known !== undefined) return known;
  const made = differentiate(program);
  cache.set(program, made);
  return made;
}

/** Whether a node's value depends on a seed: such nodes belong to the backward pass alone. */
export function seedDependent(graph: Graph): boolean[] {
  const marked: boolean[] = [];
  for (let id = 0; id < graph.size; id++) {
    const node = graph.node(id);
    marked.push(node.op === 'seed' || operands(node).some((operand) => marked[operand]));
  }
  return marked;
}
