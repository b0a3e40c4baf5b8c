import type { SpikeTrain } from 'volley';
import type { LogRecord, ReportBuilder } from 'volley/io';
import { curvesOf } from '../common/report.ts';
import type { Look, Sampler } from './sampler.ts';

const CHARTS: readonly { field: string; title: string; y: string; caption?: string }[] = [
  { field: 'accuracy', title: 'Trials that end well', y: 'share' },
  { field: 'reward', title: 'Reward while there can be one', y: 'mean reward' },
  { field: 'functional', title: 'Functional synapses', y: 'share of potential synapses' },
  {
    field: 'formed',
    title: 'Turnover',
    y: 'share of potential synapses formed per block',
    caption: 'Synapses that are functional at the end of a block and were not at its start; noise keeps this above 0.',
  },
];

/** Success, reward, connectivity and turnover over time. */
export function addCurves(
  report: ReportBuilder,
  records: readonly LogRecord[],
  titles: Readonly<Record<string, string>>,
): void {
  for (const { field, ...chart } of CHARTS) {
    const series = curvesOf(records, titles, field);
    if (series.length > 0) report.curve({ x: 'biological time (min)', series, ...chart });
  }
  const lever = curvesOf(records, { lever: 'lever press' }, 'duration');
  if (lever.length > 0) {
    report.curve({
      title: 'Lever press',
      x: 'biological time (min)',
      y: 'mean time from cue to end (s)',
      series: lever,
    });
  }
}

/** Weights from inputs, parallel synapses added up. */
export function addWeights(report: ReportBuilder, title: string, { matrix }: Look): void {
  const values = matrix.filter((row) => row.some((weight) => weight > 0));
  if (values.length === 0) return;
  const shown = values.map((row) => row.map((weight) => Math.round(100 * weight)));
  report.matrix({
    title: `Weights of ${title}`,
    values: shown,
    rows: 'neuron',
    columns: 'input',
    caption: 'In hundredths; 0: no functional synapse.',
  });
}

interface Spikes {
  readonly time: number[];
  readonly neuron: number[];
}

function append(into: Spikes, train: SpikeTrain, start: number): void {
  const { time, neuron } = train.events();
  for (let k = 0; k < time.length; k++) {
    into.time.push(start + time[k]!);
    into.neuron.push(neuron[k]!);
  }
}

/** Spikes of some more cycles. */
export function addRaster(report: ReportBuilder, title: string, sampler: Sampler, cycles: number): void {
  const [input, exc]: [Spikes, Spikes] = [
    { time: [], neuron: [] },
    { time: [], neuron: [] },
  ];
  let [steps, inputs, size] = [0, 0, 0];
  for (let k = 0; k < cycles; k++) {
    const spikes = sampler.cycle();
    append(input, spikes.input, steps);
    append(exc, spikes.exc, steps);
    steps += spikes.exc.time;
    [inputs, size] = [spikes.input.size, spikes.exc.size];
  }
  const groups = [
    { name: 'inputs', size: inputs, events: input },
    { name: 'neurons', size, events: exc },
  ];
  report.raster({ title, dt: 1, steps, groups });
}
