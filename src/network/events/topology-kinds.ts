import { ParameterError } from '../../base/errors.ts';

/** How a topology of each kind is made. */
const KINDS: Readonly<Record<string, string>> = {
  allToAll: 'allToAll()',
  oneToOne: 'oneToOne()',
  fixedProbability: 'fixedProbability(p)',
  fixedInDegree: 'fixedInDegree(n)',
  pairs: 'pairs(pre, post)',
  randomPairs: 'randomPairs(n)',
  fixedNumber: 'fixedNumber(n)',
};

const kindOf = (topology: unknown): unknown =>
  typeof topology === 'object' && topology !== null && 'kind' in topology ? topology.kind : undefined;

/** Whether a value is a topology. */
export function isTopology(topology: unknown): boolean {
  const kind = kindOf(topology);
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind);
}

/** @throws ParameterError unless there is a topology */
export function checkTopology(where: string, topology: unknown): void {
  if (isTopology(topology)) return;
  throw new ParameterError(where, `expected a topology, got ${kindOf(topology) ?? topology}`, {
    hint: `one of: ${Object.values(KINDS).join(', ')}`,
  });
}
