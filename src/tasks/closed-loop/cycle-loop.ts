import type { RandomStream } from '../../base/random.ts';
import { SpikeTrain } from '../../tensor/bits.ts';
import { FloatSequence } from '../../tensor/float-sequence.ts';
import { wholeSteps } from '../cue-accumulation.ts';
import { PoissonSource, type PoissonSourceState } from './poisson-source.ts';
import { type RewardScaling, RewardSignal } from './reward-signal.ts';
import { SpikeWindow } from './spike-window.ts';

/** What an environment sends to the network for one control cycle, batch 1; overwritten by the next. */
export interface CycleInputs {
  /** [cycle, 1, neuron] */
  readonly input: SpikeTrain;
  /** The reward signal, [cycle, 1, 1]. */
  readonly dopa: FloatSequence;
}

/**
 * An environment that reads a network's spikes and answers with spikes and reward, once per control cycle, without end.
 *
 * @example
 * let spikes: SpikeTrain | undefined;
 * for (;;) spikes = simulation.run({ ...task.cycle(spikes) }).spikes.out;
 */
export interface ClosedLoop<State> {
  /** Steps of a control cycle. */
  readonly cycleSteps: number;
  /** Cycles begun so far. */
  readonly cycles: number;
  /** Reward of the last cycle. */
  readonly reward: number;
  /**
   * Takes what the network did in the last cycle, and gives its inputs in the next one.
   *
   * @param spikes - of the neurons that act, [cycle, 1, neuron]; none before the first cycle
   */
  cycle(spikes?: SpikeTrain): CycleInputs;
  /** The state to store in a checkpoint: plain data, equal after JSON. */
  readonly state: State;
}

/** Parameters that environments with control cycles share. */
export interface CycleOptions {
  /** Duration of a control cycle, ms; default 15. */
  readonly cycle?: number;
  /** Window in which spikes of the acting neurons are counted, ms; default 500. */
  readonly window?: number;
  /** First of the neurons that act, among those whose spikes are given; default 0. */
  readonly firstActing?: number;
  /** Input neurons; default 50. */
  readonly inputSize?: number;
  /** How rewards become a signal; `false`: the signal is always 0. */
  readonly scaling?: RewardScaling | false;
  /** ms; default 1. */
  readonly dt?: number;
}

/** Names of the options that environments share, with those of their input. */
export const CYCLE_OPTIONS = [
  ...(['cycle', 'window', 'firstActing', 'inputSize', 'scaling', 'dt'] as const),
  ...(['background', 'most'] as const),
] as const;

/** State of a {@link CycleLoop}. */
export interface CycleLoopState {
  readonly cycles: number;
  readonly reward: number;
  readonly mean: number;
  readonly source: PoissonSourceState;
  readonly window: readonly (readonly number[])[];
}

/** What environments with control cycles have in common: input neurons, counted spikes, a reward signal. */
export class CycleLoop {
  readonly cycleSteps: number;
  readonly dt: number;
  readonly window: SpikeWindow;
  cycles: number;
  reward: number;
  readonly #source: PoissonSource;
  readonly #signal: RewardSignal | undefined;
  readonly #inputs: CycleInputs;

  /**
   * @param groups - groups of acting neurons; neuron firstActing + j belongs to group j mod groups
   * @param from - where to start: draws, or the state of an earlier loop
   * @throws ParameterError if a duration is no whole number of steps
   */
  constructor(groups: number, options: CycleOptions, from: RandomStream | CycleLoopState) {
    const { cycle = 15, window = 500, firstActing = 0, inputSize = 50, scaling = {}, dt = 1 } = options;
    const kept = 'cycles' in from ? from : undefined;
    this.dt = dt;
    this.cycleSteps = wholeSteps('control cycle', 'cycle', cycle, dt, 1);
    this.cycles = kept?.cycles ?? 0;
    this.reward = kept?.reward ?? 0;
    this.window = new SpikeWindow(
      groups,
      wholeSteps('control cycle', 'window', window, dt, 1),
      firstActing,
      kept?.window,
    );
    this.#signal = scaling === false ? undefined : new RewardSignal(scaling);
    if (this.#signal && kept) this.#signal.mean = kept.mean;
    this.#source = 'cycles' in from ? PoissonSource.from(from.source) : PoissonSource.of(inputSize, from);
    this.#inputs = {
      input: new SpikeTrain(this.cycleSteps, 1, inputSize),
      dopa: new FloatSequence(this.cycleSteps, 1, 1),
    };
  }

  /** Time at the start of the cycle, ms. */
  get now(): number {
    return this.cycles * this.cycleSteps * this.dt;
  }

  get state(): CycleLoopState {
    const { cycles, reward } = this;
    const mean = this.#signal?.mean ?? 0;
    return { cycles, reward, mean, source: this.#source.state, window: this.window.times };
  }

  /** Counts the spikes of the last cycle. */
  observe(spikes: SpikeTrain | undefined): void {
    if (spikes) this.window.add(spikes, (this.cycles - 1) * this.cycleSteps);
  }

  /**
   * Begins a cycle.
   *
   * @param rates - of the input neurons, Hz
   */
  begin(rates: ArrayLike<number>, reward: number): CycleInputs {
    this.reward = reward;
    this.#source.fill(this.#inputs.input, rates, this.dt);
    this.#inputs.dopa.data.fill(this.#signal?.next(reward) ?? 0);
    this.cycles += 1;
    return this.#inputs;
  }
}
