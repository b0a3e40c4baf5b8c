import { Graph, isLeaf, type Node, type NodeId, operands, type StepProgram } from '../../expr/index.ts';

/** A step whose spikes may be delivered straight into states. */
export interface AbsorbedStep {
  readonly program: StepProgram;
  /** State by input: what arrives is added to the state before the step. */
  readonly states: Readonly<Record<string, string>>;
}

/** Node → nodes that read it; results of the step read theirs as -1. */
function readers({ graph, next, output }: StepProgram): Map<NodeId, Set<NodeId>> {
  const found = new Map<NodeId, Set<NodeId>>();
  const reads = (by: NodeId, id: NodeId) => found.set(id, (found.get(id) ?? new Set()).add(by));
  for (let id = 0; id < graph.size; id++) for (const operand of operands(graph.node(id))) reads(id, operand);
  for (const id of [...Object.values(next), output]) reads(-1, id);
  return found;
}

/** Sums of a state and an input that nothing else reads, by node. */
function absorbableSums(
  program: StepProgram,
  kept: ReadonlySet<string>,
): Map<NodeId, { state: string; input: string }> {
  const { graph } = program;
  const found = new Map<NodeId, { state: string; input: string }>();
  const by = readers(program);
  for (let id = 0; id < graph.size; id++) {
    const node = graph.node(id);
    if (node.op !== 'add' || by.get(node.a)!.size > 1 || by.get(node.b)!.size > 1) continue;
    const leaves = [graph.node(node.a), graph.node(node.b)];
    const state = leaves.find((leaf) => leaf.op === 'state');
    const input = leaves.find((leaf) => leaf.op === 'input');
    if (state && input && !kept.has(state.name)) found.set(id, { state: state.name, input: input.name });
  }
  return found;
}

/**
 * Finds inputs that a step only adds to a state, as synaptic currents and conductances that jump are written, and leaves
 * those sums out: neurons then have nothing to read but their states. Sums of floats may be grouped otherwise than before.
 * What depends on the own spike then asks for the spike itself.
 *
 * What is divided by a positive number to say whether a neuron spikes is compared as it is: its sign is that of the quotient.
 *
 * @param kept - states that are to hold nothing but their own value before the step
 * @param positive - whether a node is known to be positive for all neurons
 */
export function absorbInputs(
  program: StepProgram,
  kept: ReadonlySet<string> = new Set(),
  positive: (graph: Graph, id: NodeId) => boolean = () => false,
): AbsorbedStep {
  const sums = absorbableSums(program, kept);
  const graph = new Graph();
  const made = new Map<NodeId, NodeId>();
  /** What `x > 0` asks of a 0/1 value is the value itself. */
  const truth = (id: NodeId): NodeId => {
    const node = program.graph.node(id);
    return node.op === 'gt' && program.graph.isConstant(node.b, 0) && node.a === program.output && program.spiking
      ? node.a
      : id;
  };
  /** What has the sign of a node. */
  const signed = (id: NodeId): NodeId => {
    const node = program.graph.node(id);
    return node.op === 'div' && positive(program.graph, node.b) ? signed(node.a) : id;
  };
  const copy = (id: NodeId): NodeId => {
    const known = made.get(id);
    if (known !== undefined) return known;
    const sum = sums.get(id);
    const node = program.graph.node(id);
    let result: NodeId;
    if (sum) result = graph.add({ op: 'state', name: sum.state });
    else if (isLeaf(node)) result = graph.add(node);
    else if (node.op === 'spike') result = graph.add({ ...node, a: copy(signed(node.a)) });
    else {
      const given = (node.op === 'select' ? [truth(node.cond), node.a, node.b] : operands(node)).map(copy);
      if (node.op === 'select') result = graph.add({ ...node, cond: given[0]!, a: given[1]!, b: given[2]! });
      else result = graph.add({ ...node, a: given[0]!, ...('b' in node ? { b: given[1]! } : {}) } as Node);
    }
    made.set(id, result);
    return result;
  };
  const next = Object.fromEntries(Object.entries(program.next).map(([name, id]) => [name, copy(id)]));
  const output = copy(program.output);
  const states = Object.fromEntries([...sums.values()].map(({ state, input }) => [input, state]));
  return { program: { ...program, graph, next, output }, states };
}
