import type { LogRecord, ReportBuilder } from 'volley/io';
import { addAdaptation, addReadout, curvesOf, runTrial } from '../common/report.ts';
import type { DigitTasks } from './digits.ts';
import type { Trained } from './report.ts';

/** Spoken digits: error while training, what each trained network answers, and one recording through the last of them. */
export function addDigitsReport(
  report: ReportBuilder,
  records: readonly LogRecord[],
  titles: Readonly<Record<string, string>>,
  trained: readonly Trained[],
  { test, source }: DigitTasks,
  seed: number,
): void {
  report.note(`Spoken digits from ${source}; they stand in for the paper's TIMIT task.`);
  const series = curvesOf(records, titles, 'testError');
  if (series.length > 0) {
    report.curve({ title: 'Spoken digits: test error while training', x: 'iteration', y: 'error', series });
  }
  const ours = trained.filter(({ phase }) => phase.name in titles);
  for (const { phase, result } of ours) {
    report.matrix({
      title: `Spoken digits: test recordings, ${titles[phase.name]}`,
      values: result.confusion!,
      rows: 'digit spoken',
      columns: 'digit answered',
    });
  }
  const shown = ours.at(-1);
  if (shown) addRecording(report, shown, test, seed);
}

/** The first test recording: spikes, adaptation, readout. */
function addRecording(report: ReportBuilder, { phase, result }: Trained, test: DigitTasks['test'], seed: number): void {
  const batch = test.batch([0]);
  const trial = runTrial(phase.network, result, batch, seed);
  const { size } = trial.spikes.hidden!;
  report.raster({
    title: `One recording, after ${phase.title}: spikes`,
    dt: 1,
    steps: batch.steps,
    groups: [{ name: 'network', size, events: trial.spikes.hidden!.events() }],
    caption: `The digit ${batch.decisions.labels[0]}, at the end of ${test.maxFrames} frames.`,
  });
  addAdaptation(report, 'The same recording: adaptation of the five neurons that adapt most', phase.network, trial);
  addReadout(report, 'The same recording: readout', trial);
}
