import { setImmediate } from 'node:timers/promises';
import type { CheckpointState, LogRecord, RunContext, RunOutcome } from 'volley/io';
import { addCurves, addRaster, addWeights } from './report.ts';
import { leverRows, type Row, routingRow } from './rows.ts';
import { type Look, Sampler, type SamplerState } from './sampler.ts';
import type { settings } from './settings.ts';

type Context = RunContext<typeof settings>;

interface Progress {
  /** Blocks that are done, by row. */
  readonly blocks: Readonly<Record<string, number>>;
  readonly tasks: Readonly<Record<string, unknown>>;
  /** Times of the looks. */
  readonly minutes: Readonly<Record<string, readonly number[]>>;
}

type Tensor = CheckpointState['tensors'][string];

/** Looks as one tensor [look, neuron, input], and back. */
const tensorOf = (looks: readonly Look[]): Tensor => ({
  shape: [looks.length, looks[0]!.matrix.length, looks[0]!.matrix[0]!.length],
  data: Float32Array.from(looks.flatMap(({ matrix }) => matrix.flat())),
});

function looksOf({ shape, data }: Tensor, minutes: readonly number[]): Look[] {
  const [, neurons = 0, inputs = 0] = shape;
  const row = (k: number, j: number) =>
    Array.from(data.subarray((k * neurons + j) * inputs, (k * neurons + j + 1) * inputs) as ArrayLike<number>);
  return minutes.map((minute, k) => ({ minute, matrix: Array.from({ length: neurons }, (_, j) => row(k, j)) }));
}

/** Parts of a run between two looks at the weights. */
const PARTS = 3;

/** Whether the weights are kept for the report after so many blocks. */
const isSeen = (block: number, blocks: number): boolean =>
  Array.from({ length: PARTS + 1 }, (_, part) => Math.round((part * blocks) / PARTS)).includes(block);

/** Runs networks one after another; a checkpoint stands at the end of a block. */
class Rows {
  readonly #context: Context;
  readonly #states = new Map<string, SamplerState>();
  readonly #blocks = new Map<string, number>();
  readonly samplers = new Map<string, Sampler>();
  /** Weights from the start to the end of every run, by name. */
  readonly looks = new Map<string, Look[]>();

  constructor(context: Context) {
    this.#context = context;
    const { restored } = context;
    if (!restored) return;
    const { blocks, tasks, minutes } = JSON.parse(restored.metadata.progress!) as Progress;
    for (const [name, task] of Object.entries(tasks)) {
      const bytes = (part: string) => restored.tensors[`${name}.${part}`]!.data as Uint8Array;
      this.#states.set(name, { task, simulation: bytes('simulation'), spikes: bytes('spikes') });
      this.#blocks.set(name, blocks[name]!);
      this.looks.set(name, looksOf(restored.tensors[`${name}.looks`]!, minutes[name]!));
    }
  }

  #checkpoint(): CheckpointState {
    const bytes = (data: Uint8Array) => ({ shape: [data.length], data });
    const tensors = [...this.#states].flatMap(([name, { simulation, spikes }]) => [
      [`${name}.simulation`, bytes(simulation)] as const,
      [`${name}.spikes`, bytes(spikes)] as const,
      [`${name}.looks`, tensorOf(this.looks.get(name)!)] as const,
    ]);
    const tasks = Object.fromEntries([...this.#states].map(([name, { task }]) => [name, task]));
    const minutes = Object.fromEntries(
      [...this.looks].map(([name, looks]) => [name, looks.map(({ minute }) => minute)]),
    );
    const progress: Progress = { blocks: Object.fromEntries(this.#blocks), tasks, minutes };
    return { tensors: Object.fromEntries(tensors), metadata: { progress: JSON.stringify(progress) } };
  }

  /** Hands a row's state on to the row that goes on from it. */
  #branch(name: string, from: string, sampler: Sampler): void {
    this.#states.set(name, sampler.state);
    this.#blocks.set(name, this.#blocks.get(from)!);
    this.looks.set(name, [...this.looks.get(from)!]);
  }

  #swap(row: Row, sampler: Sampler): void {
    if (row.branch !== undefined) this.#branch(row.branch, row.name, sampler);
    sampler.swap();
  }

  async run(row: Row): Promise<void> {
    const context = this.#context;
    const { blockMinutes } = context.settings;
    const sampler = new Sampler(row, context.seed, this.#states.get(row.name));
    this.samplers.set(row.name, sampler);
    const blocks = Math.round(row.minutes / blockMinutes);
    const cycles = Math.round((blockMinutes * 60_000) / CYCLE);
    const looks = this.looks.get(row.name) ?? [{ minute: 0, matrix: sampler.matrix }];
    this.looks.set(row.name, looks);
    const start = this.#blocks.get(row.name) ?? 0;
    const pause = async (done: number, block: number) => {
      context.progress(block * cycles + done, blocks * cycles);
      await setImmediate();
      if (context.stopRequested) throw context.interrupted();
    };
    for (let block = start; block < blocks; block++) {
      context.phase(row.title);
      if (block > 0 && block === Math.round(row.swap / blockMinutes)) this.#swap(row, sampler);
      const figures = await sampler.block(cycles, (done) => pause(done, block));
      context.log({ phase: row.name, iteration: (block + 1) * blockMinutes, ...figures });
      this.#states.set(row.name, sampler.state);
      this.#blocks.set(row.name, block + 1);
      if (isSeen(block + 1, blocks)) looks.push({ minute: (block + 1) * blockMinutes, matrix: sampler.matrix });
      await context.checkpoint(() => this.#checkpoint());
    }
  }
}

/** Duration of a control cycle, ms. */
const CYCLE = 15;

function lastOf(records: readonly LogRecord[], row: string): Readonly<Record<string, number>> | undefined {
  return records.filter(({ phase }) => phase === row).at(-1) as Readonly<Record<string, number>> | undefined;
}

function metricsOf(records: readonly LogRecord[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  const take = (row: string, fields: Readonly<Record<string, string>>) => {
    const last = lastOf(records, row);
    for (const [field, metric] of Object.entries(fields)) if (last) metrics[metric] = last[field]!;
  };
  take('reward', {
    ...{ accuracy: 'accuracy', functional: 'functionalFraction', reward: 'meanReward', rate: 'rate' },
    ...{ formed: 'formed', retracted: 'retracted' },
  });
  take('noReward', { accuracy: 'accuracyNoReward', reward: 'meanRewardNoReward' });
  take('cold', { accuracy: 'accuracyCold', functional: 'functionalFractionCold' });
  take('uniform', { accuracy: 'accuracyUniform' });
  take('waiting', { accuracy: 'accuracyWaiting', functional: 'functionalFractionWaiting' });
  take('lever', { accuracy: 'leverRewarded', duration: 'leverSeconds' });
  take('leverFrozen', { accuracy: 'leverRewardedFrozen', duration: 'leverSecondsFrozen' });
  const first = records.find(({ phase }) => phase === 'lever');
  if (first) metrics.leverSecondsFirst = first.duration as number;
  return metrics;
}

/** Samples synapses for reward in pattern routing, with controls, and in the lever press. */
export async function run(context: Context): Promise<RunOutcome> {
  const { settings: values, seed, report } = context;
  const rows = new Rows(context);
  const all = (['reward', 'noReward', 'cold', 'uniform', 'waiting'] as const).map((name) =>
    routingRow(values, seed, name),
  );
  const wanted = [...all, ...leverRows(values, seed)].filter(({ minutes }) => minutes >= values.blockMinutes);
  for (const row of wanted) await rows.run(row);
  addCurves(report, context.history(), Object.fromEntries(wanted.map(({ name, title }) => [name, title])));
  for (const { name, title } of wanted) {
    const sampler = rows.samplers.get(name)!;
    if (name === 'reward' || name === 'lever') {
      addWeights(report, title, rows.looks.get(name)!, sampler.environment);
      addRaster(report, `${title}: the last 3 s`, sampler, 3000 / CYCLE);
    }
  }
  return { metrics: metricsOf(context.history()) };
}
