import { type Batch, type FloatSequence, type Network, Simulation, type SpikeTrain } from 'volley';
import type { LogRecord, ReportBuilder } from 'volley/io';
import type { PhaseResult } from './phase.ts';

export const TITLES: Readonly<Record<string, string>> = {
  lsnn: 'LSNN',
  lif: 'LIF only',
  storeRecallError: 'LSNN',
  storeRecallLifError: 'LIF only',
};

const series = (records: readonly LogRecord[], phases: readonly string[], field: string) =>
  phases
    .map((phase) => ({
      name: TITLES[phase]!,
      points: records
        .filter((record) => record.phase === phase && field in record)
        .map((record) => [record.iteration as number, record[field] as number] as const),
    }))
    .filter(({ points }) => points.length > 1);

/** Learning curves of one task. */
export function addCurves(
  report: ReportBuilder,
  records: readonly LogRecord[],
  task: string,
  phases: readonly string[],
): void {
  const error = series(records, phases, 'error');
  if (error.length > 0) {
    report.curve({
      title: `${task}: training error`,
      x: 'iteration',
      y: 'error, mean of 20 iterations',
      series: error,
    });
  }
  const accuracy = series(records, phases, 'accuracy');
  if (accuracy.length > 0) {
    report.curve({
      title: `${task}: accuracy on test images while training`,
      x: 'iteration',
      y: 'accuracy',
      series: accuracy,
    });
  }
}

/** One trial of a trained network: spikes of input and network, adaptation, readout, and the confusion matrix. */
export function addTrial(
  report: ReportBuilder,
  task: string,
  network: Network,
  result: PhaseResult,
  batch: Batch,
  seed: number,
): void {
  const simulation = new Simulation(network, {
    seed,
    parameters: result.parameters,
    record: { states: { hidden: ['a'] } },
  });
  const input = batch.inputs.input as SpikeTrain;
  const { spikes, outputs, states } = simulation.run({ input });
  const hidden = network.populations.hidden!.size;
  report.raster({
    title: `${task}: spikes of one trial`,
    dt: 1,
    steps: batch.steps,
    groups: [
      { name: 'input', size: input.size, events: input.events() },
      { name: 'network', size: hidden, events: spikes.hidden!.events() },
    ],
  });
  const adapting = states.hidden!.a!;
  const beta = network.populations.hidden!.model.values.beta as readonly number[];
  const shown = mostActive(adapting, 5, (n) => beta[n]! > 0);
  if (shown.length > 0) {
    report.traces({
      title: `${task}: adaptation of the five neurons that adapt most`,
      dt: 1,
      y: 'adaptation a',
      series: shown.map((n) => ({ name: `neuron ${n}`, values: column(adapting, n) })),
    });
  }
  const readout = outputs.out!;
  report.traces({
    title: `${task}: readout`,
    dt: 1,
    y: 'readout y',
    series: Array.from({ length: readout.size }, (_, k) => ({ name: `class ${k}`, values: column(readout, k) })),
  });
  if (result.confusion) {
    report.matrix({
      title: `${task}: confusion matrix of the test images`,
      values: result.confusion,
      rows: 'digit shown',
      columns: 'digit answered',
    });
  }
}

const column = (sequence: FloatSequence, n: number): Float32Array =>
  Float32Array.from({ length: sequence.time }, (_, t) => sequence.data[t * sequence.size + n]!);

/** The neurons, of those that `counts`, with the largest values at the end. */
function mostActive(sequence: FloatSequence, count: number, counts: (n: number) => boolean): number[] {
  const last = sequence.data.subarray((sequence.time - 1) * sequence.size);
  return Array.from(last, (value, n) => ({ value, n }))
    .filter(({ n }) => counts(n))
    .sort((a, b) => b.value - a.value || a.n - b.n)
    .slice(0, count)
    .map(({ n }) => n);
}
