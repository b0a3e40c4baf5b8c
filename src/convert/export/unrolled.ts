import { type Expansion, operator, scalar } from '../assemble.ts';
import {
  type AmosParameters,
  type Code,
  type CodeUnit,
  type FewSpikeParameters,
  isCircuit,
} from '../few-spike/parameters.ts';
import type { GraphNode, GraphTensor } from '../graph/graph.ts';

/** ONNX's number for float32. */
const FLOAT = 1;

/** Writes the operators of one gate; every value is named after the gate. */
export class GateWriter {
  readonly nodes: GraphNode[] = [];
  readonly constants = new Map<string, GraphTensor>();
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** Adds an operator whose other inputs are numbers, each with its name; the result is called `name`. */
  add(
    op: string,
    inputs: readonly string[],
    name: string,
    numbers: Readonly<Record<string, number>> = {},
    attributes: GraphNode['attributes'] = {},
  ): string {
    const output = `${this.prefix}/${name}`;
    this.nodes.push(operator(op, [...inputs, ...this.numbers(numbers)], output, attributes));
    return output;
  }

  private numbers(numbers: Readonly<Record<string, number>>): string[] {
    return Object.entries(numbers).map(([name, value]) => {
      const full = `${this.prefix}/${name}`;
      this.constants.set(full, scalar(value));
      return full;
    });
  }
}

/** v(1) = sign · clamp(u) + bias. What would change nothing is left out. */
function loaded(writer: GateWriter, { range: [low, high], sign, bias }: CodeUnit, input: string): string {
  let v = input;
  if (low > Number.NEGATIVE_INFINITY || high < Number.POSITIVE_INFINITY) {
    // Beyond the largest float32 nothing is left to clamp.
    const limit = (value: number) => Math.min(Math.max(value, -3.4e38), 3.4e38);
    v = writer.add('Clip', [v], 'clamped', { low: limit(low), high: limit(high) });
  }
  if (sign < 0) v = writer.add('Neg', [v], 'mirrored');
  return bias === 0 ? v : writer.add('Add', [v], 'v1', { bias });
}

/**
 * One neuron, step by step, in standard operators: `z1` … `zK` are its spikes. Operations and their order are those of the
 * compiled code, so that every value has the same bits.
 */
const unrolled = (writer: GateWriter, unit: CodeUnit, input: string): string =>
  isCircuit(unit) ? unrolledCircuit(writer, unit, input) : unrolledNeuron(writer, unit, input);

function unrolledNeuron(writer: GateWriter, parameters: FewSpikeParameters, input: string): string {
  const { steps, thresholds, resets, weights, offset, strict } = parameters;
  let v = loaded(writer, parameters, input);
  let sum: string | undefined;
  for (let t = 1; t <= steps; t++) {
    const [reset, weight] = [resets[t - 1]!, weights[t - 1]!];
    const z = spike(writer, v, t, { threshold: thresholds[t - 1]!, strict });
    const part = writer.add('Mul', [z], `part${t}`, { [`d${t}`]: weight });
    sum = added(writer, sum, part, t, offset);
    if (t === steps) break;
    const taken = reset === weight ? part : writer.add('Mul', [z], `taken${t}`, { [`h${t}`]: reset });
    v = writer.add('Sub', [v, taken], `v${t + 1}`);
  }
  return sum!;
}

/** z(t) as a number. */
function spike(
  writer: GateWriter,
  v: string,
  t: number,
  { threshold, strict }: { readonly threshold: number; readonly strict: boolean },
): string {
  const above = writer.add(strict ? 'Greater' : 'GreaterOrEqual', [v], `above${t}`, { [`T${t}`]: threshold });
  return writer.add('Cast', [above], `z${t}`, {}, { to: { kind: 'int', value: FLOAT } });
}

/** The output so far, with what step t gives. */
function added(writer: GateWriter, sum: string | undefined, part: string, t: number, offset: number): string {
  if (sum !== undefined) return writer.add('Add', [sum, part], `sum${t}`);
  return offset === 0 ? part : writer.add('Add', [part], 'sum1', { offset });
}

/** One unit of neurons that spike once each, neuron by neuron; inhibition of 0 is left out. */
function unrolledCircuit(writer: GateWriter, unit: AmosParameters, input: string): string {
  const { steps, gains, thresholds, inhibition, weights, offset, strict } = unit;
  const x = loaded(writer, unit, input);
  const mirrored = gains.includes(-1) ? writer.add('Neg', [x], 'opposite') : x;
  const spikes: string[] = [];
  let sum: string | undefined;
  for (let i = 1; i <= steps; i++) {
    let v = gains[i - 1]! < 0 ? mirrored : x;
    for (const [j, z] of spikes.entries()) {
      const weight = inhibition[(i - 1) * steps + j]!;
      if (weight === 0) continue;
      const pair = `${i}_${j + 1}`;
      v = writer.add('Sub', [v, writer.add('Mul', [z], `taken${pair}`, { [`h${pair}`]: weight })], `v${pair}`);
    }
    const z = spike(writer, v, i, { threshold: thresholds[i - 1]!, strict });
    sum = added(writer, sum, writer.add('Mul', [z], `part${i}`, { [`d${i}`]: weights[i - 1]! }), i, offset);
    spikes.push(z);
  }
  return sum!;
}

/** The prefix of the values of one neuron of a gate: the gate's name, and a number where there are several. */
export const neuronPrefix = (gate: string, code: Code, index: number): string =>
  code.length === 1 ? gate : `${gate}/${index + 1}`;

/** Names of the spikes of a gate that is written step by step: per neuron of its code, per step. */
export const spikeNames = (gate: string, code: Code): string[] =>
  code.flatMap(({ steps }, index) =>
    Array.from({ length: steps }, (_, t) => `${neuronPrefix(gate, code, index)}/z${t + 1}`),
  );

/**
 * Puts the neurons of a code together: their outputs add up.
 *
 * @param write - one neuron: returns the name of its output
 */
export function expandCode(
  gate: { readonly name: string; readonly input: string; readonly output: string },
  code: Code,
  write: (writer: GateWriter, unit: CodeUnit, input: string) => string = unrolled,
): Expansion {
  const writers = code.map((_, index) => new GateWriter(neuronPrefix(gate.name, code, index)));
  const outputs = code.map((parameters, index) => write(writers[index]!, parameters, gate.input));
  const nodes = writers.flatMap((writer) => writer.nodes);
  const sum = outputs.slice(1).reduce((before, output, index) => {
    const name = `${gate.name}/neurons${index + 2}`;
    nodes.push(operator('Add', [before, output], name));
    return name;
  }, outputs[0]!);
  const constants = new Map(writers.flatMap((writer) => [...writer.constants]));
  // The last operator makes what the gate puts out.
  return { nodes: nodes.map((node) => (node.outputs[0] === sum ? operatorAs(node, gate.output) : node)), constants };
}

const operatorAs = (node: GraphNode, output: string): GraphNode => ({ ...node, name: output, outputs: [output] });
