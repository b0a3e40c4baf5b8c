import { balanceThresholds, type Normalisation, type RateReport, rateRun } from 'volley/convert';
import type { LogRecord } from 'volley/io';
import { everyNth } from './networks.ts';
import type { CalibratedNetwork, Study } from './study.ts';

/** Thresholds of the rate-coded control: the largest input of each layer, or its 99.9th percentile. */
const NORMALISATIONS: Readonly<Record<string, Normalisation>> = { max: 'max', percentile: { percentile: 99.9 } };

/** Runs a ReLU network rate-coded, and logs accuracy and spikes after each of the given numbers of steps. */
export async function rateRows(
  study: Study,
  network: CalibratedNetwork,
  { images, checkpoints, batch }: { images: number; checkpoints: readonly number[]; batch: number },
): Promise<void> {
  if (images === 0 || checkpoints.length === 0) return;
  const { subject, staged, statistics } = network;
  const test = everyNth(network, images);
  const count = test.labels.length;
  for (const [name, normalise] of Object.entries(NORMALISATIONS)) {
    await study.once(`${subject.name}.rate.${name}`, `${subject.title}: rate-coded, ${name}`, async () => {
      const thresholds = balanceThresholds(staged, statistics, normalise);
      const onProgress = (done: number) => study.progress(done, count);
      const report = await rateRun(staged, study.runtime, test.images, test.labels, {
        thresholds,
        checkpoints,
        batch,
        onProgress,
      });
      return recordsOf(subject.name, name, report);
    });
  }
}

const recordsOf = (network: string, name: string, { annAccuracy, images, results }: RateReport) =>
  results.map(({ steps, accuracy, agreement, spikesPerNeuron }): [string, LogRecord] => [
    `.t${steps}`,
    {
      ...{ network, kind: `rate, ${name}`, steps, images },
      ...{ rateAnnAccuracy: annAccuracy!, accuracy: accuracy!, agreement, spikesPerNeuron, latencySteps: steps },
    },
  ]);

/** What a code needs to come near the trained network. */
interface Need {
  readonly latencySteps: number;
  readonly spikesPerNeuron: number;
}

/** The first record, by latency, from which on all satisfy a condition. */
function firstLasting(records: readonly LogRecord[], holds: (record: LogRecord) => boolean): LogRecord | undefined {
  const last = records.findLastIndex((record) => !holds(record));
  return records[last + 1];
}

const needOf = (record: LogRecord | undefined): Need | undefined =>
  record && { latencySteps: record.latencySteps as number, spikesPerNeuron: record.spikesPerNeuron as number };

/** Steps and spikes from which on a kind of code stays within a point of the trained network, and agrees on 99.8 % of the images. */
function needsOf(records: readonly LogRecord[]): { within1?: Need | undefined; agree998?: Need | undefined } {
  const near = (record: LogRecord) =>
    (record.accuracy as number) >= ((record.rateAnnAccuracy ?? record.annAccuracy) as number) - 0.01;
  return {
    within1: needOf(firstLasting(records, near)),
    agree998: needOf(firstLasting(records, ({ agreement }) => (agreement as number) >= 0.998)),
  };
}

/**
 * Figures of few-spike and rate codes of one network side by side: `<network>.need.<within1 or agree998>.<code>.<figure>`. What was not
 * reached within the steps that were run is absent.
 *
 * @param fewSpike - kind of the few-spike conversions to compare with
 */
export function needs(records: readonly LogRecord[], network: string, fewSpike: string): Record<string, number> {
  const of = (kind: string) =>
    records
      .filter((record) => record.network === network && record.kind === kind)
      .sort((a, b) => (a.latencySteps as number) - (b.latencySteps as number));
  const codes: Record<string, readonly LogRecord[]> = { fs: of(fewSpike) };
  for (const name of Object.keys(NORMALISATIONS)) codes[`rate-${name}`] = of(`rate, ${name}`);
  const metrics: Record<string, number> = {};
  for (const [code, own] of Object.entries(codes)) {
    for (const [goal, need] of Object.entries(needsOf(own))) {
      for (const [figure, value] of Object.entries(need ?? {})) {
        metrics[`${network}.need.${goal}.${code}.${figure}`] = value as number;
      }
    }
  }
  return metrics;
}
