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

/** Scale functions of a chart. */
interface Scales {
  readonly x?: (value: number) => number;
  readonly y?: (value: number) => number;
  readonly color?: (value: string) => string;
}

/**
 * A mark that draws one group as a single path, however many spikes there are: a mark per spike would make the file a
 * hundred times larger.
 */
export function rasterMark(
  document: Document,
  group: RasterRows,
  options: { readonly dt: number; readonly batch: number },
) {
  return (_index: unknown, scales: unknown): SVGElement => {
    const { x, y, color } = scales as Scales;
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const height = Math.abs(y!(1) - y!(0));
    path.setAttribute('d', spikePath(group, options, x!, y!, Math.max(height * 0.8, 0.8)));
    path.setAttribute('stroke', color!(group.name));
    path.setAttribute('fill', 'none');
    return path;
  };
}

/** A short vertical stroke per spike: "M12.5 30v2M13 31v2…". */
function spikePath(
  { events, first }: RasterRows,
  { dt, batch }: { readonly dt: number; readonly batch: number },
  x: (time: number) => number,
  y: (row: number) => number,
  height: number,
): string {
  const drawn = new Set<string>();
  const stroke = `v${round(height)}`;
  for (let k = 0; k < events.time.length; k++) {
    if (events.batch && events.batch[k] !== batch) continue;
    const left = RESOLUTION * Math.round(x(events.time[k]! * dt) / RESOLUTION);
    drawn.add(`M${left} ${round(y(first + events.neuron[k]!))}${stroke}`);
  }
  return [...drawn].join('');
}

const round = (value: number): number => Math.round(10 * value) / 10;
