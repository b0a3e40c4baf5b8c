/**
 * Spikes as a list, by time, then by neuron. Those of a `SpikeTrain` of one batch row are
 * `{ ...train.events(), size: train.size, steps: train.time, dt }`.
 */
export interface SpikeList {
  /** Neurons of the population. */
  readonly size: number;
  /** Time steps that the list covers. */
  readonly steps: number;
  /** ms. */
  readonly dt: number;
  /** Step of every spike, from 0. */
  readonly time: Uint32Array;
  readonly neuron: Uint32Array;
}

/** A growing list of spikes. */
export class SpikeCollector {
  #time = new Uint32Array(1024);
  #neuron = new Uint32Array(1024);
  #count = 0;

  /** Adds the spikes of one step: `count` words from index `from` on. */
  add(time: number, words: Uint32Array, from: number, count: number): void {
    const end = this.#count + count;
    if (end > this.#time.length) this.#grow(end);
    // Most steps have few spikes, for which views cost more than a loop.
    for (let k = 0; k < count; k++) {
      this.#time[this.#count + k] = time;
      this.#neuron[this.#count + k] = words[from + k]!;
    }
    this.#count = end;
  }

  #grow(least: number): void {
    const grown = (old: Uint32Array) => {
      const next = new Uint32Array(Math.max(least, 2 * old.length));
      next.set(old);
      return next;
    };
    this.#time = grown(this.#time);
    this.#neuron = grown(this.#neuron);
  }

  /** The spikes so far. */
  events(size: number, steps: number, dt: number): SpikeList {
    return { size, steps, dt, ...this.arrays() };
  }

  /** Step and neuron of the spikes so far. */
  arrays(): Pick<SpikeList, 'time' | 'neuron'> {
    return { time: this.#time.slice(0, this.#count), neuron: this.#neuron.slice(0, this.#count) };
  }
}

/** One list from the lists of the parts of a population, which have each their own neurons in ascending order. */
export function mergeSpikes(
  parts: readonly Pick<SpikeList, 'time' | 'neuron'>[],
  { size, steps, dt }: Pick<SpikeList, 'size' | 'steps' | 'dt'>,
): SpikeList {
  const total = parts.reduce((sum, part) => sum + part.time.length, 0);
  const [time, neuron] = [new Uint32Array(total), new Uint32Array(total)];
  const next = parts.map(() => 0);
  let count = 0;
  for (let step = 0; count < total; step++) {
    parts.forEach((part, p) => {
      let k = next[p]!;
      for (; part.time[k] === step; k++) {
        time[count] = step;
        neuron[count++] = part.neuron[k]!;
      }
      next[p] = k;
    });
  }
  return { size, steps, dt, time, neuron };
}
