import { ShapeError } from '../../base/errors.ts';
import type { RasterGroup } from './builder.ts';

/** A group with the place of its first row in the chart. */
export interface RasterRows extends RasterGroup {
  readonly first: number;
}

/** Spikes closer than this many pixels in one row are drawn once. */
const RESOLUTION = 0.5;

/** Stacks the groups. @throws ShapeError if time and neuron differ in length or a neuron lies outside its group */
export function rasterRows(title: string, groups: readonly RasterGroup[]): RasterRows[] {
  let first = 0;
  return groups.map((group) => {
    const { name, size, events } = group;
    if (events.time.length !== events.neuron.length) {
      throw new ShapeError(
        `raster "${title}"`,
        `expected a neuron for each of ${events.time.length} spikes, got ${events.neuron.length}`,
      );
    }
    for (let k = 0; k < events.neuron.length; k++) {
      const neuron = events.neuron[k]!;
      if (!(neuron >= 0 && neuron < size)) {
        throw new ShapeError(`raster "${title}"`, `expected neurons of ${name} below ${size}, got ${neuron}`);
      }
    }
    const rows = { ...group, first };
    first += size;
    return rows;
  });
}

/** Heights in pixels: of a neuron at most, of all groups together, and of a small group so that it is seen beside a large one. */
const [ROW, ALL, SMALL, LEAST] = [3, 570, 30, 14] as const;

/** Space between two numbers on the axis of neurons, in pixels. */
const TICK = 24;

/** The axis of neurons: where each group begins and ends, and numbers within each group. */
export interface RasterAxis {
  /** Row at which each group begins, and the end of the last. */
  readonly domain: number[];
  /** Pixels below the upper edge, for each of them. */
  readonly pixels: number[];
  readonly ticks: number[];
  /** Number of the neuron within its group, by tick. */
  readonly numbers: ReadonlyMap<number, number>;
}

/** Groups in proportion to their sizes, small ones higher. */
export function rasterAxis(rows: readonly RasterRows[]): RasterAxis {
  const total = rows.reduce((sum, { size }) => sum + size, 0);
  const heights = rows.map(({ size }) =>
    Math.max(LEAST, size * Math.min(ROW, ALL / total), Math.min(ROW * size, SMALL)),
  );
  const pixels = [0];
  for (const height of heights) pixels.push(pixels.at(-1)! + height);
  const numbers = new Map<number, number>();
  rows.forEach(({ first, size }, k) => {
    const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((n) => (n * heights[k]!) / size >= TICK) ?? 1000;
    for (let n = 0; n < size && (n === 0 || ((size - n) * heights[k]!) / size >= TICK); n += step)
      numbers.set(first + n, n);
  });
  return { domain: [...rows.map(({ first }) => first), total], pixels, ticks: [...numbers.keys()], numbers };
}

/** Scale functions of a chart. */
interface Scales {
  readonly x?: (value: number) => number;
  readonly y?: (value: number) => number;
  readonly color?: (value: string) => string;
}

/** What of a recording is drawn. */
interface Window {
  readonly dt: number;
  readonly steps: number;
  readonly batch: number;
}

/**
 * A mark that draws one group as a single path, however many spikes there are: a mark per spike would make the file a
 * hundred times larger.
 */
export function rasterMark(document: Document, group: RasterRows, options: Window) {
  return (_index: unknown, scales: unknown): SVGElement => {
    const { x, y, color } = scales as Scales;
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const height = Math.abs(y!(group.first + 1) - y!(group.first));
    path.setAttribute('d', spikePath(group, options, x!, y!, Math.max(height * 0.8, 0.8)));
    path.setAttribute('stroke', color!(group.name));
    path.setAttribute('fill', 'none');
    return path;
  };
}

/** A short vertical stroke per spike: "M12.5 30v2M13 31v2…". */
function spikePath(
  { events, first }: RasterRows,
  { dt, steps, batch }: Window,
  x: (time: number) => number,
  y: (row: number) => number,
  height: number,
): string {
  const drawn = new Set<string>();
  const stroke = `v${round(height)}`;
  for (let k = 0; k < events.time.length; k++) {
    if ((events.batch && events.batch[k] !== batch) || events.time[k]! >= steps) continue;
    const left = RESOLUTION * Math.round(x(events.time[k]! * dt) / RESOLUTION);
    drawn.add(`M${left} ${round(y(first + events.neuron[k]!))}${stroke}`);
  }
  return [...drawn].join('');
}

const round = (value: number): number => Math.round(10 * value) / 10;
