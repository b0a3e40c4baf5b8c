import type { Curve, LogRecord, ReportBuilder } from 'volley/io';

/** Lines over K, one per kind of conversion with at least two. */
function curvesOf(records: readonly LogRecord[], network: string, field: string, kinds: (kind: string) => boolean) {
  const lines = new Map<string, [number, number][]>();
  for (const record of records) {
    if (record.network !== network || !kinds(String(record.kind)) || typeof record[field] !== 'number') continue;
    const kind = String(record.kind);
    lines.set(kind, [...(lines.get(kind) ?? []), [record.steps as number, record[field]]]);
  }
  return [...lines]
    .filter(([, points]) => points.length > 1)
    .map(([name, points]) => ({ name, points: points.sort(([a], [b]) => a - b) }));
}

const isRate = (kind: string) => kind.startsWith('rate');

/** Accuracy, agreement and spikes of a network over K, and those of its rate-coded control over time. */
export function addCurves(report: ReportBuilder, records: readonly LogRecord[], network: string, title: string): void {
  const overSteps = (kind: string) => !isRate(kind) && kind !== 'coarse weights' && !kind.startsWith('noise');
  const annAccuracy = records.find((record) => record.network === network)?.annAccuracy as number | undefined;
  const rules = annAccuracy === undefined ? [] : [{ value: annAccuracy, label: 'trained network' }];
  const add = (curve: Curve) => {
    if (curve.series.length > 0) report.curve(curve);
  };
  const few = (field: string) => curvesOf(records, network, field, overSteps);
  const rate = (field: string) => curvesOf(records, network, field, isRate);
  add({ title: `${title}: accuracy`, x: 'K', y: 'accuracy', series: few('accuracy'), rules });
  add({ title: `${title}: same answers as the trained network`, x: 'K', y: 'share', series: few('agreement') });
  add({ title: `${title}: spikes`, x: 'K', y: 'spikes per neuron and image', series: few('spikesPerNeuron') });
  add({ title: `${title}, rate-coded: accuracy`, x: 'time steps', y: 'accuracy', series: rate('accuracy'), rules });
  add({
    ...{ title: `${title}, rate-coded: spikes`, x: 'time steps', y: 'spikes per neuron and image' },
    series: rate('spikesPerNeuron'),
  });
}

const percent = (value: LogRecord[string] | undefined) => (typeof value === 'number' ? (100 * value).toFixed(2) : '');
const short = (value: LogRecord[string] | undefined) =>
  typeof value === 'number' ? String(Number(value.toPrecision(3))) : '';

/** What the exported networks give in onnxruntime alone. */
export function addExported(report: ReportBuilder, records: readonly LogRecord[]): void {
  const fields = ['unrolledSameAnswer', 'unrolledSameBits', 'compactSameAnswer', 'compactSameBits'];
  report.table({
    title: 'Exported as ONNX',
    columns: ['row', 'unrolled: same answer (%)', 'same bits (%)', 'compact: same answer (%)', 'same bits (%)'],
    rows: records
      .filter(({ kind }) => kind === 'exported')
      .map((record) => [String(record.key), ...fields.map((field) => percent(record[field]))]),
    caption: 'Share of the test images on which the file, run by onnxruntime alone, gives what Volley gives.',
  });
}

/** Every row of the log as a table. */
export function addRows(report: ReportBuilder, records: readonly LogRecord[]): void {
  report.table({
    title: 'All rows',
    columns: [
      'row',
      'trained (%)',
      'spiking (%)',
      'same answer (%)',
      'spikes per neuron',
      'latency (steps)',
      'energy ratio',
    ],
    rows: records
      .filter(({ kind }) => kind !== 'exported')
      .map((record) => [
        String(record.key),
        percent(record.annAccuracy ?? record.rateAnnAccuracy),
        percent(record.accuracy),
        percent(record.agreement),
        short(record.spikesPerNeuron),
        short(record.latencySteps),
        short(record.energyRatio),
      ]),
    caption: 'Accuracy on test images, and the share of them on which both networks give the same answer.',
  });
}
