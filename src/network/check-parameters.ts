import { ParameterError, ShapeError, unknownName } from '../base/errors.ts';
import { own } from '../base/own.ts';
import type { Network, Projection } from './network.ts';
import { checkRange } from './parameter-range.ts';
import { allowsSelf, type Connections, checkDiagonal, type NetworkParameters } from './parameters.ts';
import type { SparsePattern } from './topology.ts';
import { checkFinite } from './weights.ts';

const HINT = 'parameters of another network? initialParameters(network, seed) gives the right shapes';

function misfit(where: string, expected: string, got: string | number): ShapeError {
  return new ShapeError(where, `expected ${expected}, got ${got}`, { hint: HINT });
}

const KINDS = { allToAll: 'dense', oneToOne: 'oneToOne' } as const;

/** How many weights a projection has, given its connections. */
function weightCount({ preSize, postSize }: Projection, connections: Connections): number {
  if (connections.kind === 'dense') return preSize * postSize;
  return connections.kind === 'oneToOne' ? postSize : connections.pattern.post.length;
}

function checkPattern(where: string, { preSize, postSize }: Projection, { rowStart, post }: SparsePattern): void {
  const rises = rowStart.every((start, i) => i === 0 || start >= rowStart[i - 1]!);
  const complete = rowStart.length === preSize + 1 && rowStart[0] === 0 && rowStart[preSize] === post.length;
  if (rises && complete && post.every((j) => j < postSize)) return;
  throw misfit(where, `a pattern of ${preSize} x ${postSize} neurons`, `${rowStart.length - 1} rows`);
}

/** Without self-connections, learning skips the diagonal and the engine does not: it must be empty. */
function checkSelf(where: string, projection: Projection, connections: Connections): void {
  if (allowsSelf(projection)) return;
  if (connections.kind === 'dense') {
    checkDiagonal(where, connections.weights, projection.postSize);
    if (connections.self) throw new ParameterError(where, 'expected connections with self: false, got self: true');
  }
  if (connections.kind !== 'sparse') return;
  const { rowStart, post } = connections.pattern;
  for (let i = 0; i < projection.preSize; i++) {
    if (!post.subarray(rowStart[i], rowStart[i + 1]).includes(i)) continue;
    throw new ParameterError(where, `expected no self-connections, got one of neuron ${i}`);
  }
}

function checkConnections(projection: Projection, connections: Connections | undefined): void {
  const where = `projection "${projection.name}"`;
  const { topology } = projection;
  const kind = !projection.plastic && topology.kind in KINDS ? KINDS[topology.kind as keyof typeof KINDS] : 'sparse';
  if (connections?.kind !== kind) throw misfit(where, `${kind} connections`, connections?.kind ?? 'none');
  if (connections.kind === 'sparse') checkPattern(where, projection, connections.pattern);
  const count = weightCount(projection, connections);
  if (connections.weights.length !== count) throw misfit(where, `${count} weights`, connections.weights.length);
  checkSelf(where, projection, connections);
}

function checkNames(kind: string, given: readonly string[], known: readonly string[]): void {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownName('parameters', kind, unknown, known);
}

/** Initial values of plastic synapses: known names, one value per synapse, finite. */
function checkSynapses(network: Network, { connections, synapses = {} }: NetworkParameters): void {
  const plastic = Object.values(network.projections).filter((projection) => projection.plastic);
  checkNames(
    'plastic projection',
    Object.keys(synapses),
    plastic.map(({ name }) => name),
  );
  for (const [name, given] of Object.entries(synapses)) {
    const { variables } = network.projections[name]!.plastic!.synapse.model.program;
    const known = Object.keys(variables).filter((key) => variables[key]!.scope === 'synapse' && key !== 'w');
    checkNames('synapse variable', Object.keys(given), known);
    const count = connections[name]!.weights.length;
    for (const [key, values] of Object.entries(given)) {
      const where = `projection "${name}", initial ${key}`;
      if (values.length !== count) throw misfit(where, `${count} values`, values.length);
      checkFinite(where, values);
    }
  }
}

/**
 * Checks that parameters have the shapes of a network, lie in their ranges and connect no neuron to itself where the
 * topology does not. That weights are finite is checked where they are written.
 *
 * @throws ShapeError, ParameterError naming the first projection or neuron parameter that does not fit
 */
export function checkParameters(network: Network, parameters: NetworkParameters): void {
  const { connections, neurons } = parameters;
  checkNames('projection', Object.keys(connections), Object.keys(network.projections));
  checkNames('population', Object.keys(neurons), Object.keys(network.populations));
  for (const projection of Object.values(network.projections)) {
    checkConnections(projection, own(connections, projection.name));
  }
  checkSynapses(network, parameters);
  for (const [name, { size, model }] of Object.entries(network.populations)) {
    for (const [key, spec] of Object.entries(model.model.definition.params)) {
      const where = `population "${name}", parameter ${key}`;
      const values = own(own(neurons, name), key);
      if (values?.length !== 1 && values?.length !== size) {
        throw misfit(where, `1 or ${size} values`, values?.length ?? 'none');
      }
      checkRange(where, spec, values);
    }
  }
}
