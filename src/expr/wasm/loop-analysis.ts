import { type Graph, isBinary, isBoolean, isLeaf, type NodeId, operands } from '../graph.ts';

/** What code generation must know about the nodes of a loop body before it writes the first instruction. */
export interface LoopAnalysis {
  /** Per node: the same in every vector, since it depends on uniform parameters and constants alone. */
  readonly invariant: readonly boolean[];
  /** Per node: how often it is an operand, or a root. */
  readonly uses: readonly number[];
  /** Divisor → number of divisions by it. */
  readonly divisions: ReadonlyMap<NodeId, number>;
  /** Invariant nodes that a varying node, or the loop itself, uses: what to compute before the loop. */
  readonly hoisted: readonly NodeId[];
  /** Nodes to read from memory. */
  readonly loaded: readonly NodeId[];
}

/** Whether a node is best held as a mask: a truth value, or a computed 0/1. */
export function isMask(graph: Graph, id: NodeId): boolean {
  const node = graph.node(id);
  return isBoolean(node) || (node.op !== 'const' && isBinary(graph, id));
}

function invariantNodes(
  graph: Graph,
  isUniform: (name: string) => boolean,
  isLoaded: (id: NodeId) => boolean,
): boolean[] {
  const invariant: boolean[] = [];
  for (let id = 0; id < graph.size; id++) {
    const node = graph.node(id);
    const leaf = node.op === 'const' || (node.op === 'param' && isUniform(node.name));
    const inner = !isLeaf(node) && operands(node).every((operand) => invariant[operand]);
    invariant.push(!isLoaded(id) && (leaf || inner));
  }
  return invariant;
}

/**
 * Walks from the roots down to what is loaded.
 *
 * @param isUniform - whether a parameter has one value for all neurons
 * @param isLoaded - whether a node is read from memory if it is needed
 */
export function analyseLoop(
  graph: Graph,
  roots: readonly NodeId[],
  isUniform: (name: string) => boolean,
  isLoaded: (id: NodeId) => boolean,
): LoopAnalysis {
  const invariant = invariantNodes(graph, isUniform, isLoaded);
  const uses = new Array<number>(graph.size).fill(0);
  const divisions = new Map<NodeId, number>();
  const hoisted = new Set<NodeId>();
  const loaded: NodeId[] = [];
  const visit = (id: NodeId, byVarying: boolean): void => {
    uses[id]! += 1;
    if (invariant[id] && byVarying) hoisted.add(id);
    if (uses[id]! > 1) return;
    if (isLoaded(id)) {
      loaded.push(id);
      return;
    }
    const node = graph.node(id);
    if (node.op === 'div') divisions.set(node.b, (divisions.get(node.b) ?? 0) + 1);
    for (const operand of operands(node)) visit(operand, !invariant[id]);
  };
  for (const root of roots) visit(root, true);
  return { invariant, uses, divisions, hoisted: [...hoisted], loaded };
}
