import type { Connections } from 'volley';
import type { LogRecord, ReportBuilder } from 'volley/io';
import { curvesOf } from '../common/report.ts';
import { LAYERS } from './network.ts';
import type { RowResult } from './row-runner.ts';

const SIDE = 28;

type Sparse = Extract<Connections, { kind: 'sparse' }>;

const sparse = (connections: Connections | undefined): Sparse | undefined =>
  connections?.kind === 'sparse' ? connections : undefined;

/** Accuracy and turnover over training. */
export function addCurves(report: ReportBuilder, records: readonly LogRecord[], names: readonly string[]): void {
  const titles = Object.fromEntries(names.map((name) => [name, name]));
  const accuracy = curvesOf(records, titles, 'accuracy');
  if (accuracy.length > 0) {
    report.curve({ title: 'Accuracy on test images', x: 'step', y: 'accuracy', series: accuracy });
  }
  const activated = curvesOf(records, titles, 'activated').filter(({ points }) => points.some(([, y]) => y > 0));
  if (activated.length > 0) {
    report.curve({
      title: 'Turnover',
      x: 'step',
      y: 'connections replaced per step',
      series: activated,
      caption: 'Most new connections die within a few steps: that is the random search.',
    });
  }
}

/** The number of connections of each layer over time. */
export function addConnectionCounts(report: ReportBuilder, records: readonly LogRecord[], name: string): void {
  const series = LAYERS.flatMap((layer) =>
    curvesOf(records, { [name]: `${layer} layer` }, layer).filter(({ points }) => points.length > 1),
  );
  if (series.length > 0) report.curve({ title: 'Connections of DEEP R', x: 'step', y: 'connections', series });
}

/** How many units have 0, 1, 2 … connections from the layer before. */
function inDegrees({ pattern }: Sparse, units: number): number[] {
  const degree = new Uint32Array(units);
  for (const post of pattern.post) degree[post]! += 1;
  const histogram: number[] = [];
  for (const d of degree) histogram[d] = (histogram[d] ?? 0) + 1;
  return Array.from(histogram, (count) => count ?? 0);
}

/** In-degrees of the first hidden layer, with and without rewiring. */
export function addInDegrees(
  report: ReportBuilder,
  results: ReadonlyMap<string, RowResult>,
  names: readonly string[],
  units: number,
): void {
  const series = names.flatMap((name) => {
    const first = sparse(results.get(name)?.connections.first);
    if (!first) return [];
    return [{ name, points: inDegrees(first, units).map((count, degree) => [degree, count] as const) }];
  });
  if (series.length === 0) return;
  report.curve({
    title: 'In-degree of the units of the first hidden layer',
    x: 'connections from pixels',
    y: 'units',
    series,
  });
}

/** How many connections each pixel keeps. */
export function addPixels(report: ReportBuilder, name: string, result: RowResult): void {
  const first = sparse(result.connections.first);
  if (!first) return;
  const { rowStart } = first.pattern;
  const values = Array.from({ length: SIDE }, (_, y) =>
    Array.from({ length: SIDE }, (_, x) => rowStart[y * SIDE + x + 1]! - rowStart[y * SIDE + x]!),
  );
  report.matrix({ title: `Connections of each pixel, ${name}`, values, rows: 'row', columns: 'column' });
}
