import { ShapeError } from '../base/errors.ts';
import type { Network, Projection } from './network.ts';
import type { Connections, NetworkParameters } from './parameters.ts';

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

function checkConnections(projection: Projection, connections: Connections | undefined): void {
  const where = `projection "${projection.name}"`;
  const { topology, preSize, postSize } = projection;
  const kind = topology.kind in KINDS ? KINDS[topology.kind as keyof typeof KINDS] : 'sparse';
  if (connections?.kind !== kind) throw misfit(where, `${kind} connections`, connections?.kind ?? 'none');
  if (connections.kind === 'sparse') {
    const { rowStart, post } = connections.pattern;
    if (rowStart.length !== preSize + 1 || rowStart[preSize] !== post.length || post.some((j) => j >= postSize)) {
      throw misfit(where, `a pattern of ${preSize} x ${postSize} neurons`, `${rowStart.length - 1} rows`);
    }
  }
  const count = weightCount(projection, connections);
  if (connections.weights.length !== count) throw misfit(where, `${count} weights`, connections.weights.length);
}

/**
 * Checks that parameters have the shapes of a network. Values are checked where they are written.
 *
 * @throws ShapeError naming the first projection or neuron parameter that does not fit
 */
export function checkParameters(network: Network, { connections, neurons }: NetworkParameters): void {
  for (const projection of Object.values(network.projections)) {
    checkConnections(projection, connections[projection.name]);
  }
  for (const [name, { size, model }] of Object.entries(network.populations)) {
    for (const key of Object.keys(model.model.definition.params)) {
      const count = neurons[name]?.[key]?.length;
      if (count === 1 || count === size) continue;
      throw misfit(`population "${name}", parameter ${key}`, `1 or ${size} values`, count ?? 'none');
    }
  }
}
