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

/** One network to train within a run. */
export interface Phase {
  readonly name: string;
  readonly title: string;
  /** Its recurrent population is called `hidden`. */
  readonly network: Network;
  readonly trainer: Omit<TrainerOptions, 'seed' | 'executor'>;
  readonly iterations: number;
  /** The batch of an iteration: a function of its number alone, so that a resumed run sees the same ones. */
  batch(iteration: number): Batch;
  /** What is logged and judged, lower is better. Default: the fraction of wrong decisions, as `error`. */
  readonly score?: Score;
  /** Successive iterations whose mean score is judged; it is logged as often. Default {@link WINDOW}. */
  readonly window?: number;
  /** Training ends early when the mean score of a whole window falls below this. Default: never. */
  readonly stopBelow?: number;
  /** Called after every `curveEvery` iterations. */
  readonly curve?: { readonly every: number; measure(trainer: Trainer): Promise<Readonly<Record<string, number>>> };
  /** Metrics of the trained network. */
  finish(trainer: Trainer, training: TrainingSummary): Promise<PhaseOutcome>;
}

export interface Score {
  readonly name: string;
  of(result: StepResult): number;
}

/** How training went, by means of the score over windows of successive iterations. */
export interface TrainingSummary {
  /** Iterations done. */
  readonly iterations: number;
  /** Of the last window. */
  readonly last: number;
  /** The lowest of any whole window; `last` if there was none. */
  readonly best: number;
}

export interface PhaseOutcome {
  readonly metrics: Readonly<Record<string, number>>;
  /** Counts [true class][predicted class], for classification. */
  readonly confusion?: readonly (readonly number[])[];
}

export interface PhaseResult extends PhaseOutcome {
  readonly parameters: NetworkParameters;
}

/** Iterations whose mean score is logged and judged, unless a phase says otherwise. */
export const WINDOW = 20;

const ERROR: Score = { name: 'error', of: ({ error }) => error };

const vectorOf = (data: ArrayLike<number>) => ({ shape: [data.length], data: Float32Array.from(data) });
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What the metadata of a checkpoint says, as JSON under the key `progress`. */
interface Progress {
  readonly phase: string;
  readonly iteration: number;
  /** Scores of the current window. */
  readonly recentErrors: readonly number[];
  /** Absent before the first whole window. */
  readonly best?: number;
  readonly outcomes: Readonly<Record<string, PhaseOutcome>>;
}

/** The scores of a phase's last iterations, and the lowest mean so far. */
class Scores {
  readonly recent: number[];
  best: number | undefined;
  readonly #window: number;

  constructor(window: number, from?: Progress) {
    this.#window = window;
    this.recent = [...(from?.recentErrors ?? [])];
    this.best = from?.best;
  }

  add(score: number): void {
    this.recent.push(score);
    if (this.recent.length > this.#window) this.recent.shift();
    if (this.recent.length === this.#window) this.best = Math.min(this.best ?? Infinity, this.last);
  }

  get last(): number {
    return mean(this.recent);
  }

  /** Whether a whole window lies below `limit`. */
  below(limit: number): boolean {
    return this.recent.length === this.#window && this.last < limit;
  }
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
    const { window = WINDOW, stopBelow = -Infinity, score = ERROR } = phase;
    context.phase(phase.title);
    const resumed = this.#restored?.phase === phase.name ? this.#restored : undefined;
    const scores = new Scores(window, resumed);
    if (resumed) await trainer.loadState(trainerStateOf(context.restored!.tensors, resumed.iteration));
    const more = () => trainer.iteration < phase.iterations && !scores.below(stopBelow);
    let next = more() ? phase.batch(trainer.iteration + 1) : undefined;
    while (next) {
      const pending = trainer.step(next);
      // The next batch is made while the workers compute this one.
      const following = trainer.iteration + 1 < phase.iterations ? phase.batch(trainer.iteration + 2) : undefined;
      const result = await pending;
      scores.add(score.of(result));
      next = more() ? following : undefined;
      await this.#report(phase, trainer, result, scores.last, next === undefined);
      await context.checkpoint(async () => this.#checkpoint(phase.name, await trainer.saveState(), scores));
    }
    const { last, best = last } = scores;
    this.#outcomes[phase.name] = await phase.finish(trainer, { iterations: trainer.iteration, last, best });
    this.#vectors[phase.name] = (await trainer.saveState()).parameters;
  }

  async #report(phase: Phase, trainer: Trainer, result: StepResult, last: number, ends: boolean): Promise<void> {
    const { score = ERROR, window = WINDOW } = phase;
    const { iteration, loss, rates } = result;
    const shown = score === ERROR ? `${(100 * last).toFixed(1)} %` : last.toPrecision(3);
    this.#context.progress(iteration, phase.iterations, { loss: loss.toFixed(3), [score.name]: shown });
    if (iteration % window === 0 || ends) {
      this.#context.log({
        phase: phase.name,
        iteration,
        loss,
        [score.name]: last,
        rate: rates.hidden!,
        gradientNorm: result.gradientNorm,
      });
    }
    if (phase.curve && iteration % phase.curve.every === 0 && !ends) {
      this.#context.log({ phase: phase.name, iteration, ...(await phase.curve.measure(trainer)) });
    }
  }

  #checkpoint(phase: string, state: TrainerState, { recent, best }: Scores): CheckpointState {
    const { iteration } = state;
    const progress: Progress = {
      ...{ phase, iteration, recentErrors: recent, outcomes: this.#outcomes },
      ...(best === undefined ? {} : { best }),
    };
    const finished = Object.entries(this.#vectors).map(([name, vector]) => [`finished.${name}`, vectorOf(vector)]);
    return {
      tensors: { ...trainerTensors(state), ...Object.fromEntries(finished) },
      metadata: { progress: JSON.stringify(progress) },
    };
  }
}
