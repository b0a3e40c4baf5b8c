import * as ort from 'onnxruntime-node';
import { onnxRuntime } from '../../../onnx/onnx-runtime.ts';
import { scalarFunction } from '../../few-spike/functions.ts';
import type { Activity, GraphRuntime } from '../../runtime.ts';
import type { Graph } from '../graph.ts';
import type { Gate, StagedNetwork } from '../stages.ts';

export const runtime: GraphRuntime = onnxRuntime(ort);

/** All outputs of a graph. */
export async function runGraph(
  graph: Graph,
  inputs: ReadonlyMap<string, Activity>,
): Promise<ReadonlyMap<string, Activity>> {
  const session = await runtime.load(graph);
  try {
    return await session.run(inputs);
  } finally {
    await session.release();
  }
}

/** The output of a staged network, part by part, with exact activations, products and maxima. */
export async function runStaged(staged: StagedNetwork, image: Activity): Promise<Activity> {
  const values = new Map([[staged.input.name, image]]);
  const read = (name: string): Activity => {
    const value = values.get(name);
    if (!value) throw new Error(`"${name}" is read before it is made`);
    return value;
  };
  for (const part of staged.parts) {
    if (part.kind === 'linear') {
      const inputs = new Map(part.graph.inputs.map(({ name }) => [name, read(name)] as const));
      for (const [name, value] of await runGraph(part.graph, inputs)) values.set(name, value);
    } else {
      values.set(part.output, await runGate(part, read));
    }
  }
  return read(staged.output.name);
}

async function runGate(gate: Gate, read: (name: string) => Activity): Promise<Activity> {
  if (gate.kind === 'activation') {
    const { shape, data } = read(gate.input);
    return { shape, data: data.map(scalarFunction(gate.activation, gate.constants)) };
  }
  const [inputs, node] =
    gate.kind === 'max-pool'
      ? [[gate.input], gate.node]
      : [[...gate.inputs], { op: 'Mul', name: '', inputs: gate.inputs, outputs: [gate.output], attributes: {} }];
  const names = [...new Set(inputs)];
  const anySize = (name: string, rank: number) => ({
    name,
    shape: Array.from({ length: rank }, (_, k) => `${name}.${k}`),
  });
  const graph: Graph = {
    name: 'gate',
    opset: 17,
    inputs: names.map((name) => anySize(name, read(name).shape.length)),
    outputs: [anySize(gate.output, Math.max(...names.map((name) => read(name).shape.length)))],
    nodes: [node],
    constants: new Map(),
  };
  return (await runGraph(graph, new Map(names.map((name) => [name, read(name)] as const)))).get(gate.output)!;
}
