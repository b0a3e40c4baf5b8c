import { Graph, type Node, type NodeId } from '../../expr/index.ts';
import { amosUnit } from '../../neurons/amos.ts';
import { fewSpikeUnrolled } from '../../neurons/few-spike.ts';
import { type Code, type CodeUnit, isCircuit } from './parameters.ts';

/** The equations of a code in one graph, parameters written in as numbers. */
export interface CodeGraph {
  readonly graph: Graph;
  readonly input: NodeId;
  /** ŷ. */
  readonly output: NodeId;
  /** z(t) of every plane: per neuron, per step. */
  readonly spikes: readonly NodeId[];
  /** What arrives in each step: the sum of d(t) z(t) over the neurons. */
  readonly values: readonly NodeId[];
  /** The normal draw of every plane; empty without noise. */
  readonly draws: readonly NodeId[];
}

function parameterValues(unit: CodeUnit, noise: number): Record<string, number> {
  const { steps, thresholds, weights, range, sign, bias, offset } = unit;
  const values: Record<string, number> = { low: range[0], high: range[1], sign, bias, offset, sigma: noise };
  for (let t = 0; t < steps; t++) {
    values[`T${t + 1}`] = thresholds[t]!;
    values[`d${t + 1}`] = weights[t]!;
    if (!isCircuit(unit)) values[`h${t + 1}`] = unit.resets[t]!;
    else {
      values[`c${t + 1}`] = unit.gains[t]!;
      for (let j = 0; j < t; j++) values[`h${t + 1}_${j + 1}`] = unit.inhibition[t * steps + j]!;
    }
  }
  return values;
}

/** The spikes of an unrolled neuron: nodes are added in the order of the equations, which is that of the steps. */
function spikesOf(graph: Graph): NodeId[] {
  return Array.from({ length: graph.size }, (_, id) => id).filter((id) => graph.node(id).op === 'spike');
}

/** Whether a node is positive whatever its leaves are: 1 + |v|. */
function isPositive(graph: Graph, id: NodeId): boolean {
  const node = graph.node(id);
  if (node.op !== 'add') return false;
  const [a, b] = [graph.node(node.a), graph.node(node.b)];
  return (a.op === 'abs' && b.op === 'const' && b.value > 0) || (b.op === 'abs' && a.op === 'const' && a.value > 0);
}

/** Copies nodes into another graph with other leaves. */
class Copy {
  readonly #made = new Map<NodeId, NodeId>();
  readonly #from: Graph;
  readonly #to: Graph;
  readonly #leaf: (node: Node) => NodeId;

  constructor(from: Graph, to: Graph, leaf: (node: Node) => NodeId) {
    this.#from = from;
    this.#to = to;
    this.#leaf = leaf;
  }

  node(id: NodeId): NodeId {
    const known = this.#made.get(id);
    if (known !== undefined) return known;
    const made = this.#copy(this.#from.node(id));
    this.#made.set(id, made);
    return made;
  }

  #copy(node: Node): NodeId {
    if (node.op === 'spike') return this.#spike(node.a, node.inclusive);
    if ('cond' in node)
      return this.#to.add({ ...node, cond: this.node(node.cond), a: this.node(node.a), b: this.node(node.b) });
    if ('b' in node) {
      const [a, b] = [this.node(node.a), this.node(node.b)];
      const unbounded = node.op === 'max' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      if ((node.op === 'max' || node.op === 'min') && this.#to.isConstant(b, unbounded)) return a;
      return this.#to.add({ ...node, a, b });
    }
    if ('a' in node) return this.#to.add({ ...node, a: this.node(node.a) } as Node);
    return this.#leaf(node);
  }

  /**
   * A spike at (a - b) / positive, as the comparison of a with b: what the quotient is there for, the pseudo-derivative, is not
   * wanted here, and it would cost most of the time.
   */
  #spike(argument: NodeId, inclusive: boolean): NodeId {
    const from = this.#from;
    const to = this.#to;
    const quotient = from.node(argument);
    const scaled = quotient.op === 'div' && isPositive(from, quotient.b) ? from.node(quotient.a) : undefined;
    if (scaled?.op !== 'sub') return to.add({ op: 'spike', a: this.node(argument), inclusive });
    const compared = to.binary(inclusive ? 'ge' : 'gt', this.node(scaled.a), this.node(scaled.b));
    return to.select(compared, to.const(1), to.const(0));
  }
}

/**
 * Derives what a code computes from the unrolled equations of its neurons.
 *
 * @param noise - deviation of the noise on v at each comparison; 0 for none
 */
export function codeGraph(code: Code, noise: number): CodeGraph {
  const graph = new Graph();
  const input = graph.add({ op: 'input', name: 'x' });
  const outputs: NodeId[] = [];
  const spikes: NodeId[] = [];
  const values: NodeId[] = [];
  const draws: NodeId[] = [];
  for (const neuron of code) {
    const options = { strict: neuron.strict, noise: noise > 0 };
    const { step } = isCircuit(neuron) ? amosUnit(neuron.steps, options) : fewSpikeUnrolled(neuron.steps, options);
    const numbers = parameterValues(neuron, noise);
    const first = draws.length;
    const copy = new Copy(step.graph, graph, (node) => {
      if (node.op === 'param') return graph.const(numbers[node.name]!);
      if (node.op === 'random') return graph.add({ op: 'random', site: first + node.site });
      return node.op === 'input' ? input : graph.add(node);
    });
    outputs.push(copy.node(step.output));
    for (const [t, id] of spikesOf(step.graph).entries()) {
      const z = copy.node(id);
      spikes.push(z);
      if (noise > 0) draws.push(graph.add({ op: 'random', site: draws.length }));
      const value = graph.binary('mul', graph.const(neuron.weights[t]!), z);
      values[t] = t < values.length ? graph.binary('add', values[t]!, value) : value;
    }
  }
  const output = outputs.reduce((sum, y) => graph.binary('add', sum, y));
  return { graph, input, output, spikes, values, draws };
}
