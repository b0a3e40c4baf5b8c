import { evaluateGraph } from '../evaluate.ts';
import { Graph, type Leaf, type NodeId, reachable } from '../graph.ts';
import { variesWithTime } from '../scaled.ts';
import type { SynapseBlock, SynapseProgram } from './program.ts';

/** x' = factor·x + offset at every step, so after n steps x = rest + factorⁿ·(x - rest). */
export interface SynapseDecay {
  /** In (0, 1], or 0. */
  readonly factor: number;
  /** What x goes to; 0 where the factor is 1. */
  readonly rest: number;
}

type Values = Readonly<Record<string, number>>;

/** x' as coefficients of x and 1, in the block's graph; undefined if x' is not a sum of such terms. */
type Affine = { readonly factor: NodeId; readonly offset: NodeId } | undefined;

/** The coefficients of `id` in the variable `x`, built from constants and parameters alone. */
function affineIn(graph: Graph, id: NodeId, x: NodeId, varies = variesWithTime(graph)): Affine {
  if (id === x) return { factor: graph.const(1), offset: graph.const(0) };
  if (!varies(id)) return { factor: graph.const(0), offset: id };
  const node = graph.node(id);
  const scaled = (part: Affine, scale: (value: NodeId) => NodeId): Affine =>
    part && { factor: scale(part.factor), offset: scale(part.offset) };
  switch (node.op) {
    case 'neg':
      return scaled(affineIn(graph, node.a, x, varies), (value) => graph.unary('neg', value));
    case 'add':
    case 'sub': {
      const [a, b] = [affineIn(graph, node.a, x, varies), affineIn(graph, node.b, x, varies)];
      if (a === undefined || b === undefined) return undefined;
      const { op } = node;
      return { factor: graph.binary(op, a.factor, b.factor), offset: graph.binary(op, a.offset, b.offset) };
    }
    case 'mul': {
      const [constant, other] = varies(node.a) ? [node.b, node.a] : [node.a, node.b];
      if (varies(constant)) return undefined;
      return scaled(affineIn(graph, other, x, varies), (value) => graph.binary('mul', constant, value));
    }
    case 'div':
      if (varies(node.b)) return undefined;
      return scaled(affineIn(graph, node.a, x, varies), (value) => graph.binary('div', value, node.b));
    default:
      return undefined;
  }
}

/** Whether a variable appears in no other update of the block than its own. */
function isPrivate({ graph, updates }: SynapseBlock, name: string, x: NodeId): boolean {
  const own = updates.find((update) => update.name === name)!;
  const others = updates.filter((update) => update !== own);
  const read = reachable(
    graph,
    others.map(({ node }) => node),
  );
  return !read[x] && !read[own.node];
}

function decayOf({ graph, updates }: SynapseBlock, name: string, x: NodeId, params: Values): SynapseDecay | undefined {
  const { node } = updates.find((update) => update.name === name)!;
  const affine = affineIn(graph, node, x);
  if (affine === undefined) return undefined;
  const leaf = (given: Leaf) => (given.op === 'const' ? given.value : given.op === 'param' ? params[given.name]! : 0);
  const values = evaluateGraph(graph, [affine.factor, affine.offset], leaf);
  const [factor, offset] = [values[affine.factor]!, values[affine.offset]!];
  if (factor === 1) return offset === 0 ? { factor, rest: 0 } : undefined;
  return factor >= 0 && factor < 1 && Number.isFinite(offset) ? { factor, rest: offset / (1 - factor) } : undefined;
}

/**
 * The synapse variables that change by themselves in a way known ahead: what `onStep` does to them is a linear decay with
 * constant coefficients, and nothing else in `onStep` reads them. Such a variable is computed when an event or a sweep
 * touches its synapse, from the number of steps since the last touch, and costs nothing in between.
 *
 * @param params - every parameter, base and derived, with `dt`
 */
export function lazyDecays(program: SynapseProgram, params: Values): Record<string, SynapseDecay> {
  if (program.blocks.onStep === undefined) return {};
  // A copy, since coefficients are new nodes.
  const block = { ...program.blocks.onStep, graph: new Graph(program.blocks.onStep.graph) };
  const found = block.updates.flatMap(({ name, scope }): [string, SynapseDecay][] => {
    const x = block.graph.add({ op: 'state', name });
    if (scope !== 'synapse' || !isPrivate(block, name, x)) return [];
    const decay = decayOf(block, name, x, params);
    return decay === undefined ? [] : [[name, decay]];
  });
  return Object.fromEntries(found);
}
