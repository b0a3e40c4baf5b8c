import { BATCH, operator } from '../assemble.ts';
import type { Graph, GraphNode, GraphTensor, ValueInfo } from '../graph/graph.ts';
import { withoutBias } from '../graph/index.ts';

/** What a step graph is made for. */
export interface StepGraphRequest {
  /** Steps in one run: planes of the inputs, one after another along the batch axis. */
  readonly steps: number;
  /** Of one image, for the outputs. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** What each output has without any spike, [1, …]. */
  readonly biases: ReadonlyMap<string, GraphTensor>;
}

/**
 * Linear operators for spikes: applied to every step without bias, summed over the steps, and the bias added once. Inputs are
 * [steps · images, …] with the step as the slower part; outputs [images, …] keep their names.
 */
export function stepGraph(graph: Graph, { steps, shapes, biases }: StepGraphRequest): Graph {
  const linear = withoutBias(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const stepped = (name: string) => (outputs.has(name) ? `${name}/steps` : name);
  const nodes: GraphNode[] = linear.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(stepped),
    outputs: node.outputs.map(stepped),
  }));
  const constants = new Map(linear.constants);
  const axis: GraphTensor = { shape: [1], data: BigInt64Array.of(0n) };
  constants.set('(step axis)', axis);
  for (const name of outputs) {
    const shape = shapes.get(name)!;
    constants.set(`${name}/shape`, int64(steps, -1, ...shape));
    constants.set(`${name}/bias`, biases.get(name)!);
    nodes.push(
      operator('Reshape', [stepped(name), `${name}/shape`], `${name}/planes`),
      operator('ReduceSum', [`${name}/planes`, '(step axis)'], `${name}/sum`, { keepdims: { kind: 'int', value: 0 } }),
      operator('Add', [`${name}/sum`, `${name}/bias`], name),
    );
  }
  const info = ({ name }: ValueInfo): ValueInfo => ({ name, shape: [BATCH, ...shapes.get(name)!] });
  return { ...linear, nodes, constants, outputs: graph.outputs.map(info) };
}

const int64 = (...values: number[]): GraphTensor => ({
  shape: [values.length],
  data: BigInt64Array.from(values, (value) => BigInt(value)),
});
