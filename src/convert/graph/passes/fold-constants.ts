import { ShapeError, UnsupportedError } from '../../../base/errors.ts';
import type { Graph, GraphNode, GraphTensor, ValueInfo } from '../graph.ts';
import { floats, freshNames, intOf, ints, numbersOf, prune, unsupported } from '../node.ts';
import type { Dimensions } from '../shapes/dimensions.ts';
import { inferNode } from '../shapes/infer-shapes.ts';
import { canonicalNode, OPSET } from './canonical.ts';
import type { Versioned } from './canonical-rule.ts';
import { type Constant, constantOf, evaluateNode, literal, tensorOf } from './evaluate.ts';

/** The name of the first dimension of every value in a normalised graph. */
export const BATCH = 'batch';

export interface FoldOptions {
  /** Shape of one image, without the batch; needed where the file leaves more than the batch open. */
  readonly sampleShape?: readonly number[];
}

// Element types that are float32 here.
const FLOATING = [1, 10, 11, 16];

/**
 * Computes what does not depend on the image, drops what does nothing at inference (Identity, Dropout, casts between float
 * types), brings operators to version 17 and makes every shape independent of the size of the batch.
 *
 * @throws UnsupportedError naming the node if an operator is unknown or mixes the images of a batch
 * @throws ShapeError if the shape of an image is not known, or shapes do not fit
 */
export function foldConstants(graph: Graph, options: FoldOptions = {}): Graph {
  const fold = new Fold(graph, options);
  for (const node of graph.nodes) fold.take(node);
  return fold.result();
}

function inputOf(graph: Graph, { sampleShape }: FoldOptions): ValueInfo {
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    const list = (values: readonly ValueInfo[]): string => values.map(({ name }) => `"${name}"`).join(', ') || 'none';
    throw new UnsupportedError(
      'stage',
      `expected one input and one output, got inputs ${list(graph.inputs)} and outputs ${list(graph.outputs)}`,
    );
  }
  const input = graph.inputs[0]!;
  const sizes = sampleShape ?? input.shape.slice(1);
  const fits =
    sizes.length === input.shape.length - 1 &&
    sizes.every((n, k) => typeof input.shape[k + 1] === 'string' || n === input.shape[k + 1]);
  if (input.shape.length < 2 || !fits || sizes.some((size) => typeof size === 'string')) {
    throw new ShapeError('stage', `expected images of [${input.shape.slice(1)}], batch first, got [${sizes}]`, {
      hint: sampleShape ? 'another model or other images?' : 'give the sizes that the file leaves open as sampleShape',
      fields: { input: input.name, shape: input.shape },
    });
  }
  return { name: input.name, shape: [BATCH, ...sizes] };
}

/** Names without those at the end that are missing. */
const trimmed = (names: readonly string[]): readonly string[] =>
  names.slice(0, names.findLastIndex((name) => name !== '') + 1);

const batchDependent = (node: GraphNode): UnsupportedError =>
  unsupported(node, 'constants that are finite for a batch of any size', 'images of a batch must stay apart');

class Fold {
  private readonly input: ValueInfo;
  private readonly nodes: GraphNode[] = [];
  private readonly shapes = new Map<string, Dimensions>();
  private readonly constants: Map<string, GraphTensor>;
  /** Computed constants; they enter the graph when a node that stays reads them. */
  private readonly computed = new Map<string, Constant>();
  private readonly aliases = new Map<string, string>();
  private readonly seen: Versioned;

  constructor(
    private readonly graph: Graph,
    options: FoldOptions,
  ) {
    if (graph.opset < 7) {
      throw new UnsupportedError('stage', `expected operators of version 7 or newer, got ${graph.opset}`, {
        hint: 'export the model again with a newer exporter',
      });
    }
    this.input = inputOf(graph, options);
    this.shapes.set(this.input.name, this.input.shape);
    this.constants = new Map(graph.constants);
    const fresh = freshNames(graph);
    const keep = (owner: GraphNode, role: string, tensor: GraphTensor): string => {
      const name = fresh(`${owner.outputs[0]}/${role}`);
      this.constants.set(name, tensor);
      return name;
    };
    this.seen = {
      opset: graph.opset,
      shape: (name) => this.shapes.get(name) ?? this.constants.get(name)?.shape ?? [],
      numbers: (name) => (name ? this.numbers(name) : undefined),
      ints: (owner, role, values) => keep(owner, role, ints(values)),
      floats: (owner, role, values, shape) => keep(owner, role, floats(values, shape)),
    };
  }

  take(original: GraphNode): void {
    const inputs = original.inputs.map((name) => this.aliases.get(name) ?? name);
    const node = { ...original, inputs: trimmed(inputs), outputs: trimmed(original.outputs) };
    if (this.isIdle(node)) {
      this.aliases.set(node.outputs[0]!, node.inputs[0]!);
    } else if (!this.compute(node)) {
      this.keep(node);
    }
  }

  result(): Graph {
    const output = this.graph.outputs[0]!.name;
    const name = this.aliases.get(output) ?? output;
    const shape = this.shapes.get(name);
    if (!shape)
      throw new UnsupportedError('stage', `expected an output that depends on the input, got constant "${name}"`);
    const { graph, nodes, constants, input } = this;
    return prune({ ...graph, opset: OPSET, inputs: [input], outputs: [{ name, shape }], nodes, constants });
  }

  private isIdle({ op, inputs, attributes }: GraphNode): boolean {
    if (op === 'Identity' || op === 'Dropout') return true;
    const target = attributes.to?.kind === 'int' ? attributes.to.value : 0;
    return op === 'Cast' && FLOATING.includes(target) && this.shapes.has(inputs[0] ?? '');
  }

  /** Whether the node could be computed now. */
  private compute(node: GraphNode): boolean {
    const output = node.outputs[0]!;
    if (node.op === 'Constant') {
      const tensor = literal(node);
      if (tensor) this.constants.set(output, tensor);
      return tensor !== undefined;
    }
    const shape = this.shapes.get(node.inputs[0] ?? '');
    if (node.op === 'Shape' && shape) {
      const sizes = shape.slice(intOf(node, 'start', 0), intOf(node, 'end', shape.length));
      const data = Float64Array.from(sizes, (size) => (typeof size === 'number' ? size : Number.NaN));
      this.computed.set(output, { shape: [sizes.length], data, integer: true });
      return true;
    }
    const names = node.inputs.filter((name) => name !== '');
    if (!names.every((name) => this.computed.has(name) || this.constants.has(name))) return false;
    const value = evaluateNode(
      node,
      names.map((name) => this.computed.get(name) ?? constantOf(this.constants.get(name)!)),
    );
    if (!value) return false;
    if (value.shape.some(Number.isNaN)) throw batchDependent(node);
    this.computed.set(output, value);
    return true;
  }

  private keep(original: GraphNode): void {
    const node = canonicalNode(original, this.seen);
    for (const name of node.inputs) {
      const value = this.computed.get(name);
      if (!value) continue;
      if (value.data.some((entry) => !Number.isFinite(entry))) throw batchDependent(node);
      this.constants.set(name, tensorOf(value));
    }
    const shapes = inferNode(node, this.shapes, this.constants);
    node.outputs.forEach((name, k) => {
      if (shapes[k]?.[0] !== BATCH)
        throw unsupported(node, 'the batch as first dimension', 'images of a batch must stay apart');
      this.shapes.set(name, shapes[k]!);
    });
    this.nodes.push(node);
  }

  private numbers(name: string): readonly number[] | undefined {
    const tensor = this.constants.get(name);
    const value = this.computed.get(name);
    return value ? [...value.data] : tensor && numbersOf(tensor);
  }
}
