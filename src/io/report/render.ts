import { ShapeError } from '../../base/errors.ts';
import type { Paper } from '../paper.ts';
import type { RunConfig, RunResult } from '../run-records.ts';
import type { Matrix, Section } from './builder.ts';
import { type ChartMaker, chartMaker } from './charts.ts';
import { compareClaims, formatDuration } from './comparison.ts';
import { drawHeatmap } from './heatmap.ts';
import { Html, html, htmlFigure, htmlTable } from './html.ts';
import { STYLE } from './style.ts';

/** Sections that the drawing library is needed for. */
const DRAWN: ReadonlySet<Section['kind']> = new Set(['curve', 'raster', 'traces', 'bars']);

/** What a report is made of. */
export interface ReportInput {
  readonly paper: Paper;
  readonly config: RunConfig;
  readonly result: RunResult;
  readonly sections: readonly Section[];
}

/** Renders a run's report.html: one file, nothing to fetch, light and dark. */
export async function renderReport({ paper, config, result, sections }: ReportInput): Promise<string> {
  const title = `${paper.title}: ${config.preset}, seed ${config.seed}`;
  const drawn = await renderSections(sections);
  return renderPage(
    title,
    html`<h1>${paper.title}</h1>
<p class="caption">${paper.citation}</p>
${comparison(paper, config, result)}
${drawn}
${otherMetrics(paper, result)}
${settingsTable(paper, config)}
${runTable(config, result)}`,
  );
}

/** A self-contained page around a body. */
export function renderPage(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text;
}

/** Draws sections in their order; the drawing library loads only if one needs it. */
export async function renderSections(sections: readonly Section[]): Promise<Html[]> {
  const drawn = sections.some(({ kind }) => DRAWN.has(kind));
  const charts = drawn ? await chartMaker() : undefined;
  return sections.map((section) => renderSection(section, charts));
}

function comparison(paper: Paper, config: RunConfig, result: RunResult): Html {
  const rows = compareClaims(paper.claims, result.metrics).map((row) => [row.label, row.paper, row.here, row.source]);
  const caption =
    config.preset === 'paper'
      ? 'The preset "paper" has the sizes of the paper.'
      : `The preset "${config.preset}" is not the experiment of the paper: ${paper.presets[config.preset].doc}.`;
  return htmlFigure('Paper and here', htmlTable(['result', 'paper', 'here', 'source'], rows), caption);
}

function renderSection(section: Section, charts: ChartMaker | undefined): Html {
  switch (section.kind) {
    case 'curve':
      return htmlFigure(section.title, charts!.curve(section), section.caption);
    case 'raster':
      return htmlFigure(section.title, charts!.raster(section), section.caption);
    case 'heatmap':
      return htmlFigure(section.title, drawHeatmap(section), section.caption);
    case 'traces':
      return htmlFigure(section.title, charts!.traces(section), section.caption);
    case 'bars':
      return htmlFigure(section.title, charts!.bars(section), section.caption);
    case 'matrix':
      return htmlFigure(section.title, matrixTable(section), section.caption);
    case 'table':
      return htmlFigure(section.title, htmlTable(section.columns, section.rows), section.caption);
    case 'note':
      return html`<p>${section.text}</p>\n`;
  }
}

/** Cells are shaded by their share of the row, so that classes of different sizes compare. */
function matrixTable({ title, values, rows, columns, labels, full }: Matrix): Html {
  const width = values[0]?.length ?? 0;
  const name = (i: number): string => labels?.[i] ?? String(i);
  const body = values.map((row, i) => {
    if (row.length !== width)
      throw new ShapeError(`matrix "${title}"`, `expected ${width} columns, got ${row.length} in row ${i}`);
    const most = full ?? row.reduce((total, value) => total + value, 0);
    const cells = row.map(
      (value) => html`<td style="--share:${most > 0 ? (value / most).toFixed(3) : 0}">${value}</td>`,
    );
    return html`<tr><th scope="row">${name(i)}</th>${cells}</tr>\n`;
  });
  const head = Array.from({ length: width }, (_, j) => html`<th scope="col">${name(j)}</th>`);
  return html`<div class="scroll"><table class="matrix"><caption>rows: ${rows}, columns: ${columns}</caption>
<thead><tr><td></td>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function otherMetrics(paper: Paper, { metrics }: RunResult): Html {
  const claimed = new Set(paper.claims.map(({ metric }) => metric));
  const rest = Object.entries(metrics).filter(([name]) => !claimed.has(name));
  if (rest.length === 0) return new Html('');
  return htmlFigure(
    'Other measurements',
    htmlTable(
      ['metric', 'value'],
      rest.map(([name, value]) => [name, String(value)]),
    ),
  );
}

function settingsTable(paper: Paper, config: RunConfig): Html {
  const rows = Object.entries(paper.settings).map(([key, { value, unit, origin, doc }]) => {
    const used = config.settings[key] ?? value;
    const shown = `${used}${unit && unit !== '1' ? ` ${unit}` : ''}`;
    return [key, used === value ? shown : html`<b>${shown}</b>`, `${value}`, doc, origin];
  });
  const caption = 'Values in bold differ from the default; the origin is that of the default.';
  return htmlFigure(
    'Settings',
    htmlTable(['setting', 'value', 'default', 'meaning', 'origin of the default'], rows),
    caption,
  );
}

function runTable(config: RunConfig, result: RunResult): Html {
  const rows: [string, string][] = [
    ['paper', config.id],
    ['preset', config.preset],
    ['seed', String(config.seed)],
    ['duration', formatDuration(result.seconds)],
    ['machine', config.machine],
    ['Volley', config.volley],
  ];
  return htmlFigure('Run', htmlTable(['', ''], rows));
}
