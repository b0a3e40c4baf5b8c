import { type Network, type NetworkParameters, padded } from '../network/index.ts';
import type { FeedbackStart } from './feedback.ts';

/** Names of neuron parameters to train, by population, e.g. `{ hidden: ['tauA'] }`. */
export type TrainableNeurons = Readonly<Record<string, readonly string[]>>;

/** A neuron parameter of a population. */
export interface NeuronSegment {
  readonly kind: 'neurons';
  readonly name: string;
  readonly parameter: string;
  /** 1 when all neurons share the value. */
  readonly values: number;
  readonly offset: number;
  readonly count: number;
}

/** A run of the parameter vector: weights or learned feedback weights of a projection (in memory order), or one neuron parameter. */
export type Segment =
  | { readonly kind: 'weights' | 'feedback'; readonly name: string; readonly offset: number; readonly count: number }
  | NeuronSegment;

/**
 * Where everything that is trained lies in a vector: weights, neuron parameters, then feedback weights that learn; each
 * padded to 4 floats.
 *
 * @param capacityOf - synapses of a projection that is not dense for which there is room
 */
export function laySegments(
  network: Network,
  start: NetworkParameters,
  trainable: TrainableNeurons,
  feedback: FeedbackStart,
  capacityOf: (name: string) => number,
): { readonly segments: readonly Segment[]; readonly ownLength: number; readonly length: number } {
  const segments: Segment[] = [];
  let offset = 0;
  for (const { name, preSize, postSize, trainable: wanted } of Object.values(network.projections)) {
    if (!wanted) continue;
    const connections = start.connections[name]!;
    const count = connections.kind === 'dense' ? preSize * padded(postSize) : padded(capacityOf(name));
    segments.push({ kind: 'weights', name, offset, count });
    offset += count;
  }
  for (const [name, parameters] of Object.entries(trainable)) {
    for (const parameter of parameters) {
      const values = start.neurons[name]![parameter]!.length;
      segments.push({ kind: 'neurons', name, parameter, values, offset, count: padded(values) });
      offset += padded(values);
    }
  }
  const ownLength = offset;
  for (const name of feedback.adaptive ? Object.keys(feedback.weights) : []) {
    const { count } = segments.find((segment) => segment.kind === 'weights' && segment.name === name)!;
    segments.push({ kind: 'feedback', name, offset, count });
    offset += count;
  }
  return { segments, ownLength, length: offset };
}
