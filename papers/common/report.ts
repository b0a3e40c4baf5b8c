import { type Batch, type FloatSequence, type Network, type Recording, Simulation, type SpikeTrain } from 'volley';
import type { Curve, LogRecord, ReportBuilder } from 'volley/io';
import type { PhaseResult } from './phase.ts';

/** The logged values of a field as one line per phase; phases with fewer than two points are left out. */
export const curvesOf = (
  records: readonly LogRecord[],
  phases: Readonly<Record<string, string>>,
  field: string,
): Curve['series'] =>
  Object.entries(phases)
    .map(([phase, name]) => ({
      name,
      points: records
        .filter((record) => record.phase === phase && field in record)
        .map((record) => [record.iteration as number, record[field] as number] as const),
    }))
    .filter(({ points }) => points.length > 1);

/** Runs a trained network on the first trial of a batch, with its adaptation recorded if it has one. */
export function runTrial(network: Network, { parameters }: PhaseResult, batch: Batch, seed: number): Recording {
  const adapts = network.populations.hidden!.model.values.beta !== undefined;
  const record = adapts ? { states: { hidden: ['a'] } } : {};
  return new Simulation(network, { seed, parameters, record }).run({ input: batch.inputs.input as SpikeTrain });
}

/** Spikes of the input and of the network in one trial. */
export function addSpikes(report: ReportBuilder, title: string, batch: Batch, { spikes }: Recording): void {
  const input = batch.inputs.input as SpikeTrain;
  const hidden = spikes.hidden!;
  report.raster({
    title,
    dt: 1,
    steps: batch.steps,
    groups: [
      { name: 'input', size: input.size, events: input.events() },
      { name: 'network', size: hidden.size, events: hidden.events() },
    ],
  });
}

/** Adaptation of the five neurons that adapt most, if any do. */
export function addAdaptation(report: ReportBuilder, title: string, network: Network, { states }: Recording): void {
  const adapting = states.hidden?.a;
  const beta = network.populations.hidden!.model.values.beta as readonly number[] | undefined;
  if (!adapting || !beta) return;
  const shown = mostActive(adapting, 5, (n) => beta[n]! > 0);
  if (shown.length === 0) return;
  const series = shown.map((n) => ({ name: `neuron ${n}`, values: column(adapting, n) }));
  report.traces({ title, dt: 1, y: 'adaptation a', series });
}

/** The readout of every class. */
export function addReadout(report: ReportBuilder, title: string, { outputs }: Recording): void {
  const readout = outputs.out!;
  const series = Array.from({ length: readout.size }, (_, k) => ({ name: `class ${k}`, values: column(readout, k) }));
  report.traces({ title, dt: 1, y: 'readout y', series });
}

/** One neuron of the first trial over time. */
export const column = (sequence: FloatSequence, n: number): Float32Array =>
  Float32Array.from({ length: sequence.time }, (_, t) => sequence.data[t * sequence.batch * sequence.size + n]!);

/** The neurons, of those that `counts`, with the largest values at the end. */
function mostActive(sequence: FloatSequence, count: number, counts: (n: number) => boolean): number[] {
  const at = (sequence.time - 1) * sequence.batch * sequence.size;
  return Array.from(sequence.data.subarray(at, at + sequence.size), (value, n) => ({ value, n }))
    .filter(({ n }) => counts(n))
    .sort((a, b) => b.value - a.value || a.n - b.n)
    .slice(0, count)
    .map(({ n }) => n);
}
