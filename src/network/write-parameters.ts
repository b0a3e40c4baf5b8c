import { ParameterError } from '../base/errors.ts';
import { deriveParameters } from '../expr/index.ts';
import { padded } from './arena.ts';
import type { EngineMemory } from './engine-memory.ts';
import type { Connections, NetworkParameters, NeuronValues } from './parameters.ts';
import type { SparsePattern } from './topology.ts';
import { checkFinite } from './weights.ts';

/** Copies `[post, pre]` weights into `[pre, postPadded]` memory; pad columns become 0. */
export function packDense(weights: ArrayLike<number>, pre: number, post: number, into: Float32Array): void {
  const width = padded(post);
  into.fill(0);
  for (let j = 0; j < post; j++) {
    for (let i = 0; i < pre; i++) into[i * width + j] = weights[j * pre + i]!;
  }
}

/** The inverse of {@link packDense}. */
export function unpackDense(packed: ArrayLike<number>, pre: number, post: number): Float32Array {
  const width = padded(post);
  const weights = new Float32Array(pre * post);
  for (let j = 0; j < post; j++) {
    for (let i = 0; i < pre; i++) weights[j * pre + i] = packed[i * width + j]!;
  }
  return weights;
}

/** The values of a population's parameters and derived names for neuron n. */
function neuronParameters(
  engine: EngineMemory,
  name: string,
  values: Readonly<Record<string, NeuronValues>>,
  n: number,
): Record<string, number> {
  const { program } = engine.layout.populations[name]!.plan;
  const own = Object.fromEntries(Object.entries(values).map(([key, all]) => [key, all[all.length === 1 ? 0 : n]!]));
  return deriveParameters(program, own, engine.dt);
}

/** Writes a population's parameters, with the derived names, into an engine's memory. Pad lanes repeat the last neuron. */
export function writeNeurons(engine: EngineMemory, name: string, values: Readonly<Record<string, NeuronValues>>): void {
  const { plan, forward, size, padded: width } = engine.layout.populations[name]!;
  const wide = plan.perNeuron.size > 0;
  for (let n = 0; n < (wide ? width : 1); n++) {
    const all = neuronParameters(engine, name, values, Math.min(n, size - 1));
    for (const [key, value] of Object.entries(all)) {
      if (!Number.isFinite(value)) {
        throw new ParameterError(`population "${name}"`, `expected a finite ${key}, got ${value} at neuron ${n}`);
      }
      if (n === 0 || plan.perNeuron.has(key)) engine.floats(forward.params[key]!, width)[n] = value;
    }
  }
}

/** Writes the weights of a projection into an engine's memory. */
function writeWeights(engine: EngineMemory, name: string, connections: Connections): void {
  const own = engine.layout.projections[name]!;
  checkFinite(`projection "${name}"`, connections.weights);
  if (connections.kind === 'sparse') writePattern(engine, name, connections.pattern);
  // Plastic weights are a state: the engine's reset writes them.
  if (own.plastic) return;
  const into = engine.floats(own.weights, own.count);
  if (connections.kind === 'dense')
    packDense(connections.weights, own.projection.preSize, own.projection.postSize, into);
  else into.set(connections.weights);
}

/** Writes which neurons a sparse projection connects; there is room for as many synapses as its layout counts. */
export function writePattern(engine: EngineMemory, name: string, { rowStart, post }: SparsePattern): void {
  const own = engine.layout.projections[name]!;
  engine.words(own.rowStart, own.projection.preSize + 1).set(rowStart);
  engine.words(own.post, own.count).set(post);
}

/** Writes every weight and neuron parameter into an engine's memory. */
export function writeParameters(engine: EngineMemory, parameters: NetworkParameters): void {
  for (const [name, connections] of Object.entries(parameters.connections)) writeWeights(engine, name, connections);
  for (const [name, values] of Object.entries(parameters.neurons)) writeNeurons(engine, name, values);
}
