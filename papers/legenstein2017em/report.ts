import type { LogRecord, ReportBuilder } from 'volley/io';
import type { Test } from './circuit.ts';
import type { Values } from './network.ts';
import type { Groups, Spikes } from './read-out.ts';

const TITLES: Readonly<Record<string, string>> = {
  soft: 'soft inhibition',
  strong: 'strong inhibition',
  none: 'no inhibition',
};

/** Steps of the test that the raster shows. */
const SHOWN = 1000;

/** All tests as a table. */
export function addScores(report: ReportBuilder, records: readonly LogRecord[]): void {
  const columns = ['specialised', 'covered', 'precision', 'recall', 'f1', 'excitatoryRate', 'inhibitoryRate'];
  const shown = (value: number | string | undefined) =>
    typeof value !== 'number' ? '' : Number.isInteger(value) ? value : value.toFixed(3);
  const rows = records.flatMap((record) =>
    record.test === undefined ? [] : [[record.test, ...columns.map((column) => shown(record[column]))]],
  );
  report.table({
    title: 'Tests without learning',
    columns: ['circuit', ...columns],
    rows,
    caption:
      '"soft" is the circuit after training, "early" the same before its end; "abstract" is the model without time, whose causes are counted.',
  });
}

/** Rates and weights over training. */
export function addCurves(report: ReportBuilder, records: readonly LogRecord[]): void {
  const curve = (title: string, y: string, field: string) => {
    const series = Object.entries(TITLES).map(([phase, name]) => ({
      name,
      points: records
        .filter((record) => record.phase === phase)
        .map((record) => [record.second as number, record[field] as number] as const),
    }));
    const drawn = series.filter(({ points }) => points.length > 1);
    if (drawn.length > 0) report.curve({ title, x: 'time (s)', y, series: drawn });
  };
  curve('Rate of excitatory neurons during learning', 'rate (Hz)', 'excitatoryRate');
  curve('Mean weight of input synapses', 'weight', 'meanWeight');
}

/** One second of the test: what was shown, the input, and the excitatory neurons in the order of their groups. */
export function addSpikes(report: ReportBuilder, values: Values, test: Test, groups: Groups): void {
  const steps = Math.min(SHOWN, test.shown.steps);
  const rank = new Uint32Array(groups.length);
  const key = (neuron: number) => (groups[neuron]! < 0 ? test.shown.patterns : groups[neuron]!);
  [...groups.keys()]
    .sort((a, b) => key(a) - key(b) || a - b)
    .forEach((neuron, place) => {
      rank[neuron] = place;
    });
  const first = ({ time, neuron }: Spikes, place: (neuron: number) => number) => {
    const count = Array.from(time).findIndex((t) => t >= steps);
    const length = count < 0 ? time.length : count;
    return {
      time: Array.from({ length }, (_, k) => time[k]!),
      neuron: Array.from({ length }, (_, k) => place(neuron[k]!)),
    };
  };
  const bars = test.shown.presentations.flatMap(({ pattern, onset }) =>
    Array.from({ length: Math.max(0, Math.min(values.duration, steps - onset)) }, (_, k) => ({
      time: onset + k,
      pattern,
    })),
  );
  report.raster({
    title: 'A second of the test',
    dt: 1,
    steps,
    groups: [
      {
        name: 'bars shown',
        size: test.shown.patterns,
        events: { time: bars.map(({ time }) => time), neuron: bars.map(({ pattern }) => pattern) },
      },
      { name: 'pixels', size: values.side ** 2, events: first(test.input, (pixel) => pixel) },
      { name: 'excitatory neurons', size: groups.length, events: first(test.excitatory, (neuron) => rank[neuron]!) },
    ],
    caption: 'Excitatory neurons stand in the order of the bars that they report; those below report none.',
  });
}

/** Mean weights of four of the final groups as images beside and below one another: two of columns, two of rows. */
export function addAssemblies(
  report: ReportBuilder,
  when: string,
  images: readonly (readonly number[])[],
  side: number,
): void {
  const [left, right] = [Math.floor(side / 4), Math.floor((3 * side) / 4)];
  const shown = [
    [left, right],
    [side + left, side + right],
  ];
  const values = shown.flatMap((pair) =>
    Array.from({ length: side }, (_, y) =>
      pair.flatMap((bar) => images[bar]!.slice(y * side, (y + 1) * side).map((weight) => Math.round(100 * weight))),
    ),
  );
  report.matrix({
    title: `Receptive fields of four assemblies, ${when}`,
    values,
    rows: 'row of pixels',
    columns: 'column of pixels',
    labels: Array.from({ length: 2 * side }, (_, k) => String(k % side)),
    full: 100,
    caption: `Mean weights in hundredths. Above, the assemblies that end with columns ${left} and ${right}; below, with rows ${left} and ${right}.`,
  });
}

/** Mean weight of each of the final groups from the pixels of every bar. */
export function addAffinities(
  report: ReportBuilder,
  images: readonly (readonly number[])[],
  bars: readonly Uint8Array[],
  side: number,
): void {
  report.matrix({
    title: 'Assemblies and bars after learning',
    values: images.map((image) =>
      bars.map((bar) => Math.round((100 * image.reduce((sum, weight, pixel) => sum + weight * bar[pixel]!, 0)) / side)),
    ),
    rows: 'bar of the assembly',
    columns: 'bar of the pixels',
    full: 100,
    caption: 'Mean weights in hundredths. A column and a row share a pixel.',
  });
}
