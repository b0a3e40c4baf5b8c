import type { SparsePattern } from '../../network/index.ts';
import { shiftRuns } from './shift-runs.ts';
import type { SignOf } from './signs.ts';
import type { StepDraws } from './step-draws.ts';

/** Values of the connections, in their order: slot k belongs to connection k. */
export interface SlotColumns {
  readonly weights: Float32Array;
  /** Moments of the optimiser: 0 for a new connection. */
  readonly moments: readonly Float32Array[];
  /** Training step after which the connection was activated, if the optimiser asks. */
  readonly born: Uint32Array | undefined;
  /** 1 or -1. */
  readonly signs: Int8Array;
  /** Where `pull` lists the slots whose weight is 0, ascending. */
  readonly gone: Uint32Array;
  /** The kernel `pullWeights` on the first `count` slots, with the noise that lies in its place. */
  readonly pull: (count: number, pull: number, deviation: number, floor: number) => number;
}

/** θ of a connection just activated: above 0, and of no weight. */
export const ACTIVATED = 1e-12;

/** Above this share of taken pairs, a free one is found by counting rather than by trying. */
const CROWDED = 0.75;

/** The number of bits set in a 32-bit word. */
function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * The connections of a sparse projection within a fixed number of slots, always sorted by (pre, post), without duplicates.
 * Connections go and come in place, in one pass: a run between two changes moves by what came before it, less what went.
 */
export class ConnectionSlots {
  readonly rowStart: Uint32Array;
  /** Postsynaptic neurons, [slots]; the first `count` are in use. */
  readonly #post: Uint32Array;
  readonly #columns: SlotColumns;
  readonly #signOf: SignOf;
  readonly #postSize: number;
  readonly #self: boolean;
  /** One bit per pair pre · postSize + post: connected, or not allowed. */
  readonly #taken: Uint32Array;
  /** Slots listed in `columns.gone`, and how many of them were released. */
  #goneCount = 0;
  #released = 0;
  /** Pairs to be connected by the next {@link merge}, and the slots before which they come. */
  readonly #pending: Uint32Array;
  readonly #before: Uint32Array;
  #pendingCount = 0;
  /** Pairs that are allowed. */
  readonly candidates: number;
  count = 0;

  /**
   * @param sizes - of both groups; `self` false: neuron i is not connected to neuron i
   * @param capacity - number of slots
   */
  constructor(
    sizes: { readonly pre: number; readonly post: number; readonly self: boolean },
    capacity: number,
    columns: SlotColumns,
    signOf: SignOf,
  ) {
    this.rowStart = new Uint32Array(sizes.pre + 1);
    this.#post = new Uint32Array(capacity);
    this.#columns = columns;
    this.#signOf = signOf;
    this.#postSize = sizes.post;
    this.#self = sizes.self;
    this.#taken = new Uint32Array(Math.ceil((sizes.pre * sizes.post) / 32));
    this.#pending = new Uint32Array(capacity);
    this.#before = new Uint32Array(capacity);
    this.candidates = sizes.pre * sizes.post;
    if (sizes.self) return;
    for (let i = 0; i < sizes.pre; i++) this.#set(i * sizes.post + i);
    this.candidates -= sizes.pre;
  }

  /** Connections that stay. */
  get kept(): number {
    return this.count - this.#released;
  }

  /** Allowed pairs that are neither connected nor about to be. */
  get free(): number {
    return this.candidates - this.kept - this.#pendingCount;
  }

  /** The connections as they are, on the arrays themselves. */
  get pattern(): SparsePattern {
    return { rowStart: this.rowStart, post: this.#post.subarray(0, this.count) };
  }

  /** Takes over connections whose weights are in the slots already. */
  load(pattern: SparsePattern): void {
    this.#eachPair((pair) => this.#clear(pair));
    this.rowStart.set(pattern.rowStart);
    this.#post.set(pattern.post);
    this.count = pattern.post.length;
    this.#eachPair((pair, k, pre) => {
      this.#set(pair);
      this.#columns.signs[k] = this.#signOf(pre, pair - pre * this.#postSize);
    });
  }

  #eachPair(visit: (pair: number, k: number, pre: number) => void): void {
    for (let pre = 0; pre + 1 < this.rowStart.length; pre++) {
      for (let k = this.rowStart[pre]!; k < this.rowStart[pre + 1]!; k++) {
        visit(pre * this.#postSize + this.#post[k]!, k, pre);
      }
    }
  }

  /**
   * Moves every θ = s · w by a constant pull and scaled noise; a weight becomes 0 where θ falls to 0 or below.
   *
   * @param deviation - of the noise, which lies where `pull` of the columns looks for it; 0: none
   * @param floor - what θ becomes there instead, if given
   * @returns the number of weights that are 0, for {@link release}
   */
  move(pull: number, deviation: number, floor = 0): number {
    this.#goneCount = this.#columns.pull(this.count, pull, deviation, floor);
    return this.#goneCount;
  }

  /** Frees the pairs whose weight {@link move} found to be 0; {@link merge} removes them. */
  release(): void {
    const { gone } = this.#columns;
    let k = 0;
    for (let pre = 0; k < this.#goneCount; pre++) {
      const end = this.rowStart[pre + 1]!;
      for (; k < this.#goneCount && gone[k]! < end; k++) this.#clear(pre * this.#postSize + this.#post[gone[k]!]!);
    }
    this.#released = this.#goneCount;
  }

  /** Draws a free pair uniformly, to be connected by {@link merge}; there must be one. */
  draw(draws: StepDraws): void {
    const total = (this.rowStart.length - 1) * this.#postSize;
    let pair: number;
    if (this.free < (1 - CROWDED) * total) {
      pair = this.#freePair(draws.integer(this.free));
    } else {
      do pair = draws.integer(total);
      while (this.#isTaken(pair));
    }
    this.#set(pair);
    this.#pending[this.#pendingCount++] = pair;
  }

  /** The free pair number `rank`. */
  #freePair(rank: number): number {
    let left = rank;
    let at = 0;
    while (left >= 32 - bitCount(this.#taken[at]!)) left -= 32 - bitCount(this.#taken[at++]!);
    for (let pair = 32 * at; ; pair++) if (!this.#isTaken(pair) && left-- === 0) return pair;
  }

  /** Removes what was released, and connects the drawn pairs, with fresh moments, as activated after training step `step`. */
  merge(step: number): void {
    const { weights, moments, gone } = this.#columns;
    const pairs = this.#pending.subarray(0, this.#pendingCount).sort();
    for (let k = 0; k < pairs.length; k++) {
      const pre = Math.floor(pairs[k]! / this.#postSize);
      this.#before[k] = this.#position(pre, pairs[k]! - pre * this.#postSize);
    }
    const changes = { gone: gone.subarray(0, this.#released), before: this.#before.subarray(0, pairs.length) };
    shiftRuns(changes, this.count, (from, end, to) => this.#shift(from, end, to));
    this.#activatePending(step);
    this.#moveRows();
    const count = this.kept + this.#pendingCount;
    for (const values of [weights, ...moments]) values.fill(0, count, Math.max(count, this.count));
    this.count = count;
    [this.#goneCount, this.#released, this.#pendingCount] = [0, 0, 0];
  }

  #activatePending(step: number): void {
    const { gone } = this.#columns;
    for (let k = 0, went = 0; k < this.#pendingCount; k++) {
      while (went < this.#released && gone[went]! < this.#before[k]!) went += 1;
      const pre = Math.floor(this.#pending[k]! / this.#postSize);
      this.#activate(this.#before[k]! + k - went, pre, this.#pending[k]! - pre * this.#postSize, step);
    }
  }

  #moveRows(): void {
    const { gone } = this.#columns;
    let [came, went] = [0, 0];
    for (let pre = 0; pre + 1 < this.rowStart.length; pre++) {
      const end = this.rowStart[pre + 1]!;
      while (went < this.#released && gone[went]! < end) went += 1;
      while (came < this.#pendingCount && this.#pending[came]! < (pre + 1) * this.#postSize) came += 1;
      this.rowStart[pre + 1] = end + came - went;
    }
  }

  /** The first slot of row `pre`, whose start and end are not moved yet, with a neuron from `post` on; binary search. */
  #position(pre: number, post: number): number {
    let low = this.rowStart[pre]!;
    let high = this.rowStart[pre + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#post[middle]! < post) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Moves slots from … end - 1 to slots to, to + 1, … */
  #shift(from: number, end: number, to: number): void {
    if (from === to || from >= end) return;
    const { weights, moments, born, signs } = this.#columns;
    this.#post.copyWithin(to, from, end);
    signs.copyWithin(to, from, end);
    weights.copyWithin(to, from, end);
    for (const moment of moments) moment.copyWithin(to, from, end);
    born?.copyWithin(to, from, end);
  }

  #activate(at: number, pre: number, post: number, step: number): void {
    const { weights, moments, born, signs } = this.#columns;
    const sign = this.#signOf(pre, post);
    this.#post[at] = post;
    signs[at] = sign;
    weights[at] = sign * ACTIVATED;
    for (const moment of moments) moment[at] = 0;
    if (born) born[at] = step;
  }

  /** Whether two neurons may be connected at all. */
  allows(pre: number, post: number): boolean {
    return post < this.#postSize && (this.#self || pre !== post);
  }

  #isTaken(pair: number): boolean {
    return ((this.#taken[pair >>> 5]! >>> (pair & 31)) & 1) === 1;
  }

  #set(pair: number): void {
    this.#taken[pair >>> 5]! |= 1 << (pair & 31);
  }

  #clear(pair: number): void {
    this.#taken[pair >>> 5]! &= ~(1 << (pair & 31));
  }
}
