import type { SpikeTrain } from 'volley';
import type { LogRecord, ReportBuilder } from 'volley/io';
import { curvesOf } from '../common/report.ts';
import type { Environment } from './rows.ts';
import type { Look, Sampler } from './sampler.ts';

const CHARTS: readonly { field: string; title: string; y: string; caption?: string }[] = [
  { field: 'accuracy', title: 'Trials that end well', y: 'share' },
  { field: 'reward', title: 'Reward while there can be one', y: 'mean reward' },
  { field: 'functional', title: 'Functional synapses', y: 'share of potential synapses' },
  {
    field: 'formed',
    title: 'Turnover: synapses formed',
    y: 'share of potential synapses per block',
    caption: 'Synapses that are functional at the end of a block and were not at its start; noise keeps this above 0.',
  },
  {
    field: 'retracted',
    title: 'Turnover: synapses retracted',
    y: 'share of potential synapses per block',
    caption: 'Synapses that were functional at the start of a block and are not at its end.',
  },
];

const LEVERS = { lever: 'lever press', leverFrozen: 'connectome frozen at the swap' };

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
  const lever = curvesOf(records, LEVERS, 'duration');
  if (lever.length > 0) {
    report.curve({
      title: 'Lever press',
      x: 'biological time (min)',
      y: 'mean time from cue to end (s)',
      series: lever,
    });
  }
}

const indices = (count: number, key: (k: number) => number): number[] =>
  Array.from({ length: count }, (_, k) => k).sort((a, b) => key(a) - key(b) || a - b);

/** Inputs in the order of what they tell: from those of the last pattern to those of the first. */
function inputOrder(patterns: Environment['patterns']): number[] {
  const [first, last] = [patterns[0]!, patterns.length > 1 ? patterns.at(-1)! : undefined];
  return indices(first.length, (i) => (last?.[i] ?? 0) - first[i]!);
}

/** Weights from inputs at several times, parallel synapses added up, with the rates of the inputs in the patterns above. */
export function addWeights(
  report: ReportBuilder,
  title: string,
  looks: readonly Look[],
  { patterns }: Environment,
): void {
  const order = inputOrder(patterns);
  report.heatmap({
    title: `Rates of the inputs, ${title}`,
    panels: [{ name: '', values: patterns.map((rates) => order.map((i) => rates[i]!)) }],
    rows: 'pattern',
    columns: 'input, in the order of the difference of its rates',
    value: 'rate (Hz)',
  });
  const connected = looks[0]!.matrix
    .map((_, j) => j)
    .filter((j) => looks.some(({ matrix }) => matrix[j]!.some((w) => w > 0)));
  const neurons = connected.sort((a, b) => (a % 2) - (b % 2) || a - b);
  report.heatmap({
    title: `Weights from the inputs, ${title}`,
    panels: looks.map(({ minute, matrix }) => ({
      name: `after ${minute} min`,
      values: neurons.map((j) => order.map((i) => matrix[j]![i]!)),
    })),
    across: 2,
    rows: 'neuron, even ones above, odd ones below',
    columns: 'input, in the order above',
    value: 'sum of weights',
    caption: `Parallel synapses added up; 0: none is functional. ${neurons.length} neurons get input: ${neurons.join(', ')}.`,
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
  const [input, exc, phase]: [Spikes, Spikes, Spikes] = [
    { time: [], neuron: [] },
    { time: [], neuron: [] },
    { time: [], neuron: [] },
  ];
  const { environment } = sampler;
  let [steps, inputs, size] = [0, 0, 0];
  for (let k = 0; k < cycles; k++) {
    const spikes = sampler.cycle();
    append(input, spikes.input, steps);
    append(exc, spikes.exc, steps);
    for (let t = 0; t < spikes.exc.time; t++) {
      phase.time.push(steps + t);
      phase.neuron.push(environment.phase);
    }
    steps += spikes.exc.time;
    [inputs, size] = [spikes.input.size, spikes.exc.size];
  }
  const groups = [
    { name: 'phase', size: environment.phases.length, events: phase },
    { name: 'inputs', size: inputs, events: input },
    { name: 'neurons', size, events: exc },
  ];
  const caption = `Phases: ${environment.phases.map((name, k) => `${k} ${name}`).join(', ')}.`;
  report.raster({ title, dt: 1, steps, groups, caption });
}
