import type { ActivationName } from '../activations.ts';
import type { Graph, GraphNode, ValueInfo } from './graph.ts';

/** Linear operators between gates: one graph without any nonlinearity, run as a whole. */
export interface LinearStage {
  readonly kind: 'linear';
  readonly name: string;
  /** Its inputs are the network's input, outputs of gates or outputs of earlier stages; its outputs are what others read. */
  readonly graph: Graph;
}

/** An activation unit per element of `input`: what becomes spiking neurons. */
export interface ActivationGate {
  readonly kind: 'activation';
  readonly name: string;
  readonly activation: ActivationName;
  /** Numbers of the activation, e.g. the slope of a leaky ReLU. */
  readonly constants: Readonly<Record<string, number>>;
  readonly input: string;
  readonly output: string;
}

/** The product of two values that both depend on the network's input, with the broadcasting of ONNX. */
export interface ProductGate {
  readonly kind: 'product';
  readonly name: string;
  readonly inputs: readonly [string, string];
  readonly output: string;
}

/** A maximum over windows: the node as it stands in the graph. */
export interface MaxPoolGate {
  readonly kind: 'max-pool';
  readonly name: string;
  readonly node: GraphNode;
  readonly input: string;
  readonly output: string;
}

export type Gate = ActivationGate | ProductGate | MaxPoolGate;

/** A network cut at its gates, in an order in which every value is made before it is read. */
export interface StagedNetwork {
  readonly name: string;
  readonly input: ValueInfo;
  /** The value whose largest entry is the answer: what a final softmax or sigmoid would read. */
  readonly output: ValueInfo;
  readonly parts: readonly (LinearStage | Gate)[];
}
