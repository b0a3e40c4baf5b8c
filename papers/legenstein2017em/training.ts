import type { CheckpointState, RunContext } from 'volley/io';
import { CHUNK, Learner } from './circuit.ts';
import type { InputWeights } from './network.ts';
import type { settings } from './settings.ts';

/** Where a training stood at a checkpoint. */
interface Progress {
  readonly name: string;
  readonly steps: number;
  readonly stream: Learner['state']['stream'];
}

const KEPT = 'kept.';

/** One circuit's training, with checkpoints. */
export class Training {
  readonly #context: RunContext<typeof settings>;
  readonly #name: string;
  readonly #learner: Learner;
  #steps = 0;
  #kept: InputWeights | undefined;

  /** Goes on from the checkpoint if it is one of a training of this name. */
  constructor(context: RunContext<typeof settings>, name: string, fromInhibition: number) {
    this.#context = context;
    this.#name = name;
    this.#learner = new Learner(context.settings, context.seed, fromInhibition);
    const { restored } = context;
    const progress = restored && (JSON.parse(restored.metadata.progress!) as Progress);
    if (progress?.name !== name) return;
    this.#steps = progress.steps;
    const { simulation, ...others } = restored!.tensors;
    this.#learner.restore({ simulation: simulation!.data as Uint8Array, stream: progress.stream });
    const kept = Object.entries(others).map(([key, { data }]) => [key.slice(KEPT.length), data]);
    if (kept.length > 0) this.#kept = Object.fromEntries(kept);
  }

  get weights(): InputWeights {
    return this.#learner.weights;
  }

  /** The weights at the time of {@link keep}. */
  get kept(): InputWeights | undefined {
    return this.#kept;
  }

  /** Keeps the weights as they are now, for the report. */
  keep(): void {
    this.#kept = this.weights;
  }

  /** Learns until so many seconds are over; does nothing if they are. */
  async until(seconds: number): Promise<void> {
    const context = this.#context;
    const end = 1000 * seconds;
    if (this.#steps >= end) return;
    context.phase(`learning, ${this.#name}`);
    while (this.#steps < end) {
      const steps = Math.min(CHUNK, end - this.#steps);
      const stretch = this.#learner.learn(steps);
      this.#steps += steps;
      context.log({ phase: this.#name, second: this.#steps / 1000, ...stretch });
      context.progress(this.#steps / 1000, seconds, { rate: stretch.excitatoryRate.toFixed(2) });
      // At the end a test follows, which a run that goes on would otherwise take to be made.
      if (this.#steps < end) await context.checkpoint(() => this.#state());
    }
  }

  #state(): CheckpointState {
    const { simulation, stream } = this.#learner.state;
    const progress: Progress = { name: this.#name, steps: this.#steps, stream };
    const kept = Object.entries(this.#kept ?? {}).map(([name, weights]) => [
      KEPT + name,
      { shape: [weights.length], data: Float32Array.from(weights) },
    ]);
    return {
      tensors: { simulation: { shape: [simulation.length], data: simulation }, ...Object.fromEntries(kept) },
      metadata: { progress: JSON.stringify(progress) },
    };
  }
}
