import { ParameterError } from '../../base/errors.ts';
import type { Bars, Curve, Raster, Traces } from './builder.ts';
import { decimate, type Point } from './decimate.ts';
import { Html } from './html.ts';
import { rasterAxis, rasterMark, rasterRows } from './raster.ts';

const WIDTH = 860;

/** Lines are thinned to this many runs of points: about one per pixel. */
const BUCKETS = 700;

/** Space above and below a raster in pixels. */
const [TOP, BELOW] = [24, 42] as const;

/** Height of a bar with its gap in pixels. */
const BAR = 20;

/** Draws charts as SVG without a browser. The chart library and its document are loaded on first use. */
export interface ChartMaker {
  curve(curve: Curve): Html;
  traces(traces: Traces): Html;
  raster(raster: Raster): Html;
  bars(bars: Bars): Html;
}

export async function chartMaker(): Promise<ChartMaker> {
  const [Plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const draw = (options: Record<string, unknown>): Html =>
    new Html(
      Plot.plot({ document, width: WIDTH, marginLeft: 60, marginBottom: 42, style: { fontSize: '12px' }, ...options })
        .outerHTML,
    );
  const lines = (names: readonly string[], points: readonly (readonly Point[])[]) =>
    Plot.lineY(
      points.flatMap((line, s) => line.map(([x, y]) => ({ x, y, name: names[s]! }))),
      { x: 'x', y: 'y', z: 'name', stroke: 'name', strokeWidth: 1.5 },
    );
  const color = (names: readonly string[]) => ({ domain: names, legend: true });

  return {
    curve({ title, x, y, series, logarithmic = false, rules = [] }) {
      const names = series.map(({ name }) => name);
      if (logarithmic)
        requirePositive(
          title,
          series.flatMap(({ points }) => points.map((point) => point[1])),
        );
      return draw({
        x: { label: x, ...wholeTicks(series.flatMap(({ points }) => points.map(([at]) => at))) },
        y: { label: y, grid: true, type: logarithmic ? 'log' : 'linear' },
        color: color(names),
        marks: [
          lines(
            names,
            series.map(({ points }) => decimate(points, BUCKETS)),
          ),
          Plot.ruleY(rules, { y: 'value', strokeDasharray: '4 3' }),
          Plot.text(rules, { y: 'value', text: 'label', frameAnchor: 'right', dy: -7, textAnchor: 'end' }),
        ],
      });
    },

    traces({ y, dt, series }) {
      const names = series.map(({ name }) => name);
      const points = series.map(({ values }) =>
        decimate(
          Array.from(values, (value, t): Point => [t * dt, value]),
          BUCKETS,
        ),
      );
      return draw({
        x: { label: 'time (ms)' },
        y: { label: y, grid: true },
        color: color(names),
        marks: [lines(names, points)],
      });
    },

    raster({ title, dt, x = 'time (ms)', steps, groups, batch = 0 }) {
      const rows = rasterRows(title, groups);
      const { domain, pixels, ticks, numbers } = rasterAxis(rows);
      const names = groups.map(({ name }) => name);
      return draw({
        ...{ height: TOP + pixels.at(-1)! + BELOW, marginTop: TOP, marginBottom: BELOW },
        x: { label: x, domain: [0, steps * dt] },
        y: {
          ...{ label: 'neuron of its group', type: 'linear', domain, range: pixels.map((pixel) => TOP + pixel) },
          ...{ ticks, tickFormat: (row: number) => String(numbers.get(row)) },
        },
        color: color(names),
        marks: [
          Plot.frame({ strokeOpacity: 0.3 }),
          Plot.ruleY(
            rows.slice(1).map(({ first }) => first),
            { strokeOpacity: 0.3 },
          ),
          ...rows.map((row) => rasterMark(document, row, { dt, steps, batch })),
        ],
      });
    },

    bars({ x, bars }) {
      const longest = Math.max(...bars.map(({ name }) => name.length));
      return draw({
        height: 60 + BAR * bars.length,
        marginLeft: Math.min(300, 20 + 7 * longest),
        x: { label: x, grid: true },
        y: { label: null, domain: bars.map(({ name }) => name) },
        marks: [
          Plot.barX(bars, { x: 'value', y: 'name', fill: 'var(--accent)' }),
          Plot.text(bars, {
            ...{ x: 'value', y: 'name', textAnchor: 'start', dx: 4 },
            text: ({ value }: { value: number }) => String(Number(value.toPrecision(3))),
          }),
          Plot.ruleX([0]),
        ],
        marginRight: 60,
      });
    },
  };
}

/** No ticks between whole numbers where there are none. */
function wholeTicks(values: readonly number[]): { readonly ticks?: number } {
  const span = Math.max(...values) - Math.min(...values);
  return span < 10 && span > 0 && values.every(Number.isInteger) ? { ticks: span } : {};
}

function requirePositive(title: string, values: readonly number[]): void {
  const bad = values.find((value) => !(value > 0));
  if (bad === undefined) return;
  throw new ParameterError(`curve "${title}"`, `expected positive values on a logarithmic axis, got ${bad}`);
}
