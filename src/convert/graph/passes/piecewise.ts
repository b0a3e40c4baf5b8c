import type { Graph, GraphNode, GraphTensor } from '../graph.ts';
import { floatOf, floats, freshNames, numbersOf, prune } from '../node.ts';
import { activationNode } from './recognise.ts';

/**
 * Spells piecewise linear activations that have no name of their own by those that have, with linear operators around them:
 * a clip to other limits than 0 and 6, a hard sigmoid of another slope, a maximum or minimum with a number, a PReLU with a
 * slope per channel.
 */
export function spellPiecewise(graph: Graph): Graph {
  const spelling = new Spelling(graph);
  const nodes = graph.nodes.flatMap((node) => spelling.spell(node) ?? [node]);
  return prune({ ...graph, nodes, constants: spelling.constants });
}

class Spelling {
  readonly constants: Map<string, GraphTensor>;
  private readonly fresh: (wish: string) => string;
  private nodes: GraphNode[] = [];
  private owner!: GraphNode;

  constructor(graph: Graph) {
    this.constants = new Map(graph.constants);
    this.fresh = freshNames(graph);
  }

  /** The nodes instead of this one; undefined where it stays. */
  spell(node: GraphNode): GraphNode[] | undefined {
    this.nodes = [];
    this.owner = node;
    const result = this.result(node);
    if (result === undefined) return undefined;
    const last = this.nodes.at(-1)!;
    this.nodes[this.nodes.length - 1] = { ...last, outputs: node.outputs };
    return this.nodes;
  }

  private result(node: GraphNode): string | undefined {
    const x = node.inputs.find((name) => name !== '' && !this.constants.has(name))!;
    switch (node.op) {
      case 'Clip':
        return this.clip(x, this.scalar(node.inputs[1]), this.scalar(node.inputs[2]));
      case 'Max':
        return this.clip(x, this.bound(node, x), undefined);
      case 'Min':
        return this.clip(x, undefined, this.bound(node, x));
      case 'HardSigmoid': {
        const [alpha, beta] = [floatOf(node, 'alpha', 0.2), floatOf(node, 'beta', 0.5)];
        return this.activation('hard-sigmoid', this.shift(this.scale(x, [6 * alpha]), 6 * beta - 3));
      }
      case 'PRelu':
        return this.prelu(x, this.constants.get(node.inputs[1]!));
      default:
        return undefined;
    }
  }

  private clip(x: string, low: number | undefined, high: number | undefined): string | undefined {
    if (low === undefined && high === undefined) return undefined;
    if (high === undefined) return this.shift(this.activation('relu', this.shift(x, -low!)), low!);
    // min(x, h) = h - relu(h - x)
    if (low === undefined)
      return this.shift(this.scale(this.activation('relu', this.shift(this.scale(x, [-1]), high)), [-1]), high);
    const gain = 6 / (high - low);
    return this.shift(this.scale(this.activation('relu6', this.scale(this.shift(x, -low), [gain])), [1 / gain]), low);
  }

  /** relu(x) - slope · relu(-x): a neuron for each side. */
  private prelu(x: string, slope: GraphTensor | undefined): string | undefined {
    if (!slope) return undefined;
    const negative = this.activation('relu', this.scale(x, [-1]));
    const scaled = this.scale(
      negative,
      numbersOf(slope).map((a) => -a),
      slope.shape,
    );
    return this.add('Add', [this.activation('relu', x), scaled]);
  }

  private activation(name: 'relu' | 'relu6' | 'hard-sigmoid', x: string): string {
    const output = this.fresh(`${this.owner.outputs[0]}/${name}`);
    this.nodes.push(activationNode({ activation: name, constants: {} }, output, x, output));
    return output;
  }

  private scale(x: string, factors: readonly number[], shape: readonly number[] = []): string {
    return this.add('Mul', [x, this.keep(floats(factors, shape))]);
  }

  private shift(x: string, by: number): string {
    return by === 0 ? x : this.add('Add', [x, this.keep(floats([by], []))]);
  }

  private add(op: string, inputs: readonly string[]): string {
    const output = this.fresh(`${this.owner.outputs[0]}/${op.toLowerCase()}`);
    this.nodes.push({ op, name: output, inputs, outputs: [output], attributes: {} });
    return output;
  }

  private keep(tensor: GraphTensor): string {
    const name = this.fresh(`${this.owner.outputs[0]}/constant`);
    this.constants.set(name, tensor);
    return name;
  }

  private scalar(name: string | undefined): number | undefined {
    const tensor = this.constants.get(name ?? '');
    return tensor && numbersOf(tensor)[0];
  }

  private bound(node: GraphNode, x: string): number | undefined {
    const other = node.inputs.find((name) => name !== x);
    return this.constants.get(other ?? '')?.data.length === 1 && node.inputs.length === 2
      ? this.scalar(other)
      : undefined;
  }
}
