import { ParameterError } from '../../base/errors.ts';
import { fixedInDegree, fixedNumber, fixedProbability } from '../topology.ts';
import { type EventTopology, randomPairs } from './event-spec.ts';

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

function checkTopologyValues(where: string, topology: EventTopology): void {
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
    case 'randomPairs':
      randomPairs(topology.count);
      return;
    case 'pairs':
      for (const ends of [topology.pre, topology.post] as readonly unknown[]) {
        if (typeof ends === 'object' && ends !== null && 'length' in ends) continue;
        throw new ParameterError(where, `expected arrays of pre and post indices, got ${String(ends)}`);
      }
  }
}

/** @throws ParameterError unless there is a topology, with numbers that it may have */
export function checkTopology(where: string, topology: unknown): void {
  if (isTopology(topology)) {
    checkTopologyValues(where, topology as EventTopology);
    return;
  }
  throw new ParameterError(where, `expected a topology, got ${kindOf(topology) ?? topology}`, {
    hint: `one of: ${Object.values(KINDS).join(', ')}`,
  });
}
