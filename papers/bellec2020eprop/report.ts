import type { Batch, PatternBatch } from 'volley';
import type { LogRecord, ReportBuilder } from 'volley/io';
import type { Phase, PhaseResult } from '../common/phase.ts';
import { addAdaptation, addReadout, addSpikes, column, curvesOf, runTrial } from '../common/report.ts';

/** A phase and what came of it. */
export interface Trained {
  readonly phase: Phase;
  readonly result: PhaseResult;
}

type Titles = Readonly<Record<string, string>>;

/** Training error of one task, a line for each rule. */
export function addErrorCurves(
  report: ReportBuilder,
  records: readonly LogRecord[],
  task: string,
  titles: Titles,
  window: number,
): void {
  const series = curvesOf(records, titles, 'error');
  if (series.length === 0) return;
  report.curve({ title: `${task}: training error`, x: 'iteration', y: `error, mean of ${window} iterations`, series });
}

/** Pattern generation: error of each rule while training, and what each trained network makes of the pattern. */
export function addPatternReport(
  report: ReportBuilder,
  records: readonly LogRecord[],
  titles: Titles,
  trained: readonly Trained[],
  trial: PatternBatch,
  seed: number,
): void {
  const series = curvesOf(records, titles, 'nmse');
  if (series.length > 0) {
    report.curve({
      title: 'Pattern generation: squared error, divided by the power of the target',
      x: 'iteration',
      y: 'normalised error, mean of 20 iterations',
      series,
      logarithmic: true,
    });
  }
  const ours = trained.filter(({ phase }) => phase.name in titles);
  if (ours.length === 0) return;
  const outputs = ours.map(({ phase, result }) => ({
    name: titles[phase.name]!,
    values: column(runTrial(phase.network, result, trial, seed).outputs.out!, 0),
  }));
  const target = { name: 'target', values: trial.targets.out!.data };
  report.traces({
    title: 'Pattern generation: target and outputs of the trained networks',
    dt: 1,
    y: 'readout y',
    series: [target, ...outputs],
  });
}

/** One trial of cue accumulation with the network of the last rule that was trained: spikes, adaptation, readout. */
export function addCueTrial(report: ReportBuilder, trained: readonly Trained[], batch: Batch, seed: number): void {
  const shown = trained.findLast(({ phase }) => phase.name.startsWith('cues.') && phase.name !== 'cues.lif');
  if (!shown) return;
  const { phase, result } = shown;
  const trial = runTrial(phase.network, result, batch, seed);
  addSpikes(report, `One trial, after ${phase.title}: spikes`, batch, trial);
  addAdaptation(report, 'The same trial: adaptation of the five neurons that adapt most', phase.network, trial);
  addReadout(report, 'The same trial: readout', trial);
}
