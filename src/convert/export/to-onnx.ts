import { ParameterError, UnsupportedError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { exactGate } from '../ann-graph.ts';
import { assemble } from '../assemble.ts';
import type { Code } from '../few-spike/parameters.ts';
import type { Graph } from '../graph/graph.ts';
import { stageShapes } from '../graph/index.ts';
import type { Gate } from '../graph/stages.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { compactNeuron, isExactBinary } from './compact.ts';
import { expandCode, spikeNames } from './unrolled.ts';

/** How {@link toOnnx} writes spiking neurons. */
export interface ToOnnxOptions {
  /**
   * 'unrolled': every step in operators of its own, every spike a value. 'compact': the closed form of neurons that count in
   * binary, where it gives the same bits; others stay unrolled. Default 'unrolled'.
   */
  readonly form?: 'unrolled' | 'compact';
  /** Whether the spikes are outputs of the graph: `<gate>/z1` … `<gate>/zK`, 0 and 1. Default false. */
  readonly spikes?: boolean;
}

const CODED = 'coded';

/**
 * The spiking network as a graph of standard ONNX operators, opset 17, that any runtime executes: linear operators as they were
 * trained, neurons as comparisons, resets and sums, products and max-pools exactly.
 *
 * Decoded values have the bits of Volley's own collapsed run wherever the runtime computes a linear operator the same way in one
 * session as in several. onnxruntime does so for convolutions and matrix products; a global average pool at the end may be summed
 * in another order, which moves the last place of the output.
 *
 * @throws UnsupportedError for a network with noise
 * @throws ParameterError for an unknown form, or spikes of a compact form
 * @example
 * const bytes = writeOnnx(toOnnx(network), onnxMetadata(network));
 */
export function toOnnx(network: SpikingNetwork, options: ToOnnxOptions = {}): Graph {
  const { form = 'unrolled', spikes = false } = checkedOptions('toOnnx', options, ['form', 'spikes']);
  if (form !== 'unrolled' && form !== 'compact') {
    throw new ParameterError('toOnnx', `expected form 'unrolled' or 'compact', got ${JSON.stringify(form)}`);
  }
  if (spikes && form === 'compact') {
    throw new ParameterError('toOnnx', "expected form 'unrolled' with spikes, got 'compact'");
  }
  if (network.noise) {
    throw new UnsupportedError('toOnnx', `expected a network without noise, got noise of ${network.noise.deviation}`, {
      hint: 'convert it without `noise`',
    });
  }
  const graph = assemble(network.staged, (gate) => expand(network, gate, form));
  const whole = network.input.kind === 'coded' ? withCodedInput(graph, network.input.code, form) : graph;
  return spikes ? withSpikes(whole, network) : whole;
}

function expandAs(gate: { name: string; input: string; output: string }, code: Code, form: ToOnnxOptions['form']) {
  const compact = form === 'compact' && code.every(isExactBinary);
  return expandCode(gate, code, compact ? compactNeuron : undefined);
}

function expand(network: SpikingNetwork, gate: Gate, form: ToOnnxOptions['form']) {
  const spiking = network.activations.get(gate.name);
  return spiking ? expandAs(spiking.gate, spiking.code, form) : exactGate(gate);
}

/** What read the input reads its code. */
function withCodedInput(graph: Graph, code: Code, form: ToOnnxOptions['form']): Graph {
  const { name } = graph.inputs[0]!;
  const output = `${name}/${CODED}`;
  const { nodes, constants } = expandAs({ name, input: name, output }, code, form);
  const readers = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((input) => (input === name ? output : input)),
  }));
  return { ...graph, nodes: [...nodes, ...readers], constants: new Map([...graph.constants, ...(constants ?? [])]) };
}

function withSpikes(graph: Graph, { activations, input, staged }: SpikingNetwork): Graph {
  const shapes = stageShapes(staged);
  const outputs = (value: string, names: readonly string[]) =>
    names.map((name) => ({ name, shape: ['batch', ...shapes.get(value)!] }));
  const gates = [...activations].flatMap(([name, { gate, code }]) => outputs(gate.output, spikeNames(name, code)));
  const { name } = staged.input;
  const coded = input.kind === 'coded' ? outputs(name, spikeNames(name, input.code)) : [];
  return { ...graph, outputs: [...graph.outputs, ...coded, ...gates] };
}

/** What to write into the file beside the graph: method, steps of every gate, input. Values are text; `volley.steps` is JSON. */
export function onnxMetadata({ method, activations, input }: SpikingNetwork): Readonly<Record<string, string>> {
  const steps = Object.fromEntries([...activations].map(([name, { steps: count }]) => [name, count]));
  return {
    'volley.format': '1',
    'volley.method': method,
    'volley.input': input.kind,
    'volley.steps': JSON.stringify(steps),
  };
}
