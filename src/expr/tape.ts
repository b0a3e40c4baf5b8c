import { type AdjointProgram, seedDependent } from './differentiate.ts';
import { isBinary, isBoolean, isLeaf, type NodeId, operands, reachable } from './graph.ts';
import { FlowNetwork } from './max-flow.ts';

/** A value kept per (step, batch row, neuron): a float, or one bit for a truth value or a 0/1 number. */
export interface TapeNode {
  readonly node: NodeId;
  readonly kind: 'float' | 'bits';
}

/** What the forward pass keeps for the backward pass. */
export interface Tape {
  /** States kept for all steps: gives the old and the new value. */
  readonly states: readonly string[];
  readonly nodes: readonly TapeNode[];
}

export const NO_TAPE: Tape = { states: [], nodes: [] };

/** Bits that a tape takes per step, batch row and neuron; spikes, kept anyway, not counted. */
export function tapeBits(tape: Tape): number {
  return 32 * tape.states.length + tape.nodes.reduce((sum, { kind }) => sum + (kind === 'bits' ? 1 : 32), 0);
}

// One part in 64 makes the cut prefer a state, which the forward pass writes anyway, to another float.
const BIT = 64;
const INFINITE = 1e9;

interface Item {
  readonly into: number;
  readonly out: number;
  readonly keep: { readonly state: string } | TapeNode;
}

/** Nodes of the forward step that are at hand in the backward pass without being kept. */
function freeNodes({ program, graph }: AdjointProgram, given: readonly NodeId[]): boolean[] {
  const free: boolean[] = [];
  for (let id = 0; id < graph.size; id++) {
    const node = graph.node(id);
    const output = program.spiking && id === program.output;
    const always = node.op === 'const' || node.op === 'param' || output || given.includes(id);
    const leaf = isLeaf(node);
    free.push(always || node.op === 'previousOutput' || (!leaf && operands(node).every((operand) => free[operand])));
  }
  return free;
}

/** Forward nodes whose values the backward nodes behind `roots` use directly. */
function neededValues({ graph }: AdjointProgram, roots: readonly NodeId[], free: readonly boolean[]): Set<NodeId> {
  const backward = seedDependent(graph);
  const marked = reachable(graph, roots);
  const needed = new Set<NodeId>();
  for (let id = 0; id < graph.size; id++) {
    if (!marked[id] || !backward[id]) continue;
    for (const operand of operands(graph.node(id))) if (!backward[operand] && !free[operand]) needed.add(operand);
  }
  return needed;
}

/**
 * The cheapest tape from which the backward pass can recompute every forward value that it uses: a minimum vertex cut
 * between what is lost (inputs, random draws, old states) and what is needed. A float costs 32, a truth value 1, a state
 * 32 for its old and new value together; parameters and spikes cost nothing.
 *
 * @param roots - the backward results that are wanted
 * @param given - truth values that are kept in any case
 */
export function minimumTape(adjoint: AdjointProgram, roots: readonly NodeId[], given: readonly NodeId[] = []): Tape {
  const { graph, program } = adjoint;
  const free = freeNodes(adjoint, given);
  const needed = neededValues(adjoint, roots, free);
  const relevant = reachable(graph, needed);
  const network = new FlowNetwork();
  const source = network.vertex();
  const sink = network.vertex();
  const items = new Map<NodeId, Item>();

  const addItem = (keep: Item['keep'], cost: number): Item => {
    const item = { into: network.vertex(), out: network.vertex(), keep };
    network.edge(item.into, item.out, cost);
    return item;
  };
  for (const [state, next] of Object.entries(program.next)) {
    const leaf = graph.add({ op: 'state', name: state });
    const item = addItem({ state }, 32 * BIT);
    items.set(leaf, item);
    // The new value shares the state's vertex only where it is a computation of this state alone.
    if (!isLeaf(graph.node(next)) && !free[next] && !items.has(next)) items.set(next, item);
  }
  for (let id = 0; id < relevant.length; id++) {
    if (!relevant[id] || free[id] || items.has(id)) continue;
    const bits = isBoolean(graph.node(id)) || isBinary(graph, id);
    items.set(id, addItem({ node: id, kind: bits ? 'bits' : 'float' }, (bits ? 1 : 32) * BIT + 1));
  }
  for (let id = 0; id < relevant.length; id++) {
    if (!relevant[id] || free[id]) continue;
    const item = items.get(id)!;
    const node = graph.node(id);
    if (isLeaf(node)) network.edge(source, item.into, INFINITE);
    for (const operand of operands(node)) {
      if (!free[operand] && items.get(operand) !== item) network.edge(items.get(operand)!.out, item.into, INFINITE);
    }
    if (needed.has(id)) network.edge(item.out, sink, INFINITE);
  }

  const late = network.saturate(source, sink);
  const cut = [...new Set(items.values())].filter(({ into, out }) => !late[into] && late[out]);
  return {
    states: cut.flatMap(({ keep }) => ('state' in keep ? [keep.state] : [])),
    nodes: [
      ...given.map((node) => ({ node, kind: 'bits' as const })),
      ...cut.flatMap(({ keep }) => ('state' in keep ? [] : [keep])),
    ],
  };
}
