import type { Graph, GraphNode, GraphTensor } from '../graph.ts';
import { floatOf, floats, freshNames, intOf, prune, readersOf } from '../node.ts';
import { inferShapes, inputShapesOf } from '../shapes/infer-shapes.ts';

/** A batch normalisation as numbers: y = scale · x + shift per channel. */
interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * Folds each batch normalisation into the weights and bias before it; one that stands elsewhere becomes a product with and a
 * sum with constants. The graph is normalised up to here, so dense layers are `Gemm`.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const fold = new Fold(graph);
  return prune({ ...graph, nodes: graph.nodes.flatMap((node) => fold.take(node)), constants: fold.constants });
}

class Fold {
  readonly constants: Map<string, GraphTensor>;
  private readonly fresh: (wish: string) => string;
  private readonly readers: ReadonlyMap<string, readonly GraphNode[]>;
  private readonly outputs: ReadonlySet<string>;
  private readonly shapes: ReturnType<typeof inferShapes>;
  /** Which layer can take a normalisation, by the value it makes, and the normalisation that it takes. */
  private readonly taken = new Map<GraphNode, GraphNode>();

  constructor(graph: Graph) {
    this.constants = new Map(graph.constants);
    this.fresh = freshNames(graph);
    this.readers = readersOf(graph);
    this.outputs = new Set(graph.outputs.map(({ name }) => name));
    this.shapes = inferShapes(graph, inputShapesOf(graph));
    for (const node of graph.nodes) {
      const reader = this.onlyReader(node);
      if (reader?.op === 'BatchNormalization' && this.takesAffine(node)) this.taken.set(node, reader);
    }
  }

  take(node: GraphNode): GraphNode[] {
    const normalisation = this.taken.get(node);
    if (normalisation) return [this.absorb(node, normalisation)];
    if (node.op !== 'BatchNormalization') return [node];
    return [...this.taken.values()].includes(node) ? [] : this.spell(node);
  }

  private onlyReader(node: GraphNode): GraphNode | undefined {
    const output = node.outputs[0]!;
    const readers = this.readers.get(output) ?? [];
    return readers.length === 1 && !this.outputs.has(output) ? readers[0] : undefined;
  }

  private takesAffine({ op, inputs }: GraphNode): boolean {
    if (!['Conv', 'ConvTranspose', 'Gemm'].includes(op) || !this.constants.has(inputs[1]!)) return false;
    const bias = inputs[2] ? this.constants.get(inputs[2]) : undefined;
    return !inputs[2] || (bias !== undefined && bias.shape.length <= 1);
  }

  private affine(node: GraphNode): Affine {
    const [gamma, beta, mean, variance] = node.inputs
      .slice(1, 5)
      .map((name) => this.constants.get(name)!.data as Float32Array);
    const epsilon = floatOf(node, 'epsilon', 1e-5);
    const scale = Float64Array.from(gamma!, (g, k) => g / Math.sqrt(variance![k]! + epsilon));
    return { scale, shift: scale.map((s, k) => beta![k]! - mean![k]! * s) };
  }

  private absorb(layer: GraphNode, normalisation: GraphNode): GraphNode {
    const { scale, shift } = this.affine(normalisation);
    const weights = this.constants.get(layer.inputs[1]!)!;
    const channel = channelOf(layer, weights.shape, scale.length);
    const scaled = new Float32Array(weights.data as Float32Array);
    for (let k = 0; k < scaled.length; k++) scaled[k]! *= scale[channel(k)]!;
    const bias = layer.inputs[2] ? (this.constants.get(layer.inputs[2])!.data as Float32Array) : undefined;
    const beta = layer.op === 'Gemm' ? floatOf(layer, 'beta', 1) : 1;
    const old = (k: number): number => (bias ? beta * bias[bias.length === 1 ? 0 : k]! : 0);
    const moved = Array.from(shift, (s, k) => s + old(k) * scale[k]!);
    const output = normalisation.outputs[0]!;
    const { beta: _, ...attributes } = layer.attributes;
    return {
      ...layer,
      attributes,
      inputs: [
        layer.inputs[0]!,
        this.keep(`${output}/weights`, { shape: weights.shape, data: scaled }),
        this.keep(`${output}/bias`, floats(moved)),
      ],
      outputs: [output],
    };
  }

  private spell(node: GraphNode): GraphNode[] {
    const { scale, shift } = this.affine(node);
    const output = node.outputs[0]!;
    const rank = this.shapes.get(node.inputs[0]!)!.length;
    const shape = [scale.length, ...new Array<number>(Math.max(0, rank - 2)).fill(1)];
    const scaled = this.fresh(`${output}/scaled`);
    const factor = this.keep(`${output}/scale`, floats([...scale], shape));
    const summand = this.keep(`${output}/shift`, floats([...shift], shape));
    return [
      { op: 'Mul', name: `${node.name}/scale`, inputs: [node.inputs[0]!, factor], outputs: [scaled], attributes: {} },
      { op: 'Add', name: `${node.name}/shift`, inputs: [scaled, summand], outputs: [output], attributes: {} },
    ];
  }

  private keep(wish: string, tensor: GraphTensor): string {
    const name = this.fresh(wish);
    this.constants.set(name, tensor);
    return name;
  }
}

/** Which output channel each weight leads to. */
function channelOf(layer: GraphNode, shape: readonly number[], channels: number): (k: number) => number {
  const inner = shape.slice(1).reduce((total, n) => total * n, 1);
  if (layer.op === 'Conv') return (k) => Math.floor(k / inner);
  if (layer.op === 'Gemm') return intOf(layer, 'transB', 0) ? (k) => Math.floor(k / inner) : (k) => k % inner;
  // [in, out / group, kernel]: the group of the input, then the channel inside of it.
  const groups = intOf(layer, 'group', 1);
  const perGroup = channels / groups;
  const window = inner / perGroup;
  return (k) =>
    Math.floor((Math.floor(k / inner) * groups) / shape[0]!) * perGroup + (Math.floor(k / window) % perGroup);
}
