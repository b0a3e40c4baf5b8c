import { own } from '../../base/own.ts';
import { firstNonFinite, type NonFinite } from '../engine-state.ts';
import { type BuiltEvents, buildEvents, type EventOptions } from './build-events.ts';
import { synapseBytes } from './event-checks.ts';
import { BLOCK_STEPS } from './event-layout.ts';
import type { EventNetworkSpec } from './event-spec.ts';
import { firstNonFiniteSynapse, readSynapses, type SliceSynapses, type SynapseFault } from './event-synapse-memory.ts';
import type { Part } from './partition.ts';
import { SpikeCollector } from './spike-list.ts';
import { type MailShape, SpikeMail } from './spike-mail.ts';

/** What a part of a network is. */
export interface SliceInfo {
  readonly synapses: number;
  readonly synapseBytes: number;
  readonly memoryBytes: number;
  /** Words of its longest letter. */
  readonly capacity: number;
}

/** What a part did in a run. */
export interface SliceRecording {
  /** Step, from 0, and neuron, counted in the whole population, of the spikes of this part. */
  readonly spikes: Readonly<Record<string, { readonly time: Uint32Array; readonly neuron: Uint32Array }>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly synapticEvents: number;
  /** Steps that were computed: fewer than asked for if a state of any part is not finite. */
  readonly steps: number;
  /** The first state of this part that is not finite. */
  readonly fault?: NonFinite;
  /** The first variable of plastic synapses of this part that is not finite after the last step. */
  readonly synapseFault?: SynapseFault;
}

/**
 * One part of an event-driven network: its share of all neurons, with the synapses onto them, in a memory of its own.
 *
 * Parts compute as many steps as the shortest delay, then tell each other which neurons spiked: until then, no spike of
 * one of them reaches another. Since neurons keep their order, each part adds what arrives at a neuron in the order in
 * which an undivided network does.
 */
export class EventSlice {
  readonly info: SliceInfo;
  readonly #built: BuiltEvents;
  /** Populations whose spikes are sent: all that a projection comes from. */
  readonly #sources: readonly string[];
  /** Graded populations whose value is sent: those that plastic synapses read. */
  readonly #heard: readonly string[];
  readonly #memory: Uint32Array;
  readonly #part: Part;
  /** Per part, the word of its letter that is read next. */
  readonly #next: number[] = [];
  #mail: SpikeMail | undefined;
  #window = 0;
  #steps = 0;

  /** @throws as `EventSimulation` does */
  constructor(spec: EventNetworkSpec, options: EventOptions, part: Part) {
    this.#built = buildEvents(spec, options, part);
    this.#part = part;
    const { events, engine } = this.#built;
    this.#memory = new Uint32Array(engine.memory.buffer);
    const from = new Set(events.projections.map((projection) => projection.from));
    this.#sources = Object.keys(events.lists).filter((name) => from.has(name));
    this.#heard = Object.keys(events.heard);
    const spikeWords = this.#sources.reduce((sum, name) => sum + 1 + events.slices[name]!.size, 0);
    const words = spikeWords + 2 * this.#heard.length;
    this.info = {
      synapses: events.projections.reduce((sum, { wiring }) => sum + wiring.synapses, 0),
      synapseBytes: synapseBytes(events),
      memoryBytes: events.layout.arena.bytes,
      capacity: 1 + events.minDelay * words,
    };
  }

  /** Joins the other parts, by a memory of `mailBytes(shape)` bytes of zeros. */
  connect(buffer: ArrayBufferLike, shape: MailShape): void {
    this.#mail = new SpikeMail(buffer, shape);
  }

  /** Number of the window that comes next. */
  get window(): number {
    return this.#window;
  }

  /**
   * Goes on for a number of steps. Yields whenever a letter is written; to be resumed when all parts have written theirs.
   *
   * @param record - populations whose spikes are listed
   */
  *run(steps: number, record: readonly string[]): Generator<void, SliceRecording> {
    const { events, engine, delivered } = this.#built;
    const spiking = Object.keys(events.ownLists).filter((name) => engine.layout.populations[name]!.spiking);
    const counts: Record<string, number> = Object.fromEntries(spiking.map((name) => [name, 0]));
    const collectors = new Map(record.map((name) => [name, new SpikeCollector()]));
    const before = delivered();
    let fault: NonFinite | undefined;
    let done = 0;
    for (let healthy = true; done < steps && healthy; ) {
      const block = Math.min(BLOCK_STEPS, steps - done);
      for (let k = 0, count = 0; k < block; k += count) {
        count = Math.min(events.minDelay, block - k);
        const from = this.#steps + events.maxDelay;
        this.#built.forward(from, from + count);
        this.#steps += count;
        if (k + count === block) fault = firstNonFinite(engine, 0);
        this.#write(from, count, fault !== undefined);
        yield;
        healthy = this.#read(from, count);
        this.#window += 1;
      }
      this.#collect(done, block, counts, collectors);
      done += block;
    }
    const spikes = Object.fromEntries([...collectors].map(([name, spiked]) => [name, spiked.arrays()]));
    const first = fault && events.slices[fault.population]!.first;
    const synapseFault = firstNonFiniteSynapse(engine, events.projections);
    return {
      ...{ spikes, counts, steps: done, synapticEvents: delivered() - before },
      ...(synapseFault ? { synapseFault } : {}),
      ...(fault ? { fault: { ...fault, neuron: fault.neuron + first! } } : {}),
    };
  }

  /**
   * Writes the spikes of the steps after `from`: whether a state is not finite, then per step and source their number and
   * indices, then per graded population that synapses read whether it is here, and its value.
   */
  #write(from: number, steps: number, ill: boolean): void {
    const mail = this.#mail!;
    const { ownLists, layout } = this.#built.events;
    const [memory, words] = [this.#memory, mail.words];
    let to = mail.letter(this.#part.index, this.#window);
    words[to++] = ill ? 1 : 0;
    for (let t = from + 1; t <= from + steps; t++) {
      for (const name of this.#sources) {
        const list = ownLists[name];
        // A part may have no neuron of a population.
        if (!list) {
          words[to++] = 0;
          continue;
        }
        const at = (list.base + (t % list.slots) * list.slotBytes) / 4;
        const count = memory[at]!;
        for (let k = 0; k <= count; k++) words[to + k] = memory[at + k]!;
        to += count + 1;
      }
      for (const name of this.#heard) {
        const output = own(layout.populations, name)?.output;
        words[to++] = output ? 1 : 0;
        words[to++] = output ? memory[(output.base + (t % output.slots) * output.slotBytes) / 4]! : 0;
      }
    }
  }

  /** Reads the letters of all parts into the lists; false if a state of one of them is not finite. */
  #read(from: number, steps: number): boolean {
    const mail = this.#mail!;
    const { lists, heard } = this.#built.events;
    const [memory, words] = [this.#memory, mail.words];
    const next = this.#next;
    let healthy = true;
    for (let part = 0; part < mail.parts; part++) {
      next[part] = mail.letter(part, this.#window);
      healthy = words[next[part]!++] === 0 && healthy;
    }
    for (let t = from + 1; t <= from + steps; t++) {
      for (const name of this.#sources) {
        const { base, slotBytes, slots } = lists[name]!;
        const start = (base + (t % slots) * slotBytes) / 4;
        let to = start + 1;
        for (let part = 0; part < mail.parts; part++) {
          const at = next[part]!;
          const count = words[at]!;
          for (let k = 1; k <= count; k++) memory[to++] = words[at + k]!;
          next[part] = at + count + 1;
        }
        memory[start] = to - start - 1;
      }
      for (const name of this.#heard) {
        for (let part = 0; part < mail.parts; part++) {
          const at = next[part]!;
          if (words[at] === 1) memory[heard[name]! / 4] = words[at + 1]!;
          next[part] = at + 2;
        }
      }
    }
    return healthy;
  }

  /** Takes the spikes of a block out. */
  #collect(
    done: number,
    steps: number,
    counts: Record<string, number>,
    collectors: ReadonlyMap<string, SpikeCollector>,
  ): void {
    const from = this.#steps - steps + this.#built.events.maxDelay;
    for (const name of Object.keys(counts)) {
      const { base, slotBytes, slots } = this.#built.events.ownLists[name]!;
      const collector = collectors.get(name);
      for (let k = 1; k <= steps; k++) {
        const at = (base + ((from + k) % slots) * slotBytes) / 4;
        const count = this.#memory[at]!;
        counts[name]! += count;
        collector?.add(done + k - 1, this.#memory, at + 1, count);
      }
    }
  }

  /** The present values of a known state, of the neurons of this part. */
  state(population: string, name: string): Float32Array {
    const { engine } = this.#built;
    const found = own(engine.layout.populations, population);
    return found ? engine.floats(found.forward.state[name]!.base, found.size).slice() : new Float32Array(0);
  }

  /** The plastic synapses of a projection onto neurons of this part. */
  synapses(projection: string): SliceSynapses {
    const { engine, events } = this.#built;
    const found = events.projections.find(({ name }) => name === projection)!;
    return readSynapses(engine, found, this.#steps);
  }

  /** Sets a known value from outside that plastic synapses read. */
  signal(name: string, value: number): void {
    const { engine, events } = this.#built;
    engine.floats(events.signals[name]!, 1)[0] = value;
  }

  /** Back to the start values and time 0. */
  reset(): void {
    this.#built.reset();
    this.#steps = 0;
  }
}
