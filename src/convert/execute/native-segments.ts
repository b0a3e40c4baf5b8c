import { BATCH } from '../assemble.ts';
import type { GraphNode, ValueInfo } from '../graph/graph.ts';
import { stageShapes } from '../graph/index.ts';
import { sizeOf } from '../images.ts';
import type { GraphRuntime } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { paddingOf } from './blocked-layout.ts';
import { channelBlock, imageValues, type NativeGraph, nativeGraph } from './native-graph.ts';
import { hasClosedForm, type Segment, type SegmentOptions } from './segments.ts';

/** A network cut at its gates where its runtime keeps values in its own layout. */
export interface NativeSegments {
  readonly segments: readonly Segment[];
  /** Channels per block. */
  readonly block: number;
  /** Values in blocks of channels, with their shape in the network, of one image. */
  readonly blocked: ReadonlyMap<string, readonly number[]>;
}

/** Where more of what gates read fills blocks, per channel that is there, the work on it takes longer than reordering would. */
const MOST_PADDING = 1 / 5;

/**
 * Cuts a network like `segmentsOf`, in the layout in which its runtime keeps images: no value is reordered at a gate, and operators
 * are joined as in the network as a whole.
 *
 * @returns undefined if the runtime has no such layout, it cannot be cut there, or too much of its blocks would be empty
 */
export async function nativeSegments(
  network: SpikingNetwork,
  runtime: GraphRuntime,
  { merge }: SegmentOptions,
): Promise<NativeSegments | undefined> {
  const graph = await nativeGraph(network, runtime, (gate) => merge && hasClosedForm(network, gate));
  const segments = graph && cutNative(network, graph);
  if (!segments) return undefined;
  const shapes = stageShapes(network.staged);
  const blocked = new Map(
    [...graph.native].flatMap(([name, own]) => (shapes.has(name) ? [[own, shapes.get(name)!]] : [])),
  );
  const block = await channelBlock(runtime, graph.opset);
  const read = new Set([...network.activations.values()].flatMap(({ gate }) => graph.native.get(gate.input) ?? []));
  return paddingShare(blocked, read, block) > MOST_PADDING ? undefined : { segments, block, blocked };
}

/** Elements that fill blocks by those that are channels, of the values that are read. */
function paddingShare(
  blocked: ReadonlyMap<string, readonly number[]>,
  read: ReadonlySet<string>,
  block: number,
): number {
  let [padding, real] = [0, 0];
  for (const [name, [channels, ...pixels]] of blocked) {
    if (!read.has(name)) continue;
    padding += paddingOf({ channels: channels!, pixels: sizeOf(pixels), block });
    real += channels! * sizeOf(pixels);
  }
  return real === 0 ? 0 : padding / real;
}

/** Nodes run as late as the next gate that needs one of them, so that there are as few sessions as can be. */
function cutNative(network: SpikingNetwork, graph: NativeGraph): Segment[] | undefined {
  const { input, output, parts } = network.staged;
  const { gates } = graph;
  const at = (name: string) => graph.native.get(name) ?? name;
  const pools = parts.flatMap((part) =>
    part.kind === 'max-pool' && network.treatments.get(part.name)?.code
      ? [{ name: part.name, output: at(part.output) }]
      : [],
  );
  const roots = [output.name, ...pools.map((pool) => pool.output), ...gates.map((gate) => gate.input)];
  const nodes = alive(graph.nodes, roots);
  // The number of gates before which a value cannot be there.
  const after = new Map([[input.name, 0], ...gates.map((gate, k) => [gate.output, k + 1] as const)]);
  for (const node of nodes) {
    const position = Math.max(0, ...node.inputs.map((name) => after.get(name) ?? 0));
    for (const name of node.outputs) after.set(name, position);
  }
  if (gates.some((gate, k) => after.get(gate.input)! > k)) return undefined;
  const cuts: number[] = [];
  gates.forEach((gate, k) => {
    const from = after.get(gate.input)!;
    if (isMade(nodes, gate.input) && !(cuts.length > 0 && cuts.at(-1)! >= from)) cuts.push(k);
  });
  cuts.push(gates.length);
  const writer = new SegmentWriter(network, graph, nodes, roots);
  const segments: Segment[] = [];
  let from = 0;
  for (let k = 0; k <= gates.length; k++) {
    if (cuts.includes(k)) {
      const run = nodes.filter(({ outputs }) => after.get(outputs[0]!)! >= from && after.get(outputs[0]!)! <= k);
      const segment = run.length === 0 ? 'none' : writer.segment(run, pools);
      if (segment === undefined) return undefined;
      if (segment !== 'none') segments.push(segment);
      from = k + 1;
    }
    const placed = gates[k];
    if (placed) segments.push({ kind: 'neurons', gate: placed.gate, inputs: [placed.input], outputs: [placed.output] });
  }
  return segments;
}

const isMade = (nodes: readonly GraphNode[], name: string) => nodes.some(({ outputs }) => outputs.includes(name));

/** Nodes that lead to something wanted. */
function alive(nodes: readonly GraphNode[], roots: readonly string[]): GraphNode[] {
  const wanted = new Set(roots);
  const kept: GraphNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    for (const name of node.inputs) wanted.add(name);
    kept.push(node);
  }
  return kept.reverse();
}

/** Writes runs of nodes as graphs of their own. */
class SegmentWriter {
  readonly #network: SpikingNetwork;
  readonly #graph: NativeGraph;
  readonly #nodes: readonly GraphNode[];
  readonly #roots: ReadonlySet<string>;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #images: ReadonlySet<string>;

  constructor(network: SpikingNetwork, graph: NativeGraph, nodes: readonly GraphNode[], roots: readonly string[]) {
    this.#network = network;
    this.#graph = graph;
    this.#nodes = nodes;
    this.#roots = new Set(roots);
    this.#shapes = stageShapes(network.staged);
    const own = new Set(graph.native.values());
    this.#images = new Set([...own, ...imageValues(graph.nodes)]);
  }

  /** @returns undefined if a value would cross of which not even the number of axes is known */
  segment(
    run: readonly GraphNode[],
    pools: readonly { readonly name: string; readonly output: string }[],
  ): Segment | undefined {
    const made = new Set(run.flatMap(({ outputs }) => outputs));
    const { constants, opset } = this.#graph;
    const read = [...new Set(run.flatMap((node) => node.inputs))].filter((name) => name !== '' && !made.has(name));
    const inputs = read.filter((name) => !constants.has(name));
    const inside = new Set(run);
    const later = new Set(this.#nodes.filter((node) => !inside.has(node)).flatMap((node) => node.inputs));
    const outputs = [...made].filter((name) => later.has(name) || this.#roots.has(name));
    if (![...inputs, ...outputs].every((name) => this.#shapes.has(name) || this.#images.has(name))) return undefined;
    const graph = {
      name: `${this.#network.staged.name}/${outputs[0]}`,
      opset,
      inputs: inputs.map((name) => this.#info(name)),
      outputs: outputs.map((name) => this.#info(name)),
      nodes: run,
      constants: new Map(read.filter((name) => constants.has(name)).map((name) => [name, constants.get(name)!])),
    };
    return { kind: 'graph', graph, inputs, outputs, pools: pools.filter(({ output }) => made.has(output)) };
  }

  #info(name: string): ValueInfo {
    const shape = this.#shapes.get(name);
    return { name, shape: [BATCH, ...(shape ?? [1, 2, 3].map((axis) => `${name} ${axis}`))] };
  }
}
