import { UnsupportedError } from '../../base/errors.ts';
import type { Graph, GraphNode, GraphTensor } from './graph.ts';

/** The whole number at an attribute, or the default of the standard. */
export function intOf<T extends number | undefined>(node: GraphNode, name: string, otherwise: T): number | T {
  const found = node.attributes[name];
  return found?.kind === 'int' ? found.value : otherwise;
}

/** The number at an attribute, or the default of the standard. */
export function floatOf(node: GraphNode, name: string, otherwise: number): number {
  const found = node.attributes[name];
  return found?.kind === 'float' ? found.value : otherwise;
}

/** The text at an attribute, or the default of the standard. */
export function textOf(node: GraphNode, name: string, otherwise: string): string {
  const found = node.attributes[name];
  return found?.kind === 'string' ? found.value : otherwise;
}

/** The whole numbers at an attribute, undefined where it is missing. */
export function intsOf(node: GraphNode, name: string): readonly number[] | undefined {
  const found = node.attributes[name];
  return found?.kind === 'ints' ? found.value : undefined;
}

/** The entries of a constant as numbers; for short ones. */
export const numbersOf = ({ data }: GraphTensor): number[] => Array.from(data as ArrayLike<number | bigint>, Number);

export const floats = (values: readonly number[], shape: readonly number[] = [values.length]): GraphTensor => ({
  shape,
  data: new Float32Array(values),
});

export const ints = (values: readonly number[], shape: readonly number[] = [values.length]): GraphTensor => ({
  shape,
  data: new BigInt64Array(values.map((value) => BigInt(value))),
});

/** An operator with a name in messages: `Conv "layer1/conv" of "x", "w"`. */
export const describe = ({ op, name, inputs }: GraphNode): string =>
  `${op}${name ? ` "${name}"` : ''} of ${inputs.map((input) => `"${input}"`).join(', ') || 'nothing'}`;

/** What conversion takes, for messages. */
export const SUPPORTED = [
  'known: Conv, ConvTranspose, Gemm, MatMul with constant weights, BatchNormalization',
  'AveragePool, GlobalAveragePool, MaxPool, ReduceMean, ReduceSum',
  'Add, Sub, Sum, Neg, Mul, Div by a constant',
  'Flatten, Reshape, Transpose, Concat, Split, Slice, Pad, Squeeze, Unsqueeze, Gather, Resize, DepthToSpace, SpaceToDepth',
  'Relu, Clip, LeakyRelu, PRelu, Sigmoid, HardSigmoid, Tanh, SiLU, HardSwish, Gelu, Softmax at the end',
].join(', ');

/** Says that one operator of a model is beyond conversion, and why. */
export function unsupported(node: GraphNode, expected: string, hint: string): UnsupportedError {
  return new UnsupportedError('stage', `expected ${expected}, got ${describe(node)}`, {
    hint,
    fields: { op: node.op, node: node.name, inputs: node.inputs },
  });
}

/** Which node makes each value. */
export function makersOf({ nodes }: Graph): ReadonlyMap<string, GraphNode> {
  return new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

/** Which nodes read each value. */
export function readersOf({ nodes }: Graph): ReadonlyMap<string, readonly GraphNode[]> {
  const readers = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) {
      const list = readers.get(input);
      if (list) list.push(node);
      else readers.set(input, [node]);
    }
  }
  return readers;
}

/** Gives names that no value of the graph has yet: the wish itself, or the wish and a number. */
export function freshNames(graph: Graph): (wish: string) => string {
  const taken = new Set([...graph.constants.keys(), ...graph.inputs.map(({ name }) => name)]);
  for (const { outputs } of graph.nodes) for (const output of outputs) taken.add(output);
  return (wish) => {
    let name = wish;
    for (let k = 2; taken.has(name); k++) name = `${wish}-${k}`;
    taken.add(name);
    return name;
  };
}

/** The graph without nodes and constants that nothing reads. */
export function prune(graph: Graph): Graph {
  const read = new Set(graph.outputs.map(({ name }) => name));
  const nodes = graph.nodes
    .toReversed()
    .filter((node) => {
      const needed = node.outputs.some((output) => read.has(output));
      if (needed) for (const input of node.inputs) if (input !== '') read.add(input);
      return needed;
    })
    .reverse();
  const constants = new Map([...graph.constants].filter(([name]) => read.has(name)));
  return { ...graph, nodes, constants };
}
