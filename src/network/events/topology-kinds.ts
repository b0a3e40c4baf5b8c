import { ParameterError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { fixedInDegree, fixedNumber, fixedProbability, type Topology } from '../topology.ts';

/** `count` connections whose ends are drawn with replacement, so that a pair may be connected more than once. */
export interface RandomPairs {
  readonly kind: 'randomPairs';
  readonly count: number;
  readonly self: boolean;
}

/**
 * `count` connections, both ends of each drawn independently: the rule of the cortical microcircuit.
 *
 * @throws ParameterError unless count is a non-negative integer
 */
export function randomPairs(count: number, options: { self?: boolean } = {}): RandomPairs {
  const { self = true } = checkedOptions('randomPairs', options, ['self']);
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new ParameterError('randomPairs', `expected a non-negative integer, got ${count}`);
  }
  return { kind: 'randomPairs', count, self };
}

/** How the neurons of two populations are connected; {@link randomPairs} takes the place of `fixedNumber`, which is refused. */
export type EventTopology = Topology | RandomPairs;

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
