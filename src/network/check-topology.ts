import { ParameterError } from '../base/errors.ts';
import { fixedInDegree, fixedNumber, fixedProbability, type Topology } from './topology.ts';

/** How a topology of each kind is made. */
export const TOPOLOGIES: Readonly<Record<Topology['kind'], string>> = {
  allToAll: 'allToAll()',
  oneToOne: 'oneToOne()',
  fixedProbability: 'fixedProbability(p)',
  fixedInDegree: 'fixedInDegree(n)',
  pairs: 'pairs(pre, post)',
  fixedNumber: 'fixedNumber(n)',
};

/** The kind that a value says it has. */
export const kindOf = (topology: unknown): unknown =>
  typeof topology === 'object' && topology !== null && 'kind' in topology ? topology.kind : undefined;

function checkNumbers(where: string, topology: Topology): void {
  switch (topology.kind) {
    case 'fixedProbability':
      fixedProbability(topology.probability);
      return;
    case 'fixedInDegree':
      fixedInDegree(topology.inDegree);
      return;
    case 'fixedNumber':
      fixedNumber(topology.count);
      return;
    case 'pairs':
      for (const ends of [topology.pre, topology.post] as readonly unknown[]) {
        if (typeof ends === 'object' && ends !== null && 'length' in ends) continue;
        throw new ParameterError(where, `expected arrays of pre and post indices, got ${String(ends)}`);
      }
  }
}

/**
 * @param kinds - those that there are, with how they are made
 * @throws ParameterError unless there is a topology, with numbers that it may have
 */
export function checkTopology(
  where: string,
  topology: unknown,
  kinds: Readonly<Record<string, string>> = TOPOLOGIES,
): void {
  const kind = kindOf(topology);
  if (typeof kind === 'string' && Object.hasOwn(kinds, kind)) {
    checkNumbers(where, topology as Topology);
    return;
  }
  const got = typeof topology === 'function' ? 'a function that was not called' : (kind ?? topology);
  throw new ParameterError(where, `expected a topology, got ${String(got)}`, {
    hint: `one of: ${Object.values(kinds).join(', ')}`,
  });
}
