import type { Batch, Network } from 'volley';
import type { LogRecord, ReportBuilder } from 'volley/io';
import type { PhaseResult } from '../common/phase.ts';
import { addAdaptation, addReadout, addSpikes, curvesOf, runTrial } from '../common/report.ts';

export const TITLES: Readonly<Record<string, string>> = {
  lsnn: 'LSNN',
  lif: 'LIF only',
  storeRecallError: 'LSNN',
  storeRecallLifError: 'LIF only',
};

/** Learning curves of one task. */
export function addCurves(
  report: ReportBuilder,
  records: readonly LogRecord[],
  task: string,
  phases: readonly string[],
): void {
  const names = Object.fromEntries(phases.map((phase) => [phase, TITLES[phase]!]));
  const error = curvesOf(records, names, 'error');
  if (error.length > 0) {
    report.curve({
      title: `${task}: training error`,
      x: 'iteration',
      y: 'error, mean of 20 iterations',
      series: error,
    });
  }
  const accuracy = curvesOf(records, names, 'accuracy');
  if (accuracy.length > 0) {
    report.curve({
      title: `${task}: accuracy on test images while training`,
      x: 'iteration',
      y: 'accuracy',
      series: accuracy,
    });
  }
}

/** One trial of a trained network: spikes of input and network, adaptation, readout, and the confusion matrix. */
export function addTrial(
  report: ReportBuilder,
  task: string,
  network: Network,
  result: PhaseResult,
  batch: Batch,
  seed: number,
): void {
  const trial = runTrial(network, result, batch, seed);
  addSpikes(report, `${task}: spikes of one trial`, batch, trial);
  addAdaptation(report, `${task}: adaptation of the five neurons that adapt most`, network, trial);
  addReadout(report, `${task}: readout`, trial);
  if (result.confusion) {
    report.matrix({
      title: `${task}: confusion matrix of the test images`,
      values: result.confusion,
      rows: 'digit shown',
      columns: 'digit answered',
    });
  }
}
