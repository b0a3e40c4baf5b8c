import type { LogRecord, ReportBuilder } from 'volley/io';
import { curvesOf } from '../common/report.ts';
import { VARIANTS } from './copy.ts';
import { ALIGNMENT, nameOf } from './copy-phase.ts';

const TITLES = Object.fromEntries(VARIANTS.map((variant) => [nameOf(variant), variant]));

/** Learning curves of the variants, what predictions missed, and how gradients compare with that of BPTT. */
export function addCopyReport(report: ReportBuilder, records: readonly LogRecord[]): void {
  const error = curvesOf(records, TITLES, 'error');
  if (error.length > 0) {
    report.curve({
      title: 'Delayed copy: wrong symbols',
      x: 'update',
      y: 'error, mean since the last point',
      series: error,
    });
  }
  // Without predictions all is missed.
  const predicting = Object.fromEntries(Object.entries(TITLES).filter(([, variant]) => variant.includes('synthetic')));
  const unpredicted = curvesOf(records, predicting, 'unpredicted');
  if (unpredicted.length > 0) {
    report.curve({
      title: 'Delayed copy: part of the adjoints at borders that synthetic gradients missed',
      x: 'update',
      y: 'of the mean square',
      series: unpredicted,
    });
  }
  const compared = records.filter(({ phase }) => phase === ALIGNMENT);
  if (compared.length === 0) return;
  const measures = ['cosine.in', 'norm.in', 'cosine.rec', 'norm.rec'];
  report.table({
    title: `Delayed copy: gradients beside that of BPTT, after ${compared[0]!.iteration} updates by traces+synthetic`,
    columns: ['variant', 'cosine, input weights', 'ratio of norms', 'cosine, recurrent weights', 'ratio of norms'],
    rows: compared.map((record) => [
      record.variant!,
      ...measures.map((measure) => (record[measure] as number).toFixed(2)),
    ]),
  });
}
