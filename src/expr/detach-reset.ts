import { Graph, isLeaf, type Node, type NodeId, operands } from './graph.ts';
import { localJacobians } from './jacobians.ts';
import type { StepProgram } from './program.ts';

const detached = new WeakMap<StepProgram, StepProgram>();

/**
 * The same step with the reset left out of derivatives: in the update of every state that an input drives, the neuron's
 * own spike, of this step or of the one before, counts as a constant. Other states, such as an adaptation that counts
 * spikes, keep their derivative with respect to the spike. Values do not change.
 *
 * @returns the program itself where no such state reads the own spike
 * @eq bellec2020eprop (the reset term is treated as constant)
 */
export function detachReset(program: StepProgram): StepProgram {
  const known = detached.get(program);
  if (known !== undefined) return known;
  const made = new ResetDetacher(program).result();
  detached.set(program, made);
  return made;
}

/** Rebuilds a step's graph node by node. */
class ResetDetacher {
  readonly #program: StepProgram;
  readonly #graph = new Graph();
  /** States that an input drives, by the node of their new value. */
  readonly #driven = new Map<NodeId, string>();
  readonly #plain = new Map<NodeId, NodeId>();
  #changed = false;

  constructor(program: StepProgram) {
    this.#program = program;
    if (!program.spiking) return;
    const { graph, stateByInput } = localJacobians(program);
    for (const [state, row] of Object.entries(stateByInput)) {
      const driven = Object.values(row).some((node) => !graph.isConstant(node, 0));
      // The spike itself may be a state; its own update is no reset.
      if (driven && program.next[state] !== program.output) this.#driven.set(program.next[state]!, state);
    }
  }

  result(): StepProgram {
    const { next, output } = this.#program;
    const made = Object.entries(next).map(([state, node]) => [state, this.#rebuild(node)] as const);
    const program = {
      ...this.#program,
      graph: this.#graph,
      next: Object.fromEntries(made),
      output: this.#rebuild(output),
    };
    return this.#changed ? program : this.#program;
  }

  /** The node in the new graph. */
  #rebuild(id: NodeId): NodeId {
    const known = this.#plain.get(id);
    if (known !== undefined) return known;
    const node = this.#driven.has(id)
      ? this.#withoutReset(id, id, new Map())
      : this.#copy(id, (operand) => this.#rebuild(operand));
    this.#plain.set(id, node);
    return node;
  }

  /** The node within the update `root` of a driven state; what other states' updates compute is not part of it. */
  #withoutReset(root: NodeId, id: NodeId, made: Map<NodeId, NodeId>): NodeId {
    const { graph, output } = this.#program;
    const known = made.get(id);
    if (known !== undefined) return known;
    let node: NodeId;
    if (id === output || graph.node(id).op === 'previousOutput') {
      this.#changed = true;
      node = this.#graph.unary('stop', this.#rebuild(id));
    } else if (id !== root && (graph.node(id).op === 'stop' || this.#isOtherUpdate(id))) {
      node = this.#rebuild(id);
    } else {
      node = this.#copy(id, (operand) => this.#withoutReset(root, operand, made));
    }
    made.set(id, node);
    return node;
  }

  #isOtherUpdate(id: NodeId): boolean {
    return !isLeaf(this.#program.graph.node(id)) && Object.values(this.#program.next).includes(id);
  }

  #copy(id: NodeId, operandOf: (id: NodeId) => NodeId): NodeId {
    const node = this.#program.graph.node(id);
    if (isLeaf(node)) return this.#graph.add(node);
    // Operands in order: node numbers decide how the new graph is emitted.
    const made = operands(node).map(operandOf);
    if (node.op === 'select') return this.#graph.add({ ...node, cond: made[0]!, a: made[1]!, b: made[2]! });
    return this.#graph.add({ ...node, a: made[0]!, ...('b' in node ? { b: made[1]! } : {}) } as Node);
  }
}
