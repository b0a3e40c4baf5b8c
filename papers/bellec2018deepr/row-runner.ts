import {
  type Batch,
  type Connections,
  type Network,
  type NetworkParameters,
  type StepResult,
  type TensorRecord,
  Trainer,
  type TrainerOptions,
  trainerStateOf,
  trainerTensors,
} from 'volley';
import type { CheckpointState, RunContext } from 'volley/io';

/** One network to train. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly network: Network;
  readonly trainer: Omit<TrainerOptions, 'seed'>;
  readonly iterations: number;
  /** Iterations between points of the curves. */
  readonly every: number;
  /** The batch of an iteration, from 1: a function of its number alone. */
  batch(iteration: number): Batch;
  /** Test accuracy, at every point and at the end. */
  measure(trainer: Trainer, done: boolean): Promise<number>;
}

export interface RowResult {
  readonly accuracy: number;
  readonly connections: Readonly<Record<string, Connections>>;
}

/** Sums over the iterations since the last point. */
interface Sums {
  iterations: number;
  loss: number;
  error: number;
  activated: number;
}

interface Progress {
  readonly row: string;
  readonly iteration: number;
  readonly sums: Sums;
  readonly accuracies: Readonly<Record<string, number>>;
}

const NONE: Sums = { iterations: 0, loss: 0, error: 0, activated: 0 };

/** Iterations between looks at signals and at the clock: a step takes less than a millisecond. */
const PAUSE = 50;

const tensor = (data: Float32Array | Uint32Array): TensorRecord => ({ shape: [data.length], data });

/** Connections as tensors, by projection. */
const connectionTensors = (row: string, connections: RowResult['connections']): [string, TensorRecord][] =>
  Object.entries(connections).flatMap(([name, own]) => {
    const key = `finished.${row}.${name}`;
    const pattern: [string, TensorRecord][] =
      own.kind === 'sparse'
        ? [
            [`${key}.rowStart`, tensor(own.pattern.rowStart)],
            [`${key}.post`, tensor(own.pattern.post)],
          ]
        : [];
    return [[`${key}.weights`, tensor(own.weights)], ...pattern];
  });

function restoredConnections({ network, name: row }: Row, { tensors }: CheckpointState): RowResult['connections'] {
  const read = (key: string) => tensors[`finished.${row}.${key}`]!.data;
  const entries = Object.values(network.projections).map(({ name, topology }): [string, Connections] => {
    const weights = read(`${name}.weights`) as Float32Array;
    if (topology.kind === 'allToAll') return [name, { kind: 'dense', self: true, weights }];
    const [rowStart, post] = [read(`${name}.rowStart`) as Uint32Array, read(`${name}.post`) as Uint32Array];
    return [name, { kind: 'sparse', pattern: { rowStart, post }, weights }];
  });
  return Object.fromEntries(entries);
}

/** Number of connections per projection. */
const counts = ({ connections }: NetworkParameters): Record<string, number> =>
  Object.fromEntries(Object.entries(connections).map(([name, { weights }]) => [name, weights.length]));

/** Trains networks one after another, with checkpoints that hold the connections of the finished ones. */
export class RowRunner {
  readonly #context: RunContext;
  readonly #results = new Map<string, RowResult>();
  readonly #restored: Progress | undefined;

  constructor(context: RunContext) {
    this.#context = context;
    const { restored } = context;
    this.#restored = restored && (JSON.parse(restored.metadata.progress!) as Progress);
  }

  /** Trains one network, or takes its result from the checkpoint. */
  async run(row: Row): Promise<RowResult> {
    const accuracy = this.#restored?.accuracies[row.name];
    const result =
      accuracy === undefined
        ? await this.#train(row)
        : { accuracy, connections: restoredConnections(row, this.#context.restored!) };
    this.#results.set(row.name, result);
    return result;
  }

  async #train(row: Row): Promise<RowResult> {
    const context = this.#context;
    context.phase(row.title);
    const trainer = await Trainer.create(row.network, { ...row.trainer, seed: context.seed });
    try {
      const resumed = this.#restored?.row === row.name ? this.#restored : undefined;
      if (resumed) await trainer.loadState(trainerStateOf(context.restored!.tensors, resumed.iteration));
      let sums = { ...(resumed?.sums ?? NONE) };
      let accuracy = 0;
      while (trainer.iteration < row.iterations) {
        sums = added(sums, await trainer.step(row.batch(trainer.iteration + 1)));
        const { iteration } = trainer;
        const done = iteration === row.iterations;
        if (iteration % row.every === 0 || done) {
          accuracy = await row.measure(trainer, done);
          this.#log(row, trainer, sums, accuracy);
          sums = { ...NONE };
        }
        if (iteration % PAUSE === 0 || done) await this.#pause(row, trainer, sums, done);
      }
      return { accuracy, connections: trainer.parameters.connections };
    } finally {
      await trainer.close();
    }
  }

  #log({ name }: Row, trainer: Trainer, sums: Sums, accuracy: number): void {
    const { iterations, loss, error, activated } = sums;
    const means = { loss: loss / iterations, error: error / iterations, activated: activated / iterations };
    this.#context.log({ phase: name, iteration: trainer.iteration, accuracy, ...means, ...counts(trainer.parameters) });
  }

  async #pause(row: Row, trainer: Trainer, sums: Sums, done: boolean): Promise<void> {
    const { iterations, loss } = sums;
    const shown: Record<string, string> = iterations > 0 ? { loss: (loss / iterations).toFixed(3) } : {};
    this.#context.progress(trainer.iteration, row.iterations, shown);
    // A finished network is saved as such with the first checkpoint of the next.
    if (!done) await this.#context.checkpoint(() => this.#checkpoint(row, trainer, sums));
  }

  async #checkpoint({ name: row }: Row, trainer: Trainer, sums: Sums): Promise<CheckpointState> {
    const state = await trainer.saveState();
    const results = [...this.#results];
    const accuracies = Object.fromEntries(results.map(([name, { accuracy }]) => [name, accuracy]));
    const progress: Progress = { row, iteration: state.iteration, sums, accuracies };
    const finished = results.flatMap(([name, { connections }]) => connectionTensors(name, connections));
    return {
      tensors: { ...trainerTensors(state), ...Object.fromEntries(finished) },
      metadata: { progress: JSON.stringify(progress) },
    };
  }
}

const added = (sums: Sums, { loss, error, activated }: StepResult): Sums => ({
  iterations: sums.iterations + 1,
  loss: sums.loss + loss,
  error: sums.error + error,
  activated: sums.activated + activated,
});
