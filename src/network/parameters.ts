import { draw, isDistribution } from '../base/distribution.ts';
import { ParameterError, ShapeError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { streamOf } from '../base/stream.ts';
import { checkOrder, type ParameterValue } from '../expr/index.ts';
import { bySynapse, checkRoom, isGiven } from './given-order.ts';
import type { Network, Projection } from './network.ts';
import { checkRange } from './parameter-range.ts';
import { type SparsePattern, sparsePattern } from './topology.ts';
import { initialWeights, type Weights } from './weights.ts';

/** The synapses of one projection. Dense `weights` are `[post, pre]`; sparse ones follow the pattern's order. */
export type Connections =
  | { readonly kind: 'dense'; readonly self: boolean; readonly weights: Float32Array }
  | { readonly kind: 'oneToOne'; readonly weights: Float32Array }
  | { readonly kind: 'sparse'; readonly pattern: SparsePattern; readonly weights: Float32Array };

/** A base parameter of a population: one value for all neurons, or one per neuron. */
export type NeuronValues = Float64Array;

/** Everything that learning may change, with its connectivity. */
export interface NetworkParameters {
  readonly connections: Readonly<Record<string, Connections>>;
  /** Per population and base parameter: length 1 (uniform) or N. */
  readonly neurons: Readonly<Record<string, Readonly<Record<string, NeuronValues>>>>;
  /** Per plastic projection, initial values of synapse variables other than `w`, in the order of the synapses. */
  readonly synapses?: Readonly<Record<string, Readonly<Record<string, Float32Array>>>>;
}

/** Whether a neuron may be connected to itself; always so between different groups, whose equal indices mean nothing. */
export const allowsSelf = ({ topology, from, to }: Projection): boolean =>
  from !== to || !('self' in topology) || topology.self;

/**
 * @param weights - what was given for an all-to-all projection of `size` neurons without self-connections
 * @throws ParameterError if a given weight of a neuron to itself is not 0
 */
export function checkDiagonal(where: string, weights: Weights, size: number): void {
  if (typeof weights !== 'object' || 'kind' in weights) return;
  for (let i = 0; i < size; i++) {
    const value = weights[i * size + i];
    if (value === 0 || weights.length !== size * size) continue;
    throw new ParameterError(where, `expected a weight of 0 from neuron ${i} to itself, got ${value}`, {
      hint: 'topology: allToAll() has self-connections',
      fields: { neuron: i, value },
    });
  }
}

/** All synapses of a connection as sparse ones, sorted by (pre, post); the weights are a copy. */
function asSparse({ preSize, postSize }: Projection, connections: Connections): Connections {
  if (connections.kind === 'sparse') return connections;
  const { kind, weights } = connections;
  const has = (pre: number, post: number) => (kind === 'dense' ? connections.self || pre !== post : pre === post);
  const rowStart = new Uint32Array(preSize + 1);
  const post = new Uint32Array(weights.length);
  const sorted = new Float32Array(weights.length);
  let count = 0;
  for (let i = 0; i < preSize; i++) {
    for (let j = 0; j < postSize; j++) {
      if (!has(i, j)) continue;
      post[count] = j;
      sorted[count++] = weights[kind === 'dense' ? j * preSize + i : j]!;
    }
    rowStart[i + 1] = count;
  }
  return { kind: 'sparse', pattern: { rowStart, post: post.slice(0, count) }, weights: sorted.slice(0, count) };
}

/** Initial values of plastic synapses' variables other than `w`, where they are given. */
function initialSynapses(projection: Projection, count: number, seed: number): Record<string, Float32Array> {
  const { name, preSize: pre, postSize: post, plastic, topology } = projection;
  const entries = Object.entries(plastic!.initial).map(([variable, values]) => {
    const random = new RandomStream(seed, streamOf(`initial/${name}/${variable}`));
    const where = `projection "${name}", initial ${variable}`;
    if (topology.kind === 'allToAll' && isGiven(values)) {
      const weights = initialWeights(where, values, { pre, post, count: pre * post }, random);
      const { weights: sorted } = asSparse(projection, { kind: 'dense', self: allowsSelf(projection), weights });
      return [variable, sorted] as const;
    }
    const found = initialWeights(where, values, { pre, post, count }, random);
    return [variable, bySynapse(projection, values, found)] as const;
  });
  return Object.fromEntries(entries);
}

function initialConnections(projection: Projection, seed: number): Connections {
  const where = `projection "${projection.name}"`;
  const { preSize: pre, postSize: post, topology } = projection;
  checkRoom(projection);
  const random = new RandomStream(seed, streamOf(`weights/${projection.name}`));
  if (topology.kind === 'allToAll') {
    const self = allowsSelf(projection);
    if (!self) checkDiagonal(where, projection.weights, post);
    const weights = initialWeights(where, projection.weights, { pre, post, count: pre * post }, random);
    if (!self) for (let i = 0; i < post; i++) weights[i * pre + i] = 0;
    return { kind: 'dense', self, weights };
  }
  if (topology.kind === 'oneToOne') {
    return { kind: 'oneToOne', weights: initialWeights(where, projection.weights, { pre, post, count: post }, random) };
  }
  const wiring = new RandomStream(seed, streamOf(`topology/${projection.name}`));
  const pattern = sparsePattern(topology, { pre, post, sameGroup: projection.from === projection.to }, wiring);
  const count = pattern.post.length;
  const weights = initialWeights(where, projection.weights, { pre, post, count }, random);
  return { kind: 'sparse', pattern, weights: bySynapse(projection, projection.weights, weights) };
}

function neuronValues(where: string, value: ParameterValue, size: number, random: RandomStream): NeuronValues {
  if (typeof value === 'number') return Float64Array.of(value);
  if (isDistribution(value)) return Float64Array.from({ length: size }, () => draw(value, random));
  if (value.length !== size) {
    throw new ShapeError(where, `expected one number or ${size} (one per neuron), got ${value.length}`);
  }
  return Float64Array.from(value);
}

/**
 * Draws the initial weights and neuron parameters of a network. Each projection and each parameter has a random
 * stream of its own (named after it), so adding one leaves the others as they were.
 *
 * @param seed - integer, 0 to 2^53 - 1
 * @throws ShapeError, ParameterError for values of a wrong count, not finite, out of a parameter's range, or not in order
 */
export function initialParameters(network: Network, seed: number): NetworkParameters {
  const connections = Object.fromEntries(
    Object.values(network.projections).map((projection) => {
      const initial = initialConnections(projection, seed);
      return [projection.name, projection.plastic ? asSparse(projection, initial) : initial] as const;
    }),
  );
  const plastic = Object.values(network.projections).filter((projection) => projection.plastic);
  const synapses = Object.fromEntries(
    plastic.map((p) => [p.name, initialSynapses(p, connections[p.name]!.weights.length, seed)]),
  );
  const neurons: Record<string, Record<string, NeuronValues>> = {};
  for (const [name, { size, model }] of Object.entries(network.populations)) {
    const own: Record<string, NeuronValues> = {};
    for (const [key, spec] of Object.entries(model.model.definition.params)) {
      const where = `population "${name}", parameter ${key}`;
      const random = new RandomStream(seed, streamOf(`parameter/${name}/${key}`));
      own[key] = neuronValues(where, model.values[key] ?? spec.default, size, random);
      checkRange(where, spec, own[key]);
    }
    checkOrder(`population "${name}"`, model.model.definition.params, own);
    neurons[name] = own;
  }
  return plastic.length > 0 ? { connections, neurons, synapses } : { connections, neurons };
}
