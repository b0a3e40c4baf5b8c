import { ParameterError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { checkTopology, kindOf, TOPOLOGIES } from '../check-topology.ts';
import type { Topology } from '../topology.ts';

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
const KINDS: Readonly<Record<string, string>> = { ...TOPOLOGIES, randomPairs: 'randomPairs(n)' };

/** Whether a value is a topology. */
export function isTopology(topology: unknown): boolean {
  const kind = kindOf(topology);
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind);
}

/** @throws ParameterError unless there is a topology, with numbers that it may have */
export function checkEventTopology(where: string, topology: EventTopology): void {
  if (kindOf(topology) === 'randomPairs') randomPairs((topology as RandomPairs).count);
  else checkTopology(where, topology, KINDS);
}
