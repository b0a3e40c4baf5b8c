import { streamOf } from 'volley';
import type { LogRecord, RunContext, RunOutcome } from 'volley/io';
import { AbstractModel } from './abstract.ts';
import { barsOf, type Test, testCircuit } from './circuit.ts';
import { constants, drawWeights, type InputWeights, type Values, weightImages } from './network.ts';
import { type Groups, groupImages, resemblance, score, specialise } from './read-out.ts';
import { addAffinities, addAssemblies, addCurves, addScores, addSpikes } from './report.ts';
import type { settings } from './settings.ts';
import { Training } from './training.ts';

type Context = RunContext<typeof settings>;

/** Gibbs sweeps per sample of the abstract model. */
const SWEEPS = 10;

/** A test and what it found, logged under a name. */
function measure(context: Context, name: string, weights: InputWeights, fromInhibition: number, seconds: number) {
  const { settings: values, seed } = context;
  context.phase(`test, ${name}`);
  const test = testCircuit(values, { seed, fromInhibition, weights, seconds });
  const groups = specialise(test.excitatory, values.excitatory, test.shown);
  const images = imagesOf(values, seed, weights, groups);
  const { excitatoryRate, inhibitoryRate } = test;
  const scores = score(groups, test.excitatory, test.shown);
  const found = { ...scores, ...resemblance(images, barsOf(values)), excitatoryRate, inhibitoryRate };
  context.log({ test: name, ...found });
  return { test, groups };
}

function imagesOf(values: Values, seed: number, weights: InputWeights, groups: Groups): number[][] {
  const pixels = values.side ** 2;
  return groupImages(groups, weightImages(pixels, values, seed, weights), pixels, barsOf(values).length);
}

/** Whether a test was made before the checkpoint that the run goes on from. */
const isDone = (context: Context, name: string): boolean => context.history().some(({ test }) => test === name);

async function control(context: Context, name: string, fromInhibition: number, seconds: number): Promise<void> {
  if (seconds === 0 || isDone(context, name)) return;
  const training = new Training(context, name, fromInhibition);
  await training.until(seconds);
  measure(context, name, training.weights, fromInhibition, Math.max(1, Math.round(seconds / 2)));
}

function learnAbstractly(context: Context): void {
  const { settings: values, seed } = context;
  if (values.emSamples === 0 || isDone(context, 'abstract')) return;
  context.phase('abstract model');
  const model = new AbstractModel({ ...values, causes: values.emCauses, sweeps: SWEEPS }, seed, streamOf('abstract'));
  const last = Math.ceil(values.emSamples / 10);
  model.learn(values.emSamples - last);
  const active = model.learn(last);
  const tuning = model.tuning().filter((bar) => bar >= 0);
  context.log({ test: 'abstract', specialised: tuning.length, covered: new Set(tuning).size, active });
}

/** Learns bars, with two controls and the abstract model beside, and reads out which neurons stand for which bar. */
export async function run(context: Context): Promise<RunOutcome> {
  const { settings: values, seed, report } = context;
  const { fromInhibition } = constants(values);
  learnAbstractly(context);
  const start = drawWeights(values.side ** 2, values, seed);
  if (values.untrainedTestSeconds > 0 && !isDone(context, 'untrained')) {
    measure(context, 'untrained', start, fromInhibition, values.untrainedTestSeconds);
  }
  await control(context, 'none', 0, values.noneSeconds);
  await control(context, 'strong', -values.strongInhibition, values.strongSeconds);

  const training = new Training(context, 'soft', fromInhibition);
  const { earlySeconds, trainSeconds } = values;
  if (earlySeconds > 0 && earlySeconds < trainSeconds) {
    await training.until(earlySeconds);
    if (!isDone(context, 'early')) {
      measure(context, 'early', training.weights, fromInhibition, values.earlyTestSeconds);
      training.keep();
    }
  }
  await training.until(trainSeconds);
  const { test, groups } = measure(context, 'soft', training.weights, fromInhibition, values.testSeconds);

  addScores(report, context.history());
  addCurves(report, context.history());
  addSpikes(report, values, test, groups);
  const stages: [string, InputWeights][] = [
    ['before learning', start],
    ['after learning', training.weights],
  ];
  if (training.kept) stages.splice(1, 0, [`after ${earlySeconds} s`, training.kept]);
  const sizes = barsOf(values).map((_, bar) => groups.filter((group) => group === bar).length);
  for (const [when, weights] of stages) {
    addAssemblies(report, when, imagesOf(values, seed, weights, groups), sizes, values.side);
  }
  addAffinities(report, imagesOf(values, seed, training.weights, groups), sizes, barsOf(values), values.side);
  return { metrics: metricsOf(context.history(), test) };
}

/** Numbers of the last test under their own names, of the others under the name of the test. */
function metricsOf(records: readonly LogRecord[], { shown }: Test): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const { test, ...numbers } of records) {
    if (test === undefined) continue;
    for (const [name, value] of Object.entries(numbers)) {
      metrics[test === 'soft' ? name : `${test}.${name}`] = value as number;
    }
  }
  const { covered, ...others } = metrics;
  return { coveredBars: covered!, bars: shown.patterns, ...others };
}
