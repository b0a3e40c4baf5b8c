import type { SpikeTrain } from '../../tensor/bits.ts';

/** Spike times of groups of neurons within a sliding window; the neurons from `first` on belong to groups 0, 1, … in turn. */
export class SpikeWindow {
  readonly #times: number[][];
  /** Steps. */
  readonly #length: number;
  readonly #first: number;

  /**
   * @param length - steps
   * @param first - neurons before this one do not count
   * @param times - spike times to go on with, per group
   */
  constructor(groups: number, length: number, first = 0, times?: readonly (readonly number[])[]) {
    this.#length = length;
    this.#first = first;
    this.#times = Array.from({ length: groups }, (_, group) => [...(times?.[group] ?? [])]);
  }

  /** Spike times in the window, per group: the state to store in a checkpoint. */
  get times(): readonly (readonly number[])[] {
    return this.#times;
  }

  /**
   * Adds the spikes of batch row 0 of a train and forgets those that have left the window.
   *
   * @param start - steps before the train
   */
  add(train: SpikeTrain, start: number): void {
    const { time, neuron } = train.events();
    const groups = this.#times.length;
    for (let k = 0; k < time.length; k++) {
      const acting = neuron[k]! - this.#first;
      if (acting >= 0) this.#times[acting % groups]!.push(start + time[k]!);
    }
    const oldest = start + train.time - this.#length;
    for (const times of this.#times) while (times.length > 0 && times[0]! < oldest) times.shift();
  }

  /**
   * Spikes of each whole group per second.
   *
   * @param dt - ms
   */
  rates(dt: number): number[] {
    return this.#times.map(({ length }) => (1000 * length) / (this.#length * dt));
  }

  clear(): void {
    for (const times of this.#times) times.length = 0;
  }
}
