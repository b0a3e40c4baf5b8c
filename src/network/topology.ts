import { ParameterError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { RandomStream } from '../base/random.ts';

/** How the neurons of two groups are connected, as plain data. */
export type Topology =
  | { readonly kind: 'allToAll'; readonly self: boolean }
  | { readonly kind: 'oneToOne' }
  | { readonly kind: 'fixedProbability'; readonly probability: number; readonly self: boolean }
  | { readonly kind: 'fixedInDegree'; readonly inDegree: number; readonly self: boolean }
  | { readonly kind: 'fixedNumber'; readonly count: number; readonly self: boolean }
  | { readonly kind: 'pairs'; readonly pre: ArrayLike<number>; readonly post: ArrayLike<number> };

/** Every neuron to every neuron. `self: false` leaves out the connection of a neuron to itself (autapse). */
export function allToAll(options: { self?: boolean } = {}): Topology {
  const { self = true } = checkedOptions('allToAll', options, ['self']);
  return { kind: 'allToAll', self };
}

/** Neuron i to neuron i; both groups have the same size. */
export const oneToOne = (): Topology => ({ kind: 'oneToOne' });

/**
 * Each pair is connected with the given probability, independently.
 *
 * @throws ParameterError unless 0 <= probability <= 1
 */
export function fixedProbability(probability: number, options: { self?: boolean } = {}): Topology {
  const { self = true } = checkedOptions('fixedProbability', options, ['self']);
  if (!(probability >= 0 && probability <= 1)) {
    throw new ParameterError('fixedProbability', `expected a probability from 0 to 1, got ${probability}`);
  }
  return { kind: 'fixedProbability', probability, self };
}

/**
 * Each postsynaptic neuron receives exactly `inDegree` connections from different presynaptic neurons.
 *
 * @throws ParameterError unless inDegree is a non-negative integer
 */
export function fixedInDegree(inDegree: number, options: { self?: boolean } = {}): Topology {
  const { self = true } = checkedOptions('fixedInDegree', options, ['self']);
  if (!Number.isInteger(inDegree) || inDegree < 0) {
    throw new ParameterError('fixedInDegree', `expected a non-negative integer, got ${inDegree}`);
  }
  return { kind: 'fixedInDegree', inDegree, self };
}

/**
 * Exactly `count` connections, drawn without replacement from all pairs.
 *
 * @throws ParameterError unless count is a non-negative integer
 */
export function fixedNumber(count: number, options: { self?: boolean } = {}): Topology {
  const { self = true } = checkedOptions('fixedNumber', options, ['self']);
  if (!Number.isInteger(count) || count < 0) {
    throw new ParameterError('fixedNumber', `expected a non-negative integer, got ${count}`);
  }
  return { kind: 'fixedNumber', count, self };
}

/** Exactly the connections pre[k] → post[k]. */
export const pairs = (pre: ArrayLike<number>, post: ArrayLike<number>): Topology => ({ kind: 'pairs', pre, post });

/** Sparse connections, rows by presynaptic neuron: those of `pre` are k = rowStart[pre] … rowStart[pre + 1] - 1. */
export interface SparsePattern {
  readonly rowStart: Uint32Array;
  readonly post: Uint32Array;
}

/**
 * The connections of a sparse topology, sorted by (pre, post).
 *
 * @param sameGroup - whether both groups are one population, so that `self` matters
 * @throws ParameterError for duplicate or out-of-range pairs, and for an in-degree or a number above what is available
 */
export function sparsePattern(
  topology: Topology,
  sizes: { pre: number; post: number; sameGroup: boolean },
  random: RandomStream,
): SparsePattern {
  const rows: number[][] = Array.from({ length: sizes.pre }, () => []);
  const allowed = (pre: number, post: number) =>
    !sizes.sameGroup || pre !== post || !('self' in topology) || topology.self;
  if (topology.kind === 'fixedProbability') {
    for (let pre = 0; pre < sizes.pre; pre++) {
      for (let post = 0; post < sizes.post; post++) {
        if (random.uniform() < topology.probability && allowed(pre, post)) rows[pre]!.push(post);
      }
    }
  } else if (topology.kind === 'fixedInDegree') {
    for (let post = 0; post < sizes.post; post++) {
      for (const pre of drawSources(topology.inDegree, post, sizes, allowed, random)) rows[pre]!.push(post);
    }
  } else if (topology.kind === 'fixedNumber') {
    drawPairs(rows, topology.count, sizes, allowed, random);
  } else if (topology.kind === 'pairs') {
    fillPairs(rows, topology.pre, topology.post, sizes.post);
  } else {
    throw new ParameterError('sparsePattern', `expected a sparse topology, got ${topology.kind}`);
  }
  return pack(rows);
}

/** `count` different allowed sources of one neuron, ascending; by rejection, cheap while the network is sparse. */
function drawSources(
  count: number,
  post: number,
  sizes: { pre: number },
  allowed: (pre: number, post: number) => boolean,
  random: RandomStream,
): number[] {
  const available = sizes.pre - (post < sizes.pre && !allowed(post, post) ? 1 : 0);
  if (count > available) {
    throw new ParameterError('fixedInDegree', `expected at most ${available} connections per neuron, got ${count}`);
  }
  if (count * 2 > available) {
    const order = random.permutation(sizes.pre).filter((pre) => allowed(pre, post));
    return [...order.subarray(0, count)].sort((a, b) => a - b);
  }
  const chosen = new Set<number>();
  while (chosen.size < count) {
    const pre = random.integer(sizes.pre);
    if (allowed(pre, post)) chosen.add(pre);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** Fills rows with `count` different allowed pairs, each row ascending; by rejection while they are few. */
function drawPairs(
  rows: number[][],
  count: number,
  sizes: { pre: number; post: number },
  allowed: (pre: number, post: number) => boolean,
  random: RandomStream,
): void {
  const all = sizes.pre * sizes.post;
  const isAllowed = (pair: number) => allowed(Math.floor(pair / sizes.post), pair % sizes.post);
  const available = all - (isAllowed(0) ? 0 : sizes.pre);
  if (count > available) {
    throw new ParameterError('fixedNumber', `expected at most ${available} connections, got ${count}`);
  }
  const chosen = new Set<number>();
  if (count * 2 > available) {
    for (const pair of random.permutation(all)) {
      if (chosen.size < count && isAllowed(pair)) chosen.add(pair);
    }
  }
  while (chosen.size < count) {
    const pair = random.integer(all);
    if (isAllowed(pair)) chosen.add(pair);
  }
  for (const pair of Float64Array.from(chosen).sort()) rows[Math.floor(pair / sizes.post)]!.push(pair % sizes.post);
}

function fillPairs(rows: number[][], pre: ArrayLike<number>, post: ArrayLike<number>, postSize: number): void {
  if (pre.length !== post.length) {
    throw new ParameterError('pairs', `expected as many pre as post indices, got ${pre.length} and ${post.length}`);
  }
  for (let k = 0; k < pre.length; k++) {
    const row = rows[pre[k]!];
    if (!row || !(post[k]! >= 0 && post[k]! < postSize) || !Number.isInteger(post[k])) {
      throw new ParameterError(
        'pairs',
        `expected pre < ${rows.length} and post < ${postSize}, got ${pre[k]}, ${post[k]}`,
      );
    }
    row.push(post[k]!);
  }
  rows.forEach((row, i) => {
    row.sort((a, b) => a - b);
    const twice = row.find((value, k) => k > 0 && row[k - 1] === value);
    if (twice !== undefined) throw new ParameterError('pairs', `expected each pair once, got ${i} → ${twice} twice`);
  });
}

function pack(rows: readonly number[][]): SparsePattern {
  const rowStart = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    rowStart[i + 1] = rowStart[i]! + row.length;
  });
  const post = new Uint32Array(rowStart[rows.length]!);
  rows.forEach((row, i) => {
    post.set(row, rowStart[i]!);
  });
  return { rowStart, post };
}
