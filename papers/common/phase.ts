import {
  type Batch,
  type Network,
  type NetworkParameters,
  type StepResult,
  Trainer,
  type TrainerOptions,
  type TrainerState,
  trainerStateOf,
  trainerTensors,
} from 'volley';
import { type CheckpointState, type RunContext, workerThreads } from 'volley/io';

/** One network to train within the run. */
export interface Phase {
  readonly name: string;
  readonly title: string;
  readonly network: Network;
  readonly trainer: Omit<TrainerOptions, 'seed' | 'executor'>;
  readonly iterations: number;
  /** The batch of an iteration: a function of its number alone, so that a resumed run sees the same ones. */
  batch(iteration: number): Batch;
  /** Called after every `curveEvery` iterations. */
  readonly curve?: { readonly every: number; measure(trainer: Trainer): Promise<Readonly<Record<string, number>>> };
  /** Metrics of the trained network. */
  finish(trainer: Trainer, recentErrors: readonly number[]): Promise<PhaseOutcome>;
}

export interface PhaseOutcome {
  readonly metrics: Readonly<Record<string, number>>;
  /** Counts [true class][predicted class], for classification. */
  readonly confusion?: readonly (readonly number[])[];
}

export interface PhaseResult extends PhaseOutcome {
  readonly parameters: NetworkParameters;
}

/** Iterations whose mean training error is logged and judged. */
export const WINDOW = 20;

const vectorOf = (data: ArrayLike<number>) => ({ shape: [data.length], data: Float32Array.from(data) });

/** What the metadata of a checkpoint says, as JSON under the key `progress`. */
interface Progress {
  readonly phase: string;
  readonly iteration: number;
  readonly recentErrors: readonly number[];
  readonly outcomes: Readonly<Record<string, PhaseOutcome>>;
}

/** Trains phases one after another, with checkpoints that hold the finished ones too. */
export class PhaseRunner {
  readonly #context: RunContext;
  readonly #seed: number;
  readonly #outcomes: Record<string, PhaseOutcome> = {};
  readonly #vectors: Record<string, Float32Array> = {};
  readonly #restored: Progress | undefined;

  constructor(context: RunContext) {
    this.#context = context;
    this.#seed = context.seed;
    const { restored } = context;
    if (!restored) return;
    this.#restored = JSON.parse(restored.metadata.progress!) as Progress;
    for (const [name, outcome] of Object.entries(this.#restored.outcomes)) {
      this.#outcomes[name] = outcome;
      this.#vectors[name] = restored.tensors[`finished.${name}`]!.data as Float32Array;
    }
  }

  /** Trains one phase, or takes its result from the checkpoint. */
  async run(phase: Phase): Promise<PhaseResult> {
    const trainer = await Trainer.create(phase.network, {
      ...phase.trainer,
      seed: this.#seed,
      executor: workerThreads({ workers: this.#context.workers }),
    });
    try {
      if (!(phase.name in this.#outcomes)) await this.#train(phase, trainer);
      const parameters = trainer.unpack(this.#vectors[phase.name]!);
      return { ...this.#outcomes[phase.name]!, parameters };
    } finally {
      await trainer.close();
    }
  }

  async #train(phase: Phase, trainer: Trainer): Promise<void> {
    const context = this.#context;
    context.phase(phase.title);
    const resumed = this.#restored?.phase === phase.name ? this.#restored : undefined;
    const recent = [...(resumed?.recentErrors ?? [])];
    if (resumed) await trainer.loadState(trainerStateOf(context.restored!.tensors, resumed.iteration));
    let next = trainer.iteration < phase.iterations ? phase.batch(trainer.iteration + 1) : undefined;
    while (next) {
      const pending = trainer.step(next);
      // The next batch is made while the workers compute this one.
      next = trainer.iteration + 1 < phase.iterations ? phase.batch(trainer.iteration + 2) : undefined;
      const result = await pending;
      recent.push(result.error);
      if (recent.length > WINDOW) recent.shift();
      await this.#report(phase, trainer, result, recent);
      await context.checkpoint(async () => this.#checkpoint(phase.name, await trainer.saveState(), recent));
    }
    this.#outcomes[phase.name] = await phase.finish(trainer, recent);
    this.#vectors[phase.name] = (await trainer.saveState()).parameters;
  }

  async #report(phase: Phase, trainer: Trainer, result: StepResult, recent: readonly number[]): Promise<void> {
    const { iteration, loss, rates } = result;
    const error = recent.reduce((sum, value) => sum + value, 0) / recent.length;
    this.#context.progress(iteration, phase.iterations, {
      loss: loss.toFixed(3),
      error: `${(100 * error).toFixed(1)} %`,
    });
    if (iteration % WINDOW === 0 || iteration === phase.iterations) {
      this.#context.log({
        phase: phase.name,
        iteration,
        loss,
        error,
        rate: rates.hidden!,
        gradientNorm: result.gradientNorm,
      });
    }
    if (phase.curve && iteration % phase.curve.every === 0 && iteration < phase.iterations) {
      this.#context.log({ phase: phase.name, iteration, ...(await phase.curve.measure(trainer)) });
    }
  }

  #checkpoint(phase: string, state: TrainerState, recentErrors: readonly number[]): CheckpointState {
    const progress: Progress = { phase, iteration: state.iteration, recentErrors, outcomes: this.#outcomes };
    const finished = Object.entries(this.#vectors).map(([name, vector]) => [`finished.${name}`, vectorOf(vector)]);
    return {
      tensors: { ...trainerTensors(state), ...Object.fromEntries(finished) },
      metadata: { progress: JSON.stringify(progress) },
    };
  }
}
