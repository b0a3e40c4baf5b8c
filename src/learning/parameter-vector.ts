import { derivedAdjoint } from '../expr/index.ts';
import type { Connections, Engine, Network, NetworkParameters, NeuronValues } from '../network/index.ts';
import { packDense, padded, unpackDense, writeNeurons } from '../network/index.ts';
import { float32Within } from './float32-within.ts';

/** Names of neuron parameters to train, by population, e.g. `{ hidden: ['tauA'] }`. */
export type TrainableNeurons = Readonly<Record<string, readonly string[]>>;

interface NeuronSegment {
  readonly kind: 'neurons';
  readonly name: string;
  readonly parameter: string;
  /** 1 when all neurons share the value. */
  readonly values: number;
  readonly offset: number;
  readonly count: number;
}

/** A run of the parameter vector: the weights of a projection (in memory order) or one neuron parameter. */
export type Segment =
  | { readonly kind: 'weights'; readonly name: string; readonly offset: number; readonly count: number }
  | NeuronSegment;

/**
 * All trainable parameters as one float32 vector, which is what shards exchange and optimisers see. Dense weights are
 * stored `[pre, postPadded]` as in simulation memory, their pad columns always 0; every segment is padded to 4.
 */
export class ParameterVector {
  readonly network: Network;
  readonly segments: readonly Segment[];
  readonly length: number;
  readonly #start: NetworkParameters;

  constructor(network: Network, start: NetworkParameters, trainable: TrainableNeurons = {}) {
    const segments: Segment[] = [];
    let offset = 0;
    for (const { name, preSize, postSize, trainable: wanted } of Object.values(network.projections)) {
      if (!wanted) continue;
      const connections = start.connections[name]!;
      const count = connections.kind === 'dense' ? preSize * padded(postSize) : padded(connections.weights.length);
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
    this.network = network;
    this.segments = segments;
    this.length = offset;
    this.#start = start;
  }

  /** Number of parameters that are really free: no pads, no absent self-connections. */
  get freeCount(): number {
    return this.segments.reduce((sum, segment) => {
      if (segment.kind === 'neurons') return sum + segment.values;
      const connections = this.#start.connections[segment.name]!;
      const absent =
        connections.kind === 'dense' && !connections.self ? this.network.projections[segment.name]!.postSize : 0;
      return sum + connections.weights.length - absent;
    }, 0);
  }

  /** Parameters → vector. */
  pack(parameters: NetworkParameters, into = new Float32Array(this.length)): Float32Array {
    for (const segment of this.segments) {
      const part = into.subarray(segment.offset, segment.offset + segment.count);
      if (segment.kind === 'neurons') {
        const { min, max } = this.#range(segment);
        parameters.neurons[segment.name]![segment.parameter]!.forEach((value, k) => {
          part[k] = float32Within(value, min, max);
        });
        continue;
      }
      const { kind, weights } = parameters.connections[segment.name]!;
      const { preSize, postSize } = this.network.projections[segment.name]!;
      if (kind === 'dense') packDense(weights, preSize, postSize, part);
      else part.set(weights);
    }
    return into;
  }

  /** Vector → parameters, with public shapes; what is not trained comes from the start. */
  unpack(vector: Float32Array): NetworkParameters {
    const connections: Record<string, Connections> = { ...this.#start.connections };
    const neurons: Record<string, Record<string, NeuronValues>> = {};
    for (const [name, own] of Object.entries(this.#start.neurons)) neurons[name] = { ...own };
    for (const segment of this.segments) {
      const part = vector.subarray(segment.offset, segment.offset + segment.count);
      if (segment.kind === 'neurons') {
        neurons[segment.name]![segment.parameter] = Float64Array.from(part.subarray(0, segment.values));
        continue;
      }
      const old = connections[segment.name]!;
      const { preSize, postSize } = this.network.projections[segment.name]!;
      const weights = old.kind === 'dense' ? unpackDense(part, preSize, postSize) : part.slice(0, old.weights.length);
      connections[segment.name] = { ...old, weights };
    }
    return { connections, neurons };
  }

  /** Brings trained neuron parameters back into the ranges that their model declares. */
  clamp(vector: Float32Array): void {
    for (const segment of this.segments) {
      if (segment.kind !== 'neurons') continue;
      const { min, max } = this.#range(segment);
      for (let k = segment.offset; k < segment.offset + segment.values; k++) {
        vector[k] = float32Within(vector[k]!, min, max);
      }
    }
  }

  #range({ name, parameter }: NeuronSegment): { min: number; max: number } {
    const { min = -Infinity, max = Infinity } =
      this.network.populations[name]!.model.model.definition.params[parameter]!;
    return { min, max };
  }

  /** Writes the vector into an engine's memory. */
  write(vector: Float32Array, engine: Engine): void {
    const trained = new Set<string>();
    for (const segment of this.segments) {
      if (segment.kind === 'neurons') {
        trained.add(segment.name);
        continue;
      }
      const own = engine.layout.projections[segment.name]!;
      engine.floats(own.weights, own.count).set(vector.subarray(segment.offset, segment.offset + own.count));
    }
    if (trained.size === 0) return;
    const { neurons } = this.unpack(vector);
    for (const name of trained) writeNeurons(engine, name, neurons[name]!);
  }

  /** Reads the gradient that an engine's backward pass left in memory. */
  readGradient(engine: Engine, current: Float32Array): Float32Array {
    const gradient = new Float32Array(this.length);
    for (const segment of this.segments) {
      if (segment.kind === 'neurons') {
        gradient.set(neuronGradient(engine, segment, this.unpack(current).neurons[segment.name]!), segment.offset);
        continue;
      }
      const own = engine.layout.projections[segment.name]!;
      const start = this.#start.connections[segment.name]!;
      const { preSize, postSize } = own.projection;
      if (start.kind === 'dense') engine.kernels.zeroPad(preSize, postSize, own.gradient, padded(postSize));
      if (start.kind === 'dense' && !start.self) {
        engine.kernels.zeroDiagonal(postSize, own.gradient, padded(postSize));
      }
      gradient.set(engine.floats(own.gradient, own.count), segment.offset);
    }
    return gradient;
  }
}

/** dE/d base parameter from the adjoint's sums for base and derived names, by the chain rule; summed when shared. */
function neuronGradient(
  engine: Engine,
  segment: NeuronSegment,
  values: Readonly<Record<string, NeuronValues>>,
): Float32Array {
  const own = engine.layout.populations[segment.name]!;
  const sums = Object.entries(own.adjoint!.dParams).map(([key, at]) => [key, engine.floats(at, own.padded)] as const);
  const gradient = new Float32Array(segment.values);
  for (let n = 0; n < own.size; n++) {
    const base = Object.fromEntries(Object.entries(values).map(([key, all]) => [key, all[all.length === 1 ? 0 : n]!]));
    const seeds = Object.fromEntries(sums.map(([key, all]) => [key, all[n]!]));
    const chained = derivedAdjoint(own.plan.program, base, engine.options.dt, seeds);
    gradient[segment.values === 1 ? 0 : n]! += chained[segment.parameter]!;
  }
  return gradient;
}
