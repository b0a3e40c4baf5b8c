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

/** Mean weights of the final groups as images, one per bar; a group without neurons has none. */
export function addAssemblies(
  report: ReportBuilder,
  when: string,
  images: readonly (readonly number[])[],
  sizes: readonly number[],
  side: number,
): void {
  const name = (bar: number) => (bar < side ? `column ${bar}` : `row ${bar - side}`);
  report.heatmap({
    title: `Receptive fields of the assemblies, ${when}`,
    panels: images.map((image, bar) => ({
      name: `${name(bar)}: ${sizes[bar]}`,
      values: Array.from({ length: side }, (_, y) =>
        Array.from({ length: side }, (_, x) => (sizes[bar]! > 0 ? image[y * side + x]! : undefined)),
      ),
    })),
    across: side,
    rows: 'row of pixels',
    columns: 'column of pixels',
    value: 'mean weight',
    range: [0, 1],
    caption: 'Mean weights of the neurons that stand for a bar at the end, with their number; grey: no neuron does.',
  });
}

/** Mean weight of each of the final groups from the pixels of every bar. */
export function addAffinities(
  report: ReportBuilder,
  images: readonly (readonly number[])[],
  sizes: readonly number[],
  bars: readonly Uint8Array[],
  side: number,
): void {
  const mean = (image: readonly number[], bar: Uint8Array) =>
    image.reduce((sum, weight, pixel) => sum + weight * bar[pixel]!, 0) / side;
  report.heatmap({
    title: 'Assemblies and bars after learning',
    panels: [
      {
        name: '',
        values: images.map((image, k) => bars.map((bar) => (sizes[k]! > 0 ? mean(image, bar) : undefined))),
      },
    ],
    rows: 'bar of the assembly',
    columns: 'bar of the pixels',
    value: 'mean weight',
    range: [0, 1],
    caption: `Bars 0 to ${side - 1} are columns, the others rows. A column and a row share a pixel.`,
  });
}
