import { sigmoid } from '../../base/math.ts';
import { checkedOptions } from '../../base/options.ts';
import { type RandomState, RandomStream } from '../../base/random.ts';
import type { SpikeTrain } from '../../tensor/bits.ts';
import {
  type ClosedLoop,
  CYCLE_OPTIONS,
  type CycleInputs,
  CycleLoop,
  type CycleLoopState,
  type CycleOptions,
} from './cycle-loop.ts';
import { type RatePatternOptions, ratePattern } from './rate-pattern.ts';

/** Parameters of pattern routing. */
export interface PatternRoutingOptions extends CycleOptions, RatePatternOptions {
  /** Number of patterns, and of groups of acting neurons; default 2. */
  readonly patterns?: number;
  /** Shortest and longest phase, ms; default 500 and 1000. */
  readonly phase?: readonly [number, number];
  /** Lead of the right group at which the reward is 1/2, Hz; default 25. */
  readonly lead?: number;
  /** Steepness of the reward over the lead, per Hz; default 0.2. */
  readonly slope?: number;
}

/** The end of a pattern. */
export interface PatternEnd {
  /** 1, 2 … */
  readonly pattern: number;
  /** Whether the group of the pattern had the highest rate. */
  readonly correct: boolean;
}

/** State of {@link PatternRouting}. */
export interface PatternRoutingState {
  readonly loop: CycleLoopState;
  readonly random: RandomState;
  readonly patterns: readonly (readonly number[])[];
  readonly pattern: number;
  readonly until: number;
}

const NONE = 0;

/**
 * Routing of rate patterns: while input pattern k is shown, group k of the network is to fire more than the others.
 *
 * Patterns are drawn once. Background and patterns take turns; the reward is 0 in the background and wherever another group leads, else a
 * sigmoid of the lead over the second group, in spikes of whole groups per second. Counts start anew with every phase.
 *
 * @eq kappel2018sampling (two-pattern routing)
 */
export class PatternRouting implements ClosedLoop<PatternRoutingState> {
  readonly #loop: CycleLoop;
  readonly #random: RandomStream;
  readonly #background: Float64Array;
  readonly #patterns: readonly Float64Array[];
  readonly #phase: readonly [number, number];
  readonly #lead: number;
  readonly #slope: number;
  /** Pattern shown, from 1; 0: background. */
  pattern: number;
  /** The pattern that ended with the last call of `cycle`, if one did. */
  ended: PatternEnd | undefined;
  #until: number;

  /** @param from - where to start: a seed, or the state of an earlier environment */
  constructor(from: RandomStream | PatternRoutingState, options: PatternRoutingOptions = {}) {
    checkedOptions('PatternRouting', options, [...CYCLE_OPTIONS, 'patterns', 'phase', 'lead', 'slope']);
    const { patterns = 2, inputSize = 50, phase = [500, 1000], lead = 25, slope = 0.2 } = options;
    const fresh = 'patterns' in from ? undefined : from;
    const kept = 'patterns' in from ? from : undefined;
    this.#random = fresh ?? RandomStream.from(kept!.random);
    [this.#phase, this.#lead, this.#slope] = [phase, lead, slope];
    this.#background = new Float64Array(inputSize).fill(options.background ?? 2);
    this.#patterns = Array.from({ length: patterns }, (_, k) =>
      kept ? Float64Array.from(kept.patterns[k]!) : ratePattern(inputSize, this.#random, options),
    );
    this.#loop = new CycleLoop(
      patterns,
      options,
      kept?.loop ?? new RandomStream(this.#random.seed, this.#random.word()),
    );
    this.pattern = kept?.pattern ?? NONE;
    this.#until = kept?.until ?? this.#duration();
  }

  get cycleSteps(): number {
    return this.#loop.cycleSteps;
  }

  get cycles(): number {
    return this.#loop.cycles;
  }

  get reward(): number {
    return this.#loop.reward;
  }

  /** Rates of the input neurons in every pattern, Hz. */
  get patterns(): readonly Float64Array[] {
    return this.#patterns;
  }

  get state(): PatternRoutingState {
    return {
      loop: this.#loop.state,
      random: this.#random.state,
      patterns: this.#patterns.map((rates) => [...rates]),
      pattern: this.pattern,
      until: this.#until,
    };
  }

  #duration(): number {
    const [least, most] = this.#phase;
    return least + (most - least) * this.#random.uniform();
  }

  /** By how much the group of the pattern leads, Hz; 0 or less: it does not. */
  #leadOf(pattern: number): number {
    const rates = this.#loop.window.rates(this.#loop.dt);
    const own = rates[pattern - 1]!;
    return own - Math.max(...rates.filter((_, k) => k !== pattern - 1));
  }

  #change(): void {
    if (this.pattern !== NONE) {
      this.ended = { pattern: this.pattern, correct: this.#leadOf(this.pattern) > 0 };
      this.pattern = NONE;
    } else {
      this.pattern = 1 + this.#random.integer(this.#patterns.length);
    }
    this.#until += this.#duration();
    this.#loop.window.clear();
  }

  cycle(spikes?: SpikeTrain): CycleInputs {
    this.#loop.observe(spikes);
    this.ended = undefined;
    if (this.#loop.now >= this.#until) this.#change();
    const lead = this.pattern === NONE ? 0 : this.#leadOf(this.pattern);
    const reward = lead > 0 ? sigmoid(this.#slope * (lead - this.#lead)) : 0;
    return this.#loop.begin(this.pattern === NONE ? this.#background : this.#patterns[this.pattern - 1]!, reward);
  }
}
