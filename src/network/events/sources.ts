import { ParameterError, UnsupportedError } from '../../base/errors.ts';
import { binomialTable } from './binomial-table.ts';
import { PostDraws } from './post-draws.ts';
import type { EventTopology, RandomPairs } from './topology-kinds.ts';

/** Sizes of the two populations, and whether they are one. */
export interface Ends {
  readonly pre: number;
  readonly post: number;
  readonly same: boolean;
}

/** The presynaptic neurons of every postsynaptic one, in an order that is always the same. */
export interface Sources {
  /** No neuron has more sources than this. */
  readonly most: number;
  /** Writes the sources of a neuron; returns how many they are. */
  list(post: number, into: Uint32Array): number;
  /** With `pairs`: the number of the pair that is source k of a neuron. */
  readonly pair?: (post: number, k: number) => number;
}

/** How many other neurons a neuron may be connected from. */
const availableTo = ({ pre, same }: Ends, allowed: (i: number, j: number) => boolean): number =>
  pre - (same && !allowed(0, 0) ? 1 : 0);

/** Different sources, `degreeOf` many, by rejection of those that were drawn before; of the missing ones where these are fewer. */
function byDegree(
  degreeOf: () => number,
  most: number,
  ends: Ends,
  draws: PostDraws,
  allowed: (i: number, j: number) => boolean,
): Sources {
  const available = availableTo(ends, allowed);
  const stamps = new Uint32Array(ends.pre);
  let stamp = 0;
  const list = (post: number, into: Uint32Array) => {
    draws.start(post);
    const degree = degreeOf();
    const inverse = 2 * degree > available;
    const wanted = inverse ? available - degree : degree;
    stamp += 1;
    let count = 0;
    while (count < wanted) {
      const i = draws.integer(ends.pre);
      if (stamps[i] === stamp || !allowed(i, post)) continue;
      stamps[i] = stamp;
      into[count++] = i;
    }
    if (!inverse) return count;
    count = 0;
    for (let i = 0; i < ends.pre; i++) if (stamps[i] !== stamp && allowed(i, post)) into[count++] = i;
    return count;
  };
  return { most, list };
}

/** In-degrees of `count` independent choices of a target, then sources for each. */
function byCount(
  { count, self }: RandomPairs,
  name: string,
  { pre, post, same }: Ends,
  seed: number,
  draws: PostDraws,
): Sources {
  if (count > 0 && same && !self && pre === 1) {
    throw new ParameterError(`projection "${name}"`, 'expected two neurons or more without self-connections, got 1');
  }
  const targets = new PostDraws(seed, `targets/${name}`);
  targets.start(0);
  const degrees = new Uint32Array(post);
  for (let k = 0; k < count; k++) degrees[targets.integer(post)]! += 1;
  const list = (j: number, into: Uint32Array) => {
    draws.start(j);
    const degree = degrees[j]!;
    for (let k = 0; k < degree; ) {
      const i = draws.integer(pre);
      if (same && !self && i === j) continue;
      into[k++] = i;
    }
    return degree;
  };
  return { most: degrees.reduce((a, b) => Math.max(a, b), 0), list };
}

/** Explicit pairs, sorted by target; a pair that is listed twice is two synapses. */
function byPairs(where: string, pre: ArrayLike<number>, post: ArrayLike<number>, ends: Ends): Sources {
  if (pre.length !== post.length) {
    throw new ParameterError(where, `expected as many pre as post indices, got ${pre.length} and ${post.length}`);
  }
  const starts = new Uint32Array(ends.post + 1);
  for (let k = 0; k < pre.length; k++) {
    const [i, j] = [pre[k]!, post[k]!];
    if (!(Number.isInteger(i) && i >= 0 && i < ends.pre && Number.isInteger(j) && j >= 0 && j < ends.post)) {
      throw new ParameterError(where, `expected pre < ${ends.pre} and post < ${ends.post}, got ${i}, ${j}`);
    }
    starts[j + 1]! += 1;
  }
  for (let j = 0; j < ends.post; j++) starts[j + 1]! += starts[j]!;
  const order = new Uint32Array(pre.length);
  const next = starts.slice();
  for (let k = 0; k < pre.length; k++) order[next[post[k]!]!++] = k;
  const list = (j: number, into: Uint32Array) => {
    const [from, to] = [starts[j]!, starts[j + 1]!];
    for (let k = from; k < to; k++) into[k - from] = pre[order[k]!]!;
    return to - from;
  };
  return { most: pre.length, list, pair: (j, k) => order[starts[j]! + k]! };
}

/**
 * The sources of all neurons of a projection.
 *
 * @throws ParameterError for pairs out of range and for an in-degree above what is available; UnsupportedError for `fixedNumber`
 */
export function sourcesOf(name: string, topology: EventTopology, ends: Ends, seed: number): Sources {
  const where = `projection "${name}"`;
  const allowed = (i: number, j: number) => !ends.same || i !== j || !('self' in topology) || topology.self;
  const available = availableTo(ends, allowed);
  const draws = new PostDraws(seed, `sources/${name}`);
  switch (topology.kind) {
    case 'fixedProbability': {
      const degrees = binomialTable(available, topology.probability);
      return byDegree(() => degrees.of(draws.uniform()), available, ends, draws, allowed);
    }
    case 'fixedInDegree': {
      const { inDegree } = topology;
      if (inDegree > available) {
        throw new ParameterError(where, `expected at most ${available} connections per neuron, got ${inDegree}`);
      }
      return byDegree(() => inDegree, inDegree, ends, draws, allowed);
    }
    case 'randomPairs':
      return byCount(topology, name, ends, seed, draws);
    case 'fixedNumber':
      throw new UnsupportedError(where, 'expected a topology drawn target by target, got fixedNumber', {
        hint: 'randomPairs(count) has as many connections, drawn with replacement',
      });
    case 'pairs':
      return byPairs(where, topology.pre, topology.post, ends);
    case 'allToAll':
      return byDegree(() => available, available, ends, draws, allowed);
    case 'oneToOne':
      return {
        most: 1,
        list: (post, into) => {
          into[0] = post;
          return 1;
        },
      };
  }
}
