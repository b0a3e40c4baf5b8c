import { exactGate } from '../ann-graph.ts';
import { assemble, operator } from '../assemble.ts';
import { compactNeuron } from '../export/compact.ts';
import { expandCode } from '../export/unrolled.ts';
import type { Graph, GraphNode, GraphTensor } from '../graph/graph.ts';
import type { ActivationGate } from '../graph/stages.ts';
import type { GraphRuntime } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';

/** Stands for a gate: an operator that a runtime computes in whatever layout its input has, and joins with no other here. */
const PLACEHOLDER = 'Tanh';
/** onnxruntime's operators on channels in blocks, and the one that ends a block layout. */
const NATIVE = 'com.microsoft.nchwc::';
const TO_PLAIN = `${NATIVE}ReorderOutput`;

/** A gate between the values that it reads and makes in a graph; their names there. */
export interface PlacedGate {
  readonly gate: ActivationGate;
  readonly input: string;
  readonly output: string;
}

/** A network as its runtime lays it out, without its gates. */
export interface NativeGraph {
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, GraphTensor>;
  readonly opset: number;
  /** Gates that are no nodes, in the order of the network. */
  readonly gates: readonly PlacedGate[];
  /** Names of values in blocks of channels, by their names in the network. */
  readonly native: ReadonlyMap<string, string>;
}

/**
 * Asks the runtime how it would lay out a whole network: where every gate has a placeholder in it, no value needs to leave blocks
 * of channels at a gate. Placeholders are then taken out, or replaced by closed forms.
 *
 * @param isMerged - gates that run inside the sessions
 * @returns undefined if the runtime cannot say, or keeps no channels in blocks
 */
export async function nativeGraph(
  network: SpikingNetwork,
  runtime: GraphRuntime,
  isMerged: (gate: ActivationGate) => boolean,
): Promise<NativeGraph | undefined> {
  if (!runtime.optimise || network.noise) return undefined;
  const gates = network.staged.parts.filter((part) => part.kind === 'activation');
  const graph = await runtime.optimise(withPlaceholders(network));
  const plain = graph.nodes.filter(({ op }) => op === TO_PLAIN);
  if (plain.length === 0) return undefined;
  const native = new Map(plain.map(({ inputs, outputs }) => [outputs[0]!, inputs[0]!]));
  const placed = gates.map((gate): PlacedGate => {
    const at = (name: string) => native.get(name) ?? name;
    return { gate, input: at(gate.input), output: at(gate.output) };
  });
  const placeholders = new Map(
    graph.nodes.filter(({ op }) => op === PLACEHOLDER).map((node) => [node.outputs[0]!, node]),
  );
  if (placed.some(({ input, output }) => placeholders.get(output)?.inputs[0] !== input)) return undefined;
  const constants = new Map(graph.constants);
  const byOutput = new Map(placed.map((gate) => [gate.output, gate]));
  const nodes = graph.nodes.flatMap((node) => {
    const gate = node.op === PLACEHOLDER ? byOutput.get(node.outputs[0]!) : undefined;
    if (!gate) return [node];
    if (!isMerged(gate.gate)) return [];
    const neurons = expandCode({ ...gate, name: gate.gate.name }, codeOf(network, gate.gate), compactNeuron);
    for (const [name, constant] of neurons.constants ?? []) constants.set(name, constant);
    return [...neurons.nodes];
  });
  return { nodes, constants, opset: graph.opset, gates: placed.filter(({ gate }) => !isMerged(gate)), native };
}

const codeOf = ({ activations }: SpikingNetwork, { name }: ActivationGate) => activations.get(name)!.code;

/** All that gates read and make are outputs, too, so that no operator is joined across a gate and every name stays. */
function withPlaceholders({ staged, treatments }: SpikingNetwork): Graph {
  const tap = staged.parts.flatMap((part) => {
    if (part.kind === 'activation') return [part.input, part.output];
    return part.kind === 'max-pool' && treatments.get(part.name)?.code ? [part.output] : [];
  });
  return assemble(
    staged,
    (gate) =>
      gate.kind === 'activation' ? { nodes: [operator(PLACEHOLDER, [gate.input], gate.output)] } : exactGate(gate),
    { tap },
  );
}

/** Operators that do not change the number of axes. */
const ELEMENTWISE = ['Add', 'Sum', 'Mul', 'Relu', 'Sigmoid', 'Tanh', 'Clip', 'Floor', 'Div'];

/** Number of axes of the values of a graph that can be told without their shapes: images are [batch, channel, row, column]. */
export function imageValues(nodes: readonly GraphNode[]): ReadonlySet<string> {
  const images = new Set<string>();
  for (const { op, inputs, outputs } of nodes) {
    if (op.startsWith(NATIVE) || (ELEMENTWISE.includes(op) && inputs.some((name) => images.has(name)))) {
      for (const name of outputs) images.add(name);
    }
  }
  return images;
}

/** Channels in one block: where the second pixel of the first channel lies among images of many channels and two pixels. */
export async function channelBlock(runtime: GraphRuntime, opset: number): Promise<number> {
  const [channels, pixels] = [64, 2];
  const session = await runtime.load({
    name: 'block',
    opset,
    inputs: [{ name: 'x', shape: ['batch', channels, 1, pixels] }],
    outputs: [{ name: 'y', shape: ['batch', channels, 1, pixels] }],
    nodes: [operator(TO_PLAIN, ['x'], 'y', { channels: { kind: 'int', value: channels } })],
    constants: new Map(),
  });
  try {
    const data = Float32Array.from({ length: channels * pixels }, (_, at) => at);
    const made = await session.run(new Map([['x', { shape: [1, channels, 1, pixels], data }]]));
    return made.get('y')!.data[1]!;
  } finally {
    await session.release();
  }
}
