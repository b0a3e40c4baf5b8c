import { ParameterError, ShapeError } from '../../base/errors.ts';
import type { Heatmap } from './builder.ts';
import { type Html, html } from './html.ts';

const WIDTH = 860;

/** Pixels: axes, space between panels, the name above a panel, the bar of colours with its numbers. */
const [LEFT, BELOW, GAP, ABOVE, BAR] = [44, 34, 16, 20, 110] as const;

/** Least and largest side of a cell in pixels. */
const [LEAST, MOST] = [4, 18] as const;

const LEVELS = 32;
const RISING = ['#ffffff', '#6baed6', '#08306b'] as const;
const SIGNED = ['#2166ac', '#f7f7f7', '#b2182b'] as const;

/** Colour of a cell without a value. */
const NOTHING = '#b8b8b8';

/** The colour at a place from 0 to 1 along three. */
function mix(colours: readonly [string, string, string], place: number): string {
  const from = place < 0.5 ? 0 : 1;
  const share = 2 * place - from;
  const part = (colour: string, k: number) => Number.parseInt(colour.slice(1 + 2 * k, 3 + 2 * k), 16);
  const parts = [0, 1, 2].map((k) =>
    Math.round((1 - share) * part(colours[from]!, k) + share * part(colours[from + 1]!, k)),
  );
  return `#${parts.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** One value that is not finite must not take the scale from all others. */
const isShown = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);

/**
 * First and last value of the colours: from 0 if nothing is below, else as far to both sides.
 *
 * @throws ParameterError for a given range whose end is not above its start
 */
function rangeOf({ title, panels, range }: Heatmap): readonly [number, number] {
  if (range) {
    if (range[0] < range[1] && Number.isFinite(range[1] - range[0])) return range;
    throw new ParameterError(`heatmap "${title}"`, `expected a range from low to high, got ${range[0]} to ${range[1]}`);
  }
  let [least, most] = [0, 0];
  for (const { values } of panels) {
    for (const row of values) {
      for (const value of row) if (isShown(value)) [least, most] = [Math.min(least, value), Math.max(most, value)];
    }
  }
  const far = Math.max(-least, most) || 1;
  return [least < 0 ? -far : 0, far];
}

/** Rows and columns of all panels. @throws ShapeError unless all have the same, one or more */
function shapeOf({ title, panels }: Heatmap): readonly [number, number] {
  const [rows, columns] = [panels[0]?.values.length ?? 0, panels[0]?.values[0]?.length ?? 0];
  const wrong = panels.find(({ values }) => values.length !== rows || values.some((row) => row.length !== columns));
  if (rows * columns > 0 && wrong === undefined) return [rows, columns];
  const got = wrong === undefined ? 'none' : `panel "${wrong.name}" of another shape`;
  throw new ShapeError(`heatmap "${title}"`, `expected panels of one shape, got ${got}`);
}

/** One path per colour: a rectangle per cell would make the file many times larger. */
function cells(
  values: Heatmap['panels'][number]['values'],
  cell: number,
  [low, high]: readonly [number, number],
): Html[] {
  const paths = new Map<string, string>();
  const colours = low < 0 ? SIGNED : RISING;
  values.forEach((row, y) => {
    row.forEach((value, x) => {
      const place = isShown(value) ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
      const colour = isShown(value) ? mix(colours, Math.round(place * LEVELS) / LEVELS) : NOTHING;
      paths.set(colour, `${paths.get(colour) ?? ''}M${x * cell} ${y * cell}h${cell}v${cell}h${-cell}z`);
    });
  });
  return [...paths].map(([colour, path]) => html`<path d="${path}" fill="${colour}"/>`);
}

/** Some numbers of rows or columns, five at most. */
function ticks(count: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((size) => count / size <= 5) ?? 1000;
  return Array.from({ length: Math.ceil(count / step) }, (_, k) => k * step);
}

const text = (x: number, y: number, anchor: string, content: string | number): Html =>
  html`<text x="${x}" y="${y}" text-anchor="${anchor}" fill="currentColor">${content}</text>`;

/** The colours from top to bottom with their numbers. */
function bar({ value }: Heatmap, [low, high]: readonly [number, number]): Html {
  const height = 96;
  const steps = Array.from({ length: LEVELS }, (_, k) => {
    const colour = mix(low < 0 ? SIGNED : RISING, 1 - k / (LEVELS - 1));
    return html`<rect x="0" y="${(k * height) / LEVELS}" width="14" height="${height / LEVELS + 0.3}" fill="${colour}"/>`;
  });
  const number = (at: number) => Number(at.toPrecision(3));
  const middle = text(20, height / 2 + 4, 'start', number((low + high) / 2));
  return html`${text(0, -6, 'start', value)}${steps}${text(20, 9, 'start', number(high))}${middle}${text(20, height, 'start', number(low))}`;
}

/**
 * Draws values on grids as colours, panels beside and below one another on one scale.
 *
 * @throws ShapeError unless all panels have the same shape, ParameterError for a range that is none
 */
export function drawHeatmap(heatmap: Heatmap): Html {
  const [rows, columns] = shapeOf(heatmap);
  const { panels } = heatmap;
  const range = rangeOf(heatmap);
  const room = WIDTH - LEFT - BAR;
  const fit = Math.max(1, Math.floor((room + GAP) / (LEAST * columns + GAP)));
  const across = Math.min(panels.length, fit, Math.max(1, heatmap.across ?? fit));
  const cell = Math.min(MOST, Math.max(1, Math.floor((room - GAP * (across - 1)) / across / columns)));
  const [wide, high] = [cell * columns + GAP, cell * rows + ABOVE + 16];
  const drawn = panels.map(({ name, values }, k) => {
    const [column, row] = [k % across, Math.floor(k / across)];
    const numbers = [
      ...ticks(columns).map((at) => text((at + 0.5) * cell, rows * cell + 12, 'middle', at)),
      ...(column === 0 ? ticks(rows).map((at) => text(-5, (at + 0.5) * cell + 4, 'end', at)) : []),
    ];
    return html`<g transform="translate(${LEFT + column * wide} ${ABOVE + row * high})">${text(0, -6, 'start', name)}${cells(values, cell, range)}<rect width="${cell * columns}" height="${cell * rows}" fill="none" stroke="currentColor" stroke-opacity="0.3"/>${numbers}</g>`;
  });
  const body = Math.max(ABOVE + Math.ceil(panels.length / across) * high, ABOVE + 110);
  const scale = html`<g transform="translate(${LEFT + across * wide} ${ABOVE})">${bar(heatmap, range)}</g>`;
  const label = text(LEFT, body + 10, 'start', `rows: ${heatmap.rows}; columns: ${heatmap.columns}`);
  const height = body + BELOW - 14;
  // Cells are a pixel wide at least, however many there are.
  const width = Math.max(WIDTH, LEFT + across * wide + BAR);
  return html`<figure><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-size="12" font-family="system-ui, sans-serif">${drawn}${scale}${label}</svg></figure>`;
}
