import { InternalError } from '../base/errors.ts';
import type { Graph, GraphNode, GraphTensor, ValueInfo } from './graph/graph.ts';
import { stageShapes } from './graph/index.ts';
import type { Gate, LinearStage, StagedNetwork } from './graph/stages.ts';

/** The version of the ONNX operators that the parts of a staged network are written in. */
const OPSET = 17;

/** Name of the first axis of every value. */
export const BATCH = 'batch';

/** Standard operators that compute a gate's output from its input. */
export interface Expansion {
  readonly nodes: readonly GraphNode[];
  readonly constants?: ReadonlyMap<string, GraphTensor>;
}

type Part = LinearStage | Gate;

/** What a graph is put together for. */
export interface GraphRequest {
  readonly name: string;
  /** Of one image, for every value among inputs and outputs. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Parts of a staged network as one graph.
 *
 * @param expand - the operators that stand for a gate
 */
export function graphOf(
  parts: readonly Part[],
  expand: (gate: Gate) => Expansion,
  { name, shapes, inputs, outputs }: GraphRequest,
): Graph {
  const nodes: GraphNode[] = [];
  const constants = new Map<string, GraphTensor>();
  for (const part of parts) {
    const { nodes: own, constants: added } = part.kind === 'linear' ? part.graph : expand(part);
    nodes.push(...own);
    for (const [key, constant] of added ?? []) addConstant(constants, key, constant);
  }
  const info = (value: string): ValueInfo => ({ name: value, shape: [BATCH, ...shapes.get(value)!] });
  return { name, opset: OPSET, inputs: inputs.map(info), outputs: outputs.map(info), nodes, constants };
}

/**
 * A whole network as one graph.
 *
 * @param expand - the operators that stand for a gate
 * @param options.tap - values between parts that become outputs too
 */
export function assemble(
  staged: StagedNetwork,
  expand: (gate: Gate) => Expansion,
  options: { readonly tap?: readonly string[]; readonly name?: string } = {},
): Graph {
  const outputs = new Set([staged.output.name, ...(options.tap ?? [])]);
  // An input is known already, and an output of that name would be no value of the graph's own.
  outputs.delete(staged.input.name);
  return graphOf(staged.parts, expand, {
    name: options.name ?? staged.name,
    shapes: stageShapes(staged),
    inputs: [staged.input.name],
    outputs: [...outputs],
  });
}

function addConstant(constants: Map<string, GraphTensor>, name: string, constant: GraphTensor): void {
  const known = constants.get(name);
  if (known && known.data !== constant.data) {
    throw new InternalError('assemble', `expected one constant named "${name}", got two`);
  }
  constants.set(name, constant);
}

/** A node with one output. It has no name of its own, which could be one of the network's. */
export function operator(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: GraphNode['attributes'] = {},
): GraphNode {
  return { op, name: '', inputs, outputs: [output], attributes };
}

/** A constant of one number. */
export const scalar = (value: number): GraphTensor => ({ shape: [], data: Float32Array.of(value) });
