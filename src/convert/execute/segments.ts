import { exactGate } from '../ann-graph.ts';
import { type Expansion, graphOf } from '../assemble.ts';
import { compactNeuron, isExactBinary } from '../export/compact.ts';
import { expandCode } from '../export/unrolled.ts';
import type { Graph } from '../graph/graph.ts';
import { stageShapes } from '../graph/index.ts';
import type { ActivationGate, Gate, LinearStage } from '../graph/stages.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { type FlowNode, flowOf, ValueFlow } from './value-flow.ts';

/** Spiking neurons between two runs of linear operators. */
export interface NeuronSegment extends FlowNode {
  readonly kind: 'neurons';
  readonly gate: ActivationGate;
}

/** All parts between two gates whose neurons run by themselves, as one graph: a single session run. */
export interface GraphSegment extends FlowNode {
  readonly kind: 'graph';
  readonly graph: Graph;
  /** Spiking max-pools in it: name of the gate and of its output, for the counts. */
  readonly pools: readonly { readonly name: string; readonly output: string }[];
}

export type Segment = NeuronSegment | GraphSegment;

export interface SegmentOptions {
  /**
   * Whether neurons whose code has a closed form with the same bits run inside the sessions. Nobody then sees their potentials or
   * counts their spikes, and networks of such neurons are one session.
   */
  readonly merge: boolean;
}

/**
 * Cuts a network at its activation gates, or at those of them that no session can run. Products and max-pools run with the linear
 * operators around them, on decoded values.
 */
export function segmentsOf(network: SpikingNetwork, { merge }: SegmentOptions): Segment[] {
  const { parts, input, output } = network.staged;
  const flow = new ValueFlow(input.name, output.name, parts.map(flowOf));
  const shapes = stageShapes(network.staged);
  const segments: Segment[] = [];
  let first = 0;
  const close = (end: number) => {
    if (end === first) return;
    segments.push(graphSegment(network, shapes, parts.slice(first, end), (name) => flow.lastUse(name) >= end));
  };
  parts.forEach((part, at) => {
    if (part.kind !== 'activation' || (merge && hasClosedForm(network, part))) return;
    close(at);
    segments.push({ kind: 'neurons', gate: part, ...flowOf(part) });
    first = at + 1;
  });
  close(parts.length);
  return segments;
}

/** Whether the code of a gate can be computed in a few operators, with the same bits. */
export const hasClosedForm = ({ activations, noise }: SpikingNetwork, { name }: ActivationGate) =>
  !noise && activations.get(name)!.code.every(isExactBinary);

function expand({ activations }: SpikingNetwork, gate: Gate): Expansion {
  if (gate.kind !== 'activation') return exactGate(gate);
  return expandCode(gate, activations.get(gate.name)!.code, compactNeuron);
}

function graphSegment(
  network: SpikingNetwork,
  shapes: ReadonlyMap<string, readonly number[]>,
  run: readonly (LinearStage | Gate)[],
  isReadLater: (name: string) => boolean,
): GraphSegment {
  const { treatments, staged } = network;
  const flows = run.map(flowOf);
  const made = new Set(flows.flatMap(({ outputs }) => outputs));
  const pools = run.flatMap((part) =>
    part.kind === 'max-pool' && treatments.get(part.name)?.code ? [{ name: part.name, output: part.output }] : [],
  );
  const counted = new Set(pools.map((pool) => pool.output));
  const inputs = [...new Set(flows.flatMap((flow) => flow.inputs))].filter((name) => !made.has(name));
  const outputs = [...made].filter((name) => isReadLater(name) || counted.has(name));
  const name = `${staged.name}/${run[0]!.name}`;
  const graph = graphOf(run, (gate) => expand(network, gate), { name, shapes, inputs, outputs });
  return { kind: 'graph', graph, inputs, outputs, pools };
}
