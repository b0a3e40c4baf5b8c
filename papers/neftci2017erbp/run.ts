import { setImmediate } from 'node:timers/promises';
import { type CheckpointState, loadMnist, type RunContext, type RunOutcome } from 'volley/io';
import type { Answers } from './answers.ts';
import { CLASSES, Digits } from './examples.ts';
import { Learner, type Pause } from './learner.ts';
import { hiddenSizes, type WeightKind, type Weights } from './network.ts';
import { addAnswers, addCosts, addCurves, addFields, addSpikes, addWeightHistogram } from './report.ts';
import type { settings } from './settings.ts';

type Context = RunContext<typeof settings>;

const TITLES: Readonly<Record<WeightKind, string>> = { float: 'float weights', quantised: 'quantised weights' };

/** Examples between looks at signals and at the clock. */
const PAUSE = 20;

/** One trained network. */
interface Row {
  readonly kind: WeightKind;
  readonly learner: Learner;
  readonly answers: Answers;
}

interface Progress {
  readonly kind: WeightKind;
  readonly samples: number;
  readonly finished: Partial<Record<WeightKind, Answers>>;
}

const tensorsOf = (kind: WeightKind, weights: Weights): CheckpointState['tensors'] =>
  Object.fromEntries(
    Object.entries(weights).map(([name, data]) => [`${kind}.${name}`, { shape: [data.length], data }]),
  );

function restoredWeights({ tensors }: CheckpointState, kind: WeightKind, like: Weights): Weights {
  return Object.fromEntries(Object.keys(like).map((name) => [name, tensors[`${kind}.${name}`]!.data as Float32Array]));
}

/** Lets signals in from time to time, and shows how far the work is, if its length is given. */
function pauseOf(context: Context, total?: number): Pause {
  return async (done) => {
    if (done % PAUSE !== 0 && done !== total) return;
    if (total !== undefined) context.progress(done, total);
    await setImmediate();
    if (context.stopRequested) throw context.interrupted();
  };
}

/** Trains networks one after another; a checkpoint stands at the end of a block of samples. */
class Rows {
  readonly #context: Context;
  readonly #train: Digits;
  readonly #test: Digits;
  readonly #rows: Row[] = [];
  readonly #restored: Progress | undefined;

  constructor(context: Context, train: Digits, test: Digits) {
    this.#context = context;
    this.#train = train;
    this.#test = test;
    const { restored } = context;
    this.#restored = restored && (JSON.parse(restored.metadata.progress!) as Progress);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Weights before training. */
  startOf(kind: WeightKind): Weights {
    const { settings: values, seed } = this.#context;
    return new Learner(values, kind, this.#train, seed).weights;
  }

  async run(kind: WeightKind): Promise<void> {
    const { settings: values, seed, restored } = this.#context;
    const learner = new Learner(values, kind, this.#train, seed);
    const own = this.#restored;
    const done = own?.finished[kind];
    if (own && (done || own.kind === kind)) learner.weights = restoredWeights(restored!, kind, learner.weights);
    if (!done) await this.#learn(kind, learner, own?.kind === kind ? own.samples : 0);
    const answers = done ?? (await this.#answers(kind, learner));
    this.#rows.push({ kind, learner, answers });
  }

  async #learn(kind: WeightKind, learner: Learner, start: number): Promise<void> {
    const context = this.#context;
    const { samples, blockSamples, curveEvery, curveImages } = context.settings;
    context.phase(`training, ${TITLES[kind]}`);
    for (let from = start; from < samples; from += blockSamples) {
      const to = Math.min(from + blockSamples, samples);
      const activity = await learner.train(from, to, pauseOf(context, samples));
      context.log({ phase: kind, iteration: to, ...activity });
      if (to % curveEvery === 0 && to < samples) {
        const { accuracy, firstSpike } = await learner.test(this.#test, curveImages, pauseOf(context));
        context.log({ phase: kind, iteration: to, accuracy, firstSpike });
      }
      await context.checkpoint(() => this.#checkpoint(kind, learner, to));
    }
  }

  async #answers(kind: WeightKind, learner: Learner): Promise<Answers> {
    const context = this.#context;
    const { testImages, samples } = context.settings;
    context.phase(`testing, ${TITLES[kind]}`);
    const answers = await learner.test(this.#test, testImages, pauseOf(context, testImages));
    const { accuracy, firstSpike } = answers;
    context.log({ phase: kind, iteration: samples, accuracy, firstSpike });
    return answers;
  }

  #checkpoint(kind: WeightKind, learner: Learner, samples: number): CheckpointState {
    const finished = Object.fromEntries(this.#rows.map((row) => [row.kind, row.answers]));
    const progress: Progress = { kind, samples, finished };
    const tensors = [...this.#rows, { kind, learner }].map((row) => tensorsOf(row.kind, row.learner.weights));
    return { tensors: Object.assign({}, ...tensors), metadata: { progress: JSON.stringify(progress) } };
  }
}

/** Mean of a field over the records of a phase. */
function meanOf(records: ReturnType<Context['history']>, phase: string, field: string): number {
  const values = records.filter((record) => record.phase === phase && field in record).map((record) => record[field]);
  return values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length;
}

function metricsOf(context: Context, { kind, answers }: Row): Record<string, number> {
  const values = context.settings;
  if (kind === 'quantised') return { quantised: answers.accuracy };
  const { data = 0, prediction = 0, ...hidden } = answers.spikes;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const rate = (spikes: number, neurons: number) => spikes / neurons / (values.testMs * 1e-3);
  return {
    accuracy: answers.accuracy,
    firstSpike: answers.firstSpike,
    synapticEvents: answers.eventsBy.at(-1)!,
    errorSpikes: meanOf(context.history(), kind, 'errorSpikes'),
    inputSpikes: data,
    hiddenRate: rate(sum(Object.values(hidden)), sum(hiddenSizes(values))),
    predictionRate: rate(prediction, CLASSES),
  };
}

/** Trains with numbers and with quantised weights, and tests. */
export async function run(context: Context): Promise<RunOutcome> {
  const { settings: values, report } = context;
  const mnist = loadMnist();
  report.note(`MNIST digits from ${mnist.source}.`);
  const digits = (data: typeof mnist.train) => new Digits(data, values.pixelThreshold, values.pixelHazard);
  const runs = new Rows(context, digits(mnist.train), digits(mnist.test));
  const kinds: readonly WeightKind[] = values.rows === 'all' ? ['float', 'quantised'] : [values.rows as WeightKind];
  for (const kind of kinds) await runs.run(kind);

  const names = Object.fromEntries(kinds.map((kind) => [kind, TITLES[kind]]));
  addCurves(report, context.history(), names);
  for (const { kind, answers } of runs.rows) addAnswers(report, TITLES[kind], answers);
  addCosts(
    report,
    runs.rows.map(({ kind, answers }) => ({ name: TITLES[kind], answers })),
  );
  const { kind, learner } = runs.rows[0]!;
  addSpikes(report, values, learner.glance(0));
  const start = runs.startOf(kind);
  addFields(report, TITLES[kind], values, { start, end: learner.weights });
  for (const row of runs.rows) addWeightHistogram(report, TITLES[row.kind], row.learner.weights);
  return { metrics: Object.assign({}, ...runs.rows.map((row) => metricsOf(context, row))) };
}
