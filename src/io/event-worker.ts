import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { WorkerError } from '../base/errors.ts';
import {
  type EventOptions,
  EventSlice,
  fromPlainEvents,
  type MailShape,
  type Part,
  type PlainEventNetwork,
  Rendezvous,
  type SliceInfo,
  type SliceRecording,
  type SliceSynapses,
} from '../network/index.ts';
import { carryErrors } from './thread-errors.ts';

/** What a worker thread offers: a part of an event-driven network. */
export class SliceHost {
  #slice: EventSlice | undefined;
  #rendezvous: Rendezvous | undefined;
  #part = 0;

  create(network: PlainEventNetwork, options: EventOptions, part: Part): SliceInfo {
    this.#slice = new EventSlice(fromPlainEvents(network), options, part);
    this.#part = part.index;
    return this.#slice.info;
  }

  connect(buffer: SharedArrayBuffer, shape: MailShape): void {
    this.#slice!.connect(buffer, shape);
    this.#rendezvous = new Rendezvous(buffer, shape, this.#part);
  }

  /** @throws WorkerError if another part stopped meanwhile */
  run(steps: number, record: readonly string[]): SliceRecording {
    const slice = this.#slice!;
    const rendezvous = this.#rendezvous!;
    try {
      const loop = slice.run(steps, record);
      for (let turn = loop.next(); ; turn = loop.next()) {
        if (turn.done) return turn.value;
        if (!rendezvous.meet(slice.window)) {
          throw new WorkerError('EventSimulation', 'expected all parts to go on, got one that stopped', {
            fields: { stopped: true },
          });
        }
      }
    } catch (error) {
      // Whoever waits for this part would wait for ever.
      rendezvous.fail();
      throw error;
    }
  }

  state(population: string, name: string): Float32Array {
    return this.#slice!.state(population, name);
  }

  synapses(projection: string): SliceSynapses {
    return this.#slice!.synapses(projection);
  }

  signal(name: string, value: number): void {
    this.#slice!.signal(name, value);
  }

  reset(): void {
    this.#slice!.reset();
  }
}

if (parentPort) {
  carryErrors();
  expose(new SliceHost(), nodeEndpoint(parentPort));
}
