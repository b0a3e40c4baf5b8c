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

/** Parameters of the lever press. */
export interface LeverPressOptions extends CycleOptions, RatePatternOptions {
  /** Shortest and longest wait between trials, ms; default 500 and 1000. */
  readonly wait?: readonly [number, number];
  /** Longest trial, ms; default 10,000. */
  readonly trial?: number;
  /** Duration of the reward, ms; default 300. */
  readonly rewarded?: number;
  /** Position that the lever must pass in both directions; default 15. */
  readonly target?: number;
  /** Share of its position that the lever keeps in a cycle; default 0.95. */
  readonly keep?: number;
}

/** What happens now: waiting, on the way down with the cue on, back up, rewarded. */
export type LeverPhase = 'wait' | 'down' | 'up' | 'reward';

/** The end of a trial. */
export interface TrialEnd {
  readonly rewarded: boolean;
  /** From cue to reward, or to the time-out, ms. */
  readonly duration: number;
}

/** State of {@link LeverPress}. */
export interface LeverPressState {
  readonly loop: CycleLoopState;
  readonly random: RandomState;
  readonly cue: readonly number[];
  readonly phase: LeverPhase;
  readonly position: number;
  readonly direction: number;
  readonly begun: number;
  readonly until: number;
}

/**
 * Lever press: after a cue, the network moves a lever below a threshold and then above another one, and is rewarded.
 *
 * Two groups of acting neurons pull: the position follows the difference of their rates, low-pass filtered once per control cycle. The
 * cue pattern stays on during the trial, which ends without reward after `trial` ms.
 *
 * @eq kappel2018sampling (lever press)
 */
export class LeverPress implements ClosedLoop<LeverPressState> {
  readonly #loop: CycleLoop;
  readonly #random: RandomStream;
  readonly #background: Float64Array;
  readonly #cue: Float64Array;
  readonly #options: Required<Pick<LeverPressOptions, 'wait' | 'trial' | 'rewarded' | 'target' | 'keep'>>;
  phase: LeverPhase;
  /** Position of the lever, Hz. */
  position: number;
  /** 1: the first group pulls up; -1: it pulls down. Set it to swap the roles of the groups. */
  direction: number;
  /** The trial that ended with the last call of `cycle`, if one did. */
  ended: TrialEnd | undefined;
  #begun: number;
  #until: number;

  /** @param from - where to start: draws, or the state of an earlier environment */
  constructor(from: RandomStream | LeverPressState, options: LeverPressOptions = {}) {
    checkedOptions('LeverPress', options, [...CYCLE_OPTIONS, 'wait', 'trial', 'rewarded', 'target', 'keep']);
    const { inputSize = 50, wait = [500, 1000], trial = 10_000, rewarded = 300, target = 15, keep = 0.95 } = options;
    const kept = 'cue' in from ? from : undefined;
    this.#random = 'cue' in from ? RandomStream.from(from.random) : from;
    this.#options = { wait, trial, rewarded, target, keep };
    this.#background = new Float64Array(inputSize).fill(options.background ?? 2);
    this.#cue = kept ? Float64Array.from(kept.cue) : ratePattern(inputSize, this.#random, options);
    this.#loop = new CycleLoop(2, options, kept?.loop ?? new RandomStream(this.#random.seed, this.#random.word()));
    this.phase = kept?.phase ?? 'wait';
    this.position = kept?.position ?? 0;
    this.direction = kept?.direction ?? 1;
    this.#begun = kept?.begun ?? 0;
    this.#until = kept?.until ?? this.#pause();
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

  get state(): LeverPressState {
    const { phase, position, direction } = this;
    const times = { begun: this.#begun, until: this.#until };
    return {
      ...{ loop: this.#loop.state, random: this.#random.state, cue: [...this.#cue] },
      ...{ phase, position, direction, ...times },
    };
  }

  #pause(): number {
    const [least, most] = this.#options.wait;
    return least + (most - least) * this.#random.uniform();
  }

  #waitFrom(now: number): void {
    this.phase = 'wait';
    this.#until = now + this.#pause();
  }

  #end(now: number, rewarded: boolean): void {
    this.ended = { rewarded, duration: now - this.#begun };
  }

  /** When time is up, a wait becomes a trial, and all else a wait. */
  #timeOut(now: number): void {
    if (this.phase === 'wait') {
      this.phase = 'down';
      this.#begun = now;
      this.#until = now + this.#options.trial;
      return;
    }
    if (this.phase !== 'reward') this.#end(now, false);
    this.#waitFrom(now);
  }

  #change(now: number): void {
    const { target, rewarded } = this.#options;
    if (now >= this.#until) {
      this.#timeOut(now);
    } else if (this.phase === 'down' && this.position < -target) {
      this.phase = 'up';
    } else if (this.phase === 'up' && this.position > target) {
      this.phase = 'reward';
      this.#end(now, true);
      this.#until = now + rewarded;
    }
  }

  cycle(spikes?: SpikeTrain): CycleInputs {
    this.#loop.observe(spikes);
    this.ended = undefined;
    const [first, second] = this.#loop.window.rates(this.#loop.dt) as [number, number];
    const { keep } = this.#options;
    this.position = keep * this.position + (1 - keep) * this.direction * (first - second);
    this.#change(this.#loop.now);
    const cued = this.phase === 'down' || this.phase === 'up';
    return this.#loop.begin(cued ? this.#cue : this.#background, Number(this.phase === 'reward'));
  }
}
