import { ParameterError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import type { EventOptions } from './build-events.ts';
import { EventSlice, type SliceInfo, type SliceRecording } from './event-slice.ts';
import type { EventNetworkSpec } from './event-spec.ts';
import type { SliceSynapses } from './event-synapse-memory.ts';
import { checkParts } from './partition.ts';
import { mailBytes } from './spike-mail.ts';

/** What is needed to build the parts of a network. */
export interface SlicePlan {
  readonly spec: EventNetworkSpec;
  readonly options: EventOptions;
}

/** Runs the parts of a network, here or on workers. Results come back in the order of the parts. */
export interface SliceExecutor {
  readonly infos: readonly SliceInfo[];
  run(steps: number, record: readonly string[]): Promise<SliceRecording[]>;
  state(population: string, name: string): Promise<Float32Array[]>;
  synapses(projection: string): Promise<SliceSynapses[]>;
  signal(name: string, value: number): Promise<void>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Makes an executor; {@link PartitionedSimulation} takes one, so that the core knows nothing of threads. */
export type SliceExecutorFactory = (plan: SlicePlan) => SliceExecutor | Promise<SliceExecutor>;

/**
 * Runs parts of a network one after another in this thread, a window of steps at a time: for networks that do not fit one
 * memory of 4 GiB where there are no threads.
 *
 * @param parts - number of parts
 */
export function slicesInTurn(options: { readonly parts: number }): SliceExecutorFactory {
  const { parts } = checkedOptions('slicesInTurn', options, ['parts']);
  if (!Number.isInteger(parts) || parts < 1) {
    throw new ParameterError('slicesInTurn', `expected a whole number of parts, 1 or more, got ${String(parts)}`);
  }
  return ({ spec, options }) => {
    checkParts(spec.populations, parts);
    const slices = Array.from({ length: parts }, (_, index) => new EventSlice(spec, options, { index, count: parts }));
    const shape = { parts, capacity: Math.max(...slices.map(({ info }) => info.capacity)) };
    const buffer = new ArrayBuffer(mailBytes(shape));
    for (const slice of slices) slice.connect(buffer, shape);
    return {
      infos: slices.map(({ info }) => info),
      run: async (steps, record) => {
        const loops = slices.map((slice) => slice.run(steps, record));
        for (;;) {
          const turns = loops.map((loop) => loop.next());
          const results = turns.flatMap((turn) => (turn.done ? [turn.value] : []));
          if (results.length > 0) return results;
        }
      },
      state: async (population, name) => slices.map((slice) => slice.state(population, name)),
      synapses: async (projection) => slices.map((slice) => slice.synapses(projection)),
      signal: async (name, value) => {
        for (const slice of slices) slice.signal(name, value);
      },
      reset: async () => {
        for (const slice of slices) slice.reset();
      },
      close: async () => {},
    };
  };
}
