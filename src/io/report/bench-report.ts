import { type BenchResult, benchColumns, benchLine } from '../bench.ts';
import { ReportBuilder } from './builder.ts';
import { html } from './html.ts';
import { renderPage, renderSections } from './render.ts';

/** Renders measured benchmarks as one self-contained page: a table each, and the charts that they bring. */
export async function renderBenchReport(results: readonly BenchResult[]): Promise<string> {
  const report = new ReportBuilder();
  for (const result of results) {
    const columns = benchColumns(result);
    const rows = result.rows.map((row) => benchLine(row, columns));
    report.table({ title: result.bench, columns: columns.map(({ title }) => title), rows, caption: result.machine });
    for (const chart of result.charts ?? []) report.curve(chart);
  }
  return renderPage('Benchmarks', html`<h1>Benchmarks</h1>\n${await renderSections(report.sections)}`);
}
