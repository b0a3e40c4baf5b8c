import type { Recording } from 'volley';
import type { LogRecord, ReportBuilder } from 'volley/io';
import { curvesOf } from '../common/report.ts';
import { type Answers, BIN } from './answers.ts';
import { CLASSES } from './examples.ts';
import { hiddenSizes, layersOf, type Values, type Weights } from './network.ts';
import type { Inputs } from './presenter.ts';

const SIDE = 28;

/** Accuracy and error spikes over training. */
export function addCurves(
  report: ReportBuilder,
  records: readonly LogRecord[],
  names: Readonly<Record<string, string>>,
): void {
  const x = 'training images';
  const accuracy = curvesOf(records, names, 'accuracy');
  if (accuracy.length > 0) report.curve({ title: 'Accuracy on test images', x, y: 'accuracy', series: accuracy });
  const errors = curvesOf(records, names, 'errorSpikes');
  if (errors.length > 0) {
    const caption = 'Error neurons fall silent where predictions follow the label.';
    report.curve({ title: 'Error spikes in training', x, y: 'spikes per image', series: errors, caption });
  }
}

/** Which digit was taken for which. */
export function addAnswers(report: ReportBuilder, name: string, { confusion, accuracy, examples }: Answers): void {
  report.matrix({
    title: `Answers, ${name}`,
    values: confusion,
    rows: 'digit shown',
    columns: 'digit answered',
    caption: `${(100 * accuracy).toFixed(1)} % of ${examples} test images; an image without an answer is not shown.`,
  });
}

/** What an earlier answer would cost. */
export function addCosts(
  report: ReportBuilder,
  rows: readonly { readonly name: string; readonly answers: Answers }[],
): void {
  report.curve({
    title: 'Accuracy of an earlier answer',
    x: 'synaptic events (spikes x synapses) since the image appeared',
    y: 'accuracy',
    series: rows.map(({ name, answers }) => ({
      name,
      points: answers.accuracyBy.map((accuracy, bin) => [answers.eventsBy[bin]!, accuracy] as const),
    })),
    caption: `One point every ${BIN} ms. The network starts from the state in which the image before left it.`,
  });
}

/** Spikes of all groups for a training image. */
export function addSpikes(
  report: ReportBuilder,
  values: Values,
  { recording, inputs }: { readonly recording: Recording; readonly inputs: Inputs },
): void {
  const sizes = [...hiddenSizes(values), CLASSES];
  const group = (name: string, train: Inputs['data']) => ({ name, size: train.size, events: train.events() });
  report.raster({
    title: 'A training image after training',
    dt: values.dt,
    steps: inputs.data.time,
    groups: [
      group('pixels', inputs.data),
      ...layersOf(values).map(({ layer }, k) => ({ ...group(layer, recording.spikes[layer]!), size: sizes[k]! })),
      group('errors', recording.spikes.error!),
      group('label', inputs.label),
    ],
  });
}

/** What every pixel does to a prediction neuron through all hidden ones, [row, column]. */
function fieldOf(values: Values, weights: Weights, digit: number): number[][] {
  const [hidden] = hiddenSizes(values);
  const [first, second] = [weights.w1!, weights.w2!];
  const effect = (pixel: number) => {
    let sum = 0;
    for (let h = 0; h < hidden!; h++) sum += first[pixel * hidden! + h]! * second[h * CLASSES + digit]!;
    return sum;
  };
  return Array.from({ length: SIDE }, (_, y) => Array.from({ length: SIDE }, (_, x) => effect(y * SIDE + x)));
}

/** Where pixels speak for a digit and against it; for networks with one hidden layer. */
export function addFields(
  report: ReportBuilder,
  name: string,
  values: Values,
  { start, end }: { readonly start: Weights; readonly end: Weights },
): void {
  if (hiddenSizes(values).length > 1) return;
  for (const [when, weights] of [
    ['before', start],
    ['after', end],
  ] as const) {
    report.heatmap({
      title: `Pixels that speak for and against a digit, ${when} training, ${name}`,
      panels: Array.from({ length: CLASSES }, (_, digit) => ({
        name: String(digit),
        values: fieldOf(values, weights, digit),
      })),
      across: CLASSES / 2,
      rows: 'row of pixels',
      columns: 'column of pixels',
      value: 'w1 times w2',
      caption:
        'Product of the two weight matrices: what a pixel would do to a prediction neuron if hidden neurons were linear.',
    });
  }
}

const BINS = 60;

/** How many weights of each layer have which size. */
export function addWeightHistogram(report: ReportBuilder, name: string, weights: Weights): void {
  let limit = 0;
  for (const layer of Object.values(weights)) for (const w of layer) limit = Math.max(limit, Math.abs(w));
  const series = Object.entries(weights).map(([layer, own]) => {
    const counts = new Float64Array(BINS);
    for (const w of own) counts[Math.min(BINS - 1, Math.floor(((w / limit + 1) / 2) * BINS))]! += 1;
    const at = (bin: number) => limit * ((2 * (bin + 0.5)) / BINS - 1);
    return { name: layer, points: Array.from(counts, (count, bin) => [at(bin), count / own.length] as const) };
  });
  report.curve({ title: `Weights after training, ${name}`, x: 'weight', y: 'fraction of the layer', series });
}
