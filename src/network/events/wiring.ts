import { isDistribution } from '../../base/distribution.ts';
import { UnsupportedError } from '../../base/errors.ts';
import { type DelayClasses, delayClasses } from './delay-classes.ts';
import type { EventProjectionSpec, SynapseValue } from './event-spec.ts';
import type { Slice } from './partition.ts';
import { PostDraws } from './post-draws.ts';
import { type Ends, type Sources, sourcesOf } from './sources.ts';

/** Where the synapses of a projection are written. */
export interface SynapseArrays {
  /** Numbers of postsynaptic neurons within the slice, counted from an origin, in the order of the rows. */
  readonly targets: Uint16Array | Uint32Array;
  /** One weight per synapse, unless all have the same. */
  readonly weights?: Float32Array;
}

/**
 * The synapses of a projection: a row for every presynaptic neuron and delay, and in it targets in ascending order.
 *
 * They are drawn target by target, and twice: to count the rows, and to write them straight to where they stay. Drawing
 * costs less than keeping a copy would.
 */
export class Wiring {
  readonly delays: DelayClasses;
  /** Row (pre, class) is rowStart[pre * classes + class] … rowStart[… + 1] - 1. */
  readonly rowStart: Uint32Array;
  readonly synapses: number;
  /** Synapses of every postsynaptic neuron of the slice. */
  readonly inDegrees: Uint32Array;
  readonly #name: string;
  /** The postsynaptic neurons whose synapses are meant, and the size of their population. */
  readonly posts: Slice;
  readonly postSize: number;
  readonly #seed: number;
  readonly #sources: Sources;
  readonly #weights: SynapseValue;

  /**
   * @param posts - the postsynaptic neurons whose synapses are meant, default all
   * @throws ParameterError for a topology or delays that are impossible, UnsupportedError for 2^32 synapses or more
   */
  constructor(
    name: string,
    { topology, weights, delay = 1 }: EventProjectionSpec,
    ends: Ends,
    seed: number,
    posts: Slice = { first: 0, size: ends.post },
  ) {
    this.#name = name;
    this.posts = posts;
    this.postSize = ends.post;
    this.#seed = seed;
    this.#weights = weights;
    this.#sources = sourcesOf(name, topology, ends, seed);
    this.delays = delayClasses(name, delay, this.#sources, seed);
    this.rowStart = new Uint32Array(ends.pre * this.delays.count + 1);
    this.inDegrees = new Uint32Array(posts.size);
    const { rowStart, inDegrees } = this;
    this.each(posts, (post, row) => {
      rowStart[row + 1]! += 1;
      inDegrees[post - posts.first]! += 1;
    });
    let total = 0;
    for (let row = 1; row < rowStart.length; row++) {
      total += rowStart[row]!;
      rowStart[row] = total;
    }
    if (total >= 2 ** 32) {
      throw new UnsupportedError(`projection "${name}"`, `expected fewer than 2^32 synapses, got ${total}`);
    }
    this.synapses = total;
  }

  /** Calls `visit` for all synapses onto some neurons by target, then in the order of their sources. */
  each({ first, size }: Slice, visit: (post: number, row: number, k: number) => void): void {
    const sources = new Uint32Array(this.#sources.most);
    const { delays } = this;
    const { count: classes } = delays;
    for (let post = first; post < first + size; post++) {
      const count = this.#sources.list(post, sources);
      delays.start(post);
      for (let k = 0; k < count; k++) visit(post, sources[k]! * classes + delays.of(post, k), k);
    }
  }

  /**
   * Writes all synapses.
   *
   * @param next - per row, where its next synapse goes; advances
   * @param origin - what targets are counted from
   */
  write({ targets, weights }: SynapseArrays, next: Uint32Array = this.rowStart.slice(), origin = 0): void {
    const weight = this.#valueOf('weights', this.#weights);
    const shift = origin - this.posts.first;
    this.each(this.posts, (post, row, k) => {
      const at = next[row]!++;
      targets[at] = post + shift;
      if (weights) weights[at] = weight(post, k);
    });
  }

  /**
   * Writes a value for every synapse, in the order of the rows.
   *
   * @param purpose - what it is that is drawn: the same values come with the same purpose, those of `weights` as in `write`
   */
  writeValues(purpose: string, given: SynapseValue, into: Float32Array): void {
    const next = this.rowStart.slice();
    const value = this.#valueOf(purpose, given);
    this.each(this.posts, (post, row, k) => {
      into[next[row]!++] = value(post, k);
    });
  }

  /** A value of the synapse with source k of a neuron, to be asked for k = 0, 1, … */
  #valueOf(purpose: string, given: SynapseValue): (post: number, k: number) => number {
    if (typeof given === 'number') return () => given;
    if (!isDistribution(given)) return (post, k) => given[this.#sources.pair!(post, k)]!;
    const draws = new PostDraws(this.#seed, `${purpose}/${this.#name}`);
    return (post, k) => {
      if (k === 0) draws.start(post);
      return given.kind === 'normal'
        ? given.mean + given.sd * draws.normal()
        : given.low + (given.high - given.low) * draws.uniform();
    };
  }
}
