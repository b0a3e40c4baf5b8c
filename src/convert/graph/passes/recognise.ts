import { own } from '../../../base/own.ts';
import { ACTIVATIONS, type ActivationName } from '../../activations.ts';
import { scalarFunction } from '../../few-spike/functions.ts';
import type { Attribute, Graph, GraphNode } from '../graph.ts';
import { makersOf, numbersOf, prune, readersOf, unsupported } from '../node.ts';
import { scalarOf } from './scalar-nodes.ts';

/** An activation that was found: its name and numbers. */
export interface FoundActivation {
  readonly activation: ActivationName;
  readonly constants: Readonly<Record<string, number>>;
}

// More than any exporter spends on one activation; GELU by tanh takes 9.
const LARGEST_REGION = 16;
// From -8 to 8, beside the whole numbers and their halves, where activations have kinks and limits.
const POINTS = Float64Array.from({ length: 129 }, (_, k) => (k - 64) / 8 + 1 / 64);
// Exporters write constants as float32 (6e-8), which the cube of GELU and factors of 6 enlarge; the two GELUs differ by 5e-4.
const TOLERANCE = 1e-5;

/** A node that stands for an activation unit per entry; only inside of conversion, no runtime knows it. */
export function activationNode(
  { activation, constants }: FoundActivation,
  name: string,
  input: string,
  output: string,
): GraphNode {
  const numbers = Object.entries(constants).map(([key, value]): [string, Attribute] => [key, { kind: 'float', value }]);
  const attributes = { activation: { kind: 'string', value: activation } as const, ...Object.fromEntries(numbers) };
  return { op: 'Activation', name, inputs: [input], outputs: [output], attributes };
}

/** What a node made by `activationNode` stands for. */
export function activationOf({ attributes }: GraphNode): FoundActivation {
  const constants = Object.entries(attributes).flatMap(([key, entry]) =>
    entry.kind === 'float' ? [[key, entry.value]] : [],
  );
  return { activation: attributes.activation!.value as ActivationName, constants: Object.fromEntries(constants) };
}

/**
 * Replaces each operator, or group of operators, that computes an activation by one node `Activation`.
 *
 * A group is known by its values, not by its form: whatever operators an exporter spells an activation with, a group that
 * depends on a single value entry by entry is a function of one number, which is compared with those that have a name.
 *
 * @throws UnsupportedError for Mish, by name
 */
export function recogniseActivations(graph: Graph): Graph {
  const makers = makersOf(graph);
  const finder = new Finder(graph, makers);
  // From the end, so that the largest group is seen before the groups inside of it.
  const replaced = new Map<GraphNode, GraphNode>();
  const inside = new Set<GraphNode>();
  for (const node of graph.nodes.toReversed()) {
    const found = inside.has(node) ? undefined : finder.find(node);
    if (!found) continue;
    replaced.set(node, activationNode(found.activation, node.name, found.source, node.outputs[0]!));
    for (const member of finder.replacedBy(node, found.region)) inside.add(member);
  }
  return prune({ ...graph, nodes: graph.nodes.map((node) => replaced.get(node) ?? node) });
}

interface Region {
  readonly source: string;
  readonly region: ReadonlySet<GraphNode>;
  readonly activation: FoundActivation;
}

class Finder {
  private readonly order: ReadonlyMap<GraphNode, number>;
  private readonly outputs: ReadonlySet<string>;
  private readonly readers: ReadonlyMap<string, readonly GraphNode[]>;

  constructor(
    private readonly graph: Graph,
    private readonly makers: ReadonlyMap<string, GraphNode>,
  ) {
    this.order = new Map(graph.nodes.map((node, k) => [node, k]));
    this.outputs = new Set(graph.outputs.map(({ name }) => name));
    this.readers = readersOf(graph);
  }

  /** The largest group that ends in `end` and computes an activation. */
  find(end: GraphNode): Region | undefined {
    const region = new Set<GraphNode>();
    let frontier = new Set([end.outputs[0]!]);
    let best: Region | undefined;
    while (region.size < LARGEST_REGION) {
      const node = this.latest(frontier);
      if (!node || !this.isScalar(node)) break;
      region.add(node);
      frontier.delete(node.outputs[0]!);
      frontier = new Set([
        ...frontier,
        ...node.inputs.filter((name) => name !== '' && !this.graph.constants.has(name)),
      ]);
      if (frontier.size !== 1) continue;
      const [source] = frontier;
      const activation = this.match(end, region, source!);
      if (activation) best = { source: source!, region: new Set(region), activation };
    }
    return best;
  }

  /**
   * The nodes of a group that nobody needs once its end is replaced. What others read stays, and what that is made from
   * stays with it: these are looked at on their own.
   *
   * @param region - readers before what they read
   */
  replacedBy(end: GraphNode, region: ReadonlySet<GraphNode>): Set<GraphNode> {
    const gone = new Set([end]);
    for (const node of region) {
      const output = node.outputs[0]!;
      const isRead = this.outputs.has(output) || (this.readers.get(output) ?? []).some((reader) => !gone.has(reader));
      if (!isRead) gone.add(node);
    }
    gone.delete(end);
    return gone;
  }

  private latest(values: ReadonlySet<string>): GraphNode | undefined {
    const nodes = [...values].map((name) => this.makers.get(name));
    // An input of the network is made by no node and comes before all.
    const made = nodes.filter((node) => node !== undefined);
    return made.sort((a, b) => this.order.get(b)! - this.order.get(a)!)[0];
  }

  private isScalar(node: GraphNode): boolean {
    const single = (name: string): boolean => (this.graph.constants.get(name)?.data.length ?? 1) === 1;
    return scalarOf(node) !== undefined && node.inputs.every(single);
  }

  private match(end: GraphNode, region: ReadonlySet<GraphNode>, source: string): FoundActivation | undefined {
    const nodes = [...region].sort((a, b) => this.order.get(a)! - this.order.get(b)!);
    const values = POINTS.map((x) => this.evaluate(nodes, source, x));
    if (isSame(values, (x) => x * Math.tanh(Math.log(1 + Math.exp(x))))) {
      throw unsupported(end, `one of ${ACTIVATIONS.join(', ')}`, 'Mish has no spiking form here');
    }
    return candidates(values).find(({ activation, constants }) =>
      isSame(values, scalarFunction(activation, constants)),
    );
  }

  private evaluate(nodes: readonly GraphNode[], source: string, x: number): number {
    const values: Record<string, number> = { [source]: x };
    const read = (name: string | undefined): number | undefined => {
      if (!name) return undefined;
      const constant = this.graph.constants.get(name);
      return constant ? numbersOf(constant)[0] : own(values, name);
    };
    for (const node of nodes) {
      const [a, b, c] = node.inputs.map(read);
      values[node.outputs[0]!] = scalarOf(node)!(a!, b!, c!);
    }
    return values[nodes.at(-1)!.outputs[0]!]!;
  }
}

/** Activations that the values may be; the slope of a leaky ReLU is read off. */
function candidates(values: Float64Array): FoundActivation[] {
  const named = ACTIVATIONS.filter((name) => name !== 'leaky-relu').map((activation) => ({
    activation,
    constants: {},
  }));
  const alpha = values[0]! / POINTS[0]!;
  return [
    ...named,
    ...(Math.abs(alpha - 1) > TOLERANCE ? [{ activation: 'leaky-relu', constants: { alpha } } as const] : []),
  ];
}

function isSame(values: Float64Array, wanted: (x: number) => number): boolean {
  return values.every((value, k) => {
    const target = wanted(POINTS[k]!);
    return Math.abs(value - target) <= TOLERANCE * Math.max(1, Math.abs(target));
  });
}
