import { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import type { Engine } from './engine.ts';
import { emitsSpikes } from './network.ts';

/** Which activity to record, by population. */
export interface RecordOptions<P extends string = string> {
  /** Populations whose output is recorded: spikes, or graded values. Default: all. */
  readonly outputs?: readonly P[];
  /** State variables to record, by population, e.g. `{ hidden: ['v', 'a'] }`. Default: none. */
  readonly states?: Readonly<Partial<Record<P, readonly string[]>>>;
}

/**
 * What one call of `Simulation.run` recorded. Row 0 of each is the first step of the call.
 *
 * A population is under `spikes` or under `outputs`, as its model says, and only if it was recorded; the types know the
 * names of the populations, not which of the two holds.
 */
export interface Recording<P extends string = string> {
  /** Spikes of the spiking populations, [time, batch, neuron]; `spikes.hidden.events()` lists them. */
  readonly spikes: Readonly<Record<P, SpikeTrain>>;
  /** Outputs of the graded populations, [time, batch, neuron]. */
  readonly outputs: Readonly<Record<P, FloatSequence>>;
  /** State variables after each step, [time, batch, neuron], as `states.hidden.v`. */
  readonly states: Readonly<Record<P, Readonly<Record<string, FloatSequence>>>>;
}

/** Room for a recording of `steps` steps. */
export function newRecording(engine: Engine, options: RecordOptions, steps: number): Recording {
  const { network } = engine;
  const { batch } = engine.options;
  const names = options.outputs ?? network.order;
  const size = (name: string) => network.populations[name]!.size;
  const entries = <T>(list: readonly string[], make: (name: string) => T) =>
    Object.fromEntries(list.map((name) => [name, make(name)]));
  return {
    spikes: entries(
      names.filter((name) => emitsSpikes(network, name)),
      (name) => new SpikeTrain(steps, batch, size(name)),
    ),
    outputs: entries(
      names.filter((name) => !emitsSpikes(network, name)),
      (name) => new FloatSequence(steps, batch, size(name)),
    ),
    states: entries(Object.keys(options.states ?? {}), (name) =>
      entries(options.states![name] ?? [], () => new FloatSequence(steps, batch, size(name))),
    ),
  };
}

/** Copies the `steps` rows of a block just run to rows `from` … of a recording. */
export function record(engine: Engine, recording: Recording, from: number, steps: number): void {
  const { origin } = engine.layout;
  const { batch } = engine.options;
  for (const [name, train] of Object.entries(recording.spikes)) {
    const { output } = engine.layout.populations[name]!;
    const first = output.base + (origin + 1) * output.slotBytes;
    train.data.set(engine.bytes(first, steps * output.slotBytes), from * batch * train.rowBytes);
  }
  for (const [name, sequence] of Object.entries(recording.outputs)) {
    copyFloats(engine, sequence, engine.layout.populations[name]!.output, from, steps);
  }
  for (const [name, variables] of Object.entries(recording.states)) {
    for (const [variable, sequence] of Object.entries(variables)) {
      copyFloats(engine, sequence, engine.layout.populations[name]!.forward.state[variable]!, from, steps);
    }
  }
}

/** Rows of a padded history to rows `from` … of a sequence. */
export function copyFloats(
  engine: Engine,
  into: FloatSequence,
  place: { base: number; slotBytes: number },
  from: number,
  steps: number,
): void {
  const { batch, size } = into;
  const width = place.slotBytes / 4 / batch;
  const rows = engine.floats(place.base + (engine.layout.origin + 1) * place.slotBytes, (steps * place.slotBytes) / 4);
  for (let row = 0; row < steps * batch; row++) {
    into.data.set(rows.subarray(row * width, row * width + size), (from * batch + row) * size);
  }
}
