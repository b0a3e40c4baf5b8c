import type { Graph, GraphNode, ValueInfo } from './graph.ts';
import { prune } from './node.ts';
import { type NormaliseOptions, normalise } from './normalise.ts';
import { type Role, roleOf } from './operators.ts';
import { activationOf } from './passes/recognise.ts';
import { broadcast, type Dimensions } from './shapes/dimensions.ts';
import { inferNode, inferShapes, inputShapesOf } from './shapes/infer-shapes.ts';
import type { Gate, LinearStage, StagedNetwork } from './stages.ts';

/**
 * Cuts a network at its gates.
 *
 * The parts come in layers: all linear operators that are due before the k-th gates of a path are one stage. A linear
 * operator stands in the last layer that still serves all its readers, so a shortcut starts from the gates that feed it; a
 * linear value that several layers read is made once.
 *
 * @param graph - as read from a file
 * @throws UnsupportedError naming the node that is beyond conversion
 * @throws ShapeError if the shape of an image is open or shapes do not fit
 */
export function stage(graph: Graph, options: NormaliseOptions = {}): StagedNetwork {
  const ready = normalise(graph, options);
  const shapes = inferShapes(ready, inputShapesOf(ready));
  const roles = new Map(ready.nodes.map((node) => [node, roleOf(node, ready)] as const));
  const layers = layersOf(ready, roles);
  const names = uniqueNames();
  const parts: (LinearStage | Gate)[] = [];
  let stages = 0;
  for (let layer = 0; layer <= Math.max(0, ...layers.values()); layer++) {
    const here = ready.nodes.filter((node) => layers.get(node) === layer);
    const linear = new Set(here.filter((node) => roles.get(node) === 'linear'));
    if (linear.size > 0) {
      stages++;
      parts.push({ kind: 'linear', name: names(`linear-${stages}`), graph: subgraph(ready, linear, shapes) });
    }
    for (const node of here)
      if (!linear.has(node)) parts.push(gateOf(node, roles.get(node)!, names(node.name || node.outputs[0]!)));
  }
  return { name: ready.name, input: ready.inputs[0]!, output: ready.outputs[0]!, parts };
}

/** The layer of each node: for a gate the number of gates before it on the longest path, for others as late as possible. */
function layersOf({ nodes, outputs }: Graph, roles: ReadonlyMap<GraphNode, Role>): ReadonlyMap<GraphNode, number> {
  const earliest = new Map<string, number>();
  const layers = new Map<GraphNode, number>();
  for (const node of nodes) {
    const layer = Math.max(0, ...node.inputs.map((name) => earliest.get(name) ?? 0));
    layers.set(node, layer);
    for (const output of node.outputs) earliest.set(output, roles.get(node) === 'linear' ? layer : layer + 1);
  }
  const latest = new Map<string, number>(outputs.map(({ name }) => [name, earliest.get(name) ?? 0]));
  for (const node of nodes.toReversed()) {
    if (roles.get(node) === 'linear')
      layers.set(node, Math.min(...node.outputs.map((name) => latest.get(name) ?? Number.POSITIVE_INFINITY)));
    for (const name of node.inputs)
      latest.set(name, Math.min(latest.get(name) ?? Number.POSITIVE_INFINITY, layers.get(node)!));
  }
  return layers;
}

function subgraph(graph: Graph, members: ReadonlySet<GraphNode>, shapes: ReadonlyMap<string, Dimensions>): Graph {
  const nodes = graph.nodes.filter((node) => members.has(node));
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const value = (name: string): ValueInfo => ({ name, shape: shapes.get(name)! });
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const inputs = [...read].filter((name) => shapes.has(name) && !made.has(name));
  const others = graph.nodes.filter((node) => !members.has(node));
  const wanted = new Set([...others.flatMap((node) => node.inputs), ...graph.outputs.map(({ name }) => name)]);
  const outputs = [...made].filter((name) => wanted.has(name));
  return prune({ ...graph, nodes, inputs: inputs.map(value), outputs: outputs.map(value) });
}

function gateOf(node: GraphNode, role: Role, name: string): Gate {
  const [input, other] = node.inputs;
  const output = node.outputs[0]!;
  switch (role) {
    case 'product':
      return { kind: 'product', name, inputs: [input!, other!], output };
    case 'max-pool':
      return { kind: 'max-pool', name, node, input: input!, output };
    default:
      return { kind: 'activation', name, ...activationOf(node), input: input!, output };
  }
}

function uniqueNames(): (wish: string) => string {
  const taken = new Set<string>();
  return (wish) => {
    let name = wish;
    for (let k = 2; taken.has(name); k++) name = `${wish}-${k}`;
    taken.add(name);
    return name;
  };
}

/** Shape of one image, without the batch, of every value between the parts of a network. */
export function stageShapes({ input, parts }: StagedNetwork): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, Dimensions>([[input.name, input.shape]]);
  for (const part of parts) {
    if (part.kind === 'linear') for (const { name, shape } of part.graph.outputs) shapes.set(name, shape);
    else shapes.set(part.output, gateShape(part, shapes));
  }
  return new Map([...shapes].map(([name, shape]) => [name, shape.slice(1).map(Number)]));
}

function gateShape(gate: Gate, shapes: ReadonlyMap<string, Dimensions>): Dimensions {
  switch (gate.kind) {
    case 'activation':
      return shapes.get(gate.input)!;
    case 'product':
      return broadcast(shapes.get(gate.inputs[0])!, shapes.get(gate.inputs[1])!)!;
    case 'max-pool':
      return inferNode(gate.node, shapes, new Map())[0]!;
  }
}
