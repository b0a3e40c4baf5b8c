import { own } from '../base/own.ts';
import type { Connections, Engine, Network, NetworkParameters, NeuronValues, SparsePattern } from '../network/index.ts';
import { packDense, padded, unpackDense, writeNeurons } from '../network/index.ts';
import type { FeedbackStart } from './feedback.ts';
import { float32Within } from './float32-within.ts';
import { neuronGradient } from './neuron-gradient.ts';
import { laySegments, type NeuronSegment, type Segment, type TrainableNeurons } from './parameter-segments.ts';

const NO_FEEDBACK: FeedbackStart = { adaptive: false, weights: {} };

/**
 * All trainable parameters as one float32 vector, which is what shards exchange and optimisers see. Dense weights are
 * stored `[pre, postPadded]` as in simulation memory, their pad columns always 0; every segment is padded to 4. Feedback
 * weights that learn come last.
 */
export class ParameterVector {
  readonly network: Network;
  readonly segments: readonly Segment[];
  readonly length: number;
  /** Length without the feedback weights, whose gradient only repeats that of other weights. */
  readonly ownLength: number;
  readonly #start: NetworkParameters;
  readonly #feedback: FeedbackStart;
  readonly #capacity: Readonly<Record<string, number>>;
  /** Connections that are not those of the start, by projection. */
  readonly #patterns = new Map<string, SparsePattern>();

  /** @param capacity - room for this many synapses of a sparse projection; default: as many as there are at the start */
  constructor(
    network: Network,
    start: NetworkParameters,
    trainable: TrainableNeurons = {},
    feedback: FeedbackStart = NO_FEEDBACK,
    capacity: Readonly<Record<string, number>> = {},
  ) {
    this.#start = start;
    this.#capacity = capacity;
    const laid = laySegments(network, start, trainable, feedback, (name) => this.capacityOf(name));
    this.ownLength = laid.ownLength;
    this.network = network;
    this.segments = laid.segments;
    this.length = laid.length;
    this.#feedback = feedback;
  }

  /** Synapses of a projection that is not dense for which there is room. */
  capacityOf(name: string): number {
    return own(this.#capacity, name) ?? this.#start.connections[name]!.weights.length;
  }

  /** Says which connections the vector's entries belong to from now on, where learning moves them; arrays are kept, not copied. */
  setPatterns(patterns: Readonly<Record<string, SparsePattern>>): void {
    for (const [name, pattern] of Object.entries(patterns)) this.#patterns.set(name, pattern);
  }

  /** Number of parameters that are really free: no pads, no absent self-connections. */
  get freeCount(): number {
    return this.segments.reduce((sum, segment) => {
      if (segment.kind === 'neurons') return sum + segment.values;
      if (segment.kind === 'feedback') return sum;
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
      const values =
        segment.kind === 'feedback'
          ? this.#feedback.weights[segment.name]!
          : parameters.connections[segment.name]!.weights;
      this.#packWeights(segment.name, values, part);
    }
    return into;
  }

  #packWeights(name: string, values: ArrayLike<number>, into: Float32Array): void {
    const { preSize, postSize } = this.network.projections[name]!;
    if (this.#start.connections[name]!.kind === 'dense') packDense(values, preSize, postSize, into);
    else into.set(values);
  }

  #unpackWeights(name: string, part: Float32Array): Float32Array {
    const { kind, weights } = this.#start.connections[name]!;
    const { preSize, postSize } = this.network.projections[name]!;
    return kind === 'dense' ? unpackDense(part, preSize, postSize) : part.slice(0, weights.length);
  }

  #unpackConnections(name: string, part: Float32Array): Connections {
    const old = this.#start.connections[name]!;
    const moved = this.#patterns.get(name);
    if (old.kind !== 'sparse' || !moved) return { ...old, weights: this.#unpackWeights(name, part) };
    const pattern = { rowStart: moved.rowStart.slice(), post: moved.post.slice() };
    return { kind: 'sparse', pattern, weights: part.slice(0, pattern.post.length) };
  }

  /** Feedback weights that are not those of the projection, by projection, in the order of its weights. */
  feedback(vector: Float32Array): Record<string, Float32Array> {
    const result = { ...this.#feedback.weights };
    for (const { kind, name, offset, count } of this.segments) {
      if (kind === 'feedback') result[name] = this.#unpackWeights(name, vector.subarray(offset, offset + count));
    }
    return result;
  }

  /** Shrinks learned feedback weights and the weights that they follow by 1 - decay. */
  decayFeedback(vector: Float32Array, decay: number): void {
    const followed = this.segments.filter(({ kind }) => kind === 'feedback').map(({ name }) => name);
    for (const { kind, name, offset, count } of this.segments) {
      if (kind === 'neurons' || !followed.includes(name)) continue;
      for (let k = offset; k < offset + count; k++) vector[k]! *= 1 - decay;
    }
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
      if (segment.kind === 'feedback') continue;
      connections[segment.name] = this.#unpackConnections(segment.name, part);
    }
    return { connections, neurons };
  }

  /** Gradient vector → gradient in the shapes of the parameters; 0 for what is not trained. */
  unpackGradient(vector: Float32Array): NetworkParameters {
    const all = this.unpack(vector);
    const trained = new Set(this.segments.map((s) => (s.kind === 'neurons' ? `${s.name}.${s.parameter}` : s.name)));
    const connections = Object.entries(all.connections).map(([name, own]) => {
      return [name, trained.has(name) ? own : { ...own, weights: new Float32Array(own.weights.length) }] as const;
    });
    const neurons = Object.entries(all.neurons).map(([name, own]) => {
      const values = Object.entries(own).map(([key, value]) => {
        return [key, trained.has(`${name}.${key}`) ? value : new Float64Array(value.length)] as const;
      });
      return [name, Object.fromEntries(values)] as const;
    });
    return { connections: Object.fromEntries(connections), neurons: Object.fromEntries(neurons) };
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
      // Where nothing is swept backwards, feedback has no place in the engine: its address is that of the weights.
      if (segment.kind === 'feedback' && own.feedback !== 'own') continue;
      const to = segment.kind === 'feedback' ? own.feedbackWeights : own.weights;
      engine.floats(to, own.count).set(vector.subarray(segment.offset, segment.offset + own.count));
    }
    if (trained.size === 0) return;
    const { neurons } = this.unpack(vector);
    for (const name of trained) writeNeurons(engine, name, neurons[name]!);
  }

  /** Writes feedback weights as they are at the start into an engine's memory. */
  writeFeedback(engine: Engine): void {
    for (const [name, values] of Object.entries(this.#feedback.weights)) {
      const own = engine.layout.projections[name]!;
      this.#packWeights(name, values, engine.floats(own.feedbackWeights, own.count));
    }
  }

  /**
   * Reads the gradient that an engine's backward pass left in memory.
   *
   * @param gradient - where to, zeros or an earlier gradient
   */
  readGradient(
    engine: Engine,
    current: Float32Array,
    gradient: Float32Array = new Float32Array(this.length),
  ): Float32Array {
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
      // Learned feedback weights take the gradient of the weights that they follow.
      gradient.set(engine.floats(own.gradient, own.count), segment.offset);
    }
    return gradient;
  }
}
