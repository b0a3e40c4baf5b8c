import { evaluateCode } from '../../convert/few-spike/evaluate.ts';
import { scalarFunction } from '../../convert/few-spike/functions.ts';
import type { SpikingActivation, SpikingNetwork } from '../../convert/spiking-network.ts';
import type { ReportBuilder } from './builder.ts';

const POINTS = 600;

/** Inputs shown on both sides of the mean, in standard deviations. */
const DEVIATIONS = 5;

/** Adds what spiking neurons make of their input beside the activation they stand for: one chart per kind of activation. */
export function addCodes(report: ReportBuilder, network: SpikingNetwork, titled: (title: string) => string): void {
  for (const [name, unit] of firstOfEachKind(network)) addCode(report, name, unit, titled);
  addCodeTable(report, network, titled('neurons'));
}

function firstOfEachKind({ activations }: SpikingNetwork): [string, SpikingActivation][] {
  const kinds = new Map<string, [string, SpikingActivation]>();
  for (const [name, unit] of activations) {
    if (!kinds.has(unit.gate.activation)) kinds.set(unit.gate.activation, [name, unit]);
  }
  return [...kinds.values()];
}

function addCode(
  report: ReportBuilder,
  name: string,
  { gate, code, steps, statistics }: SpikingActivation,
  titled: (title: string) => string,
): void {
  const { minimum, maximum, mean, deviation } = statistics;
  const low = Math.max(minimum, mean - DEVIATIONS * deviation);
  const high = Math.min(maximum, mean + DEVIATIONS * deviation);
  if (!(low < high)) return;
  const x = Float64Array.from({ length: POINTS }, (_, i) => low + ((high - low) * i) / (POINTS - 1));
  const exact = scalarFunction(gate.activation, gate.constants);
  const { y } = evaluateCode(code, x);
  const line = (value: (x: number, i: number) => number) => Array.from(x, (at, i) => [at, value(at, i)] as const);
  report.curve({
    title: titled(`${gate.activation} by spikes, K = ${steps}`),
    x: 'weighted input',
    y: 'output',
    series: [
      { name: gate.activation, points: line(exact) },
      { name: 'spiking', points: line((_, i) => y[i]!) },
    ],
    caption: `Of the neurons in ${name}, over the inputs that calibration saw there.`,
  });
}

function addCodeTable(report: ReportBuilder, { activations, treatments }: SpikingNetwork, title: string): void {
  const short = (value: number) => String(Number(value.toPrecision(3)));
  const units = [...activations].map(([name, { gate, steps, statistics, shareOutside }]) => {
    const { minimum, maximum, mean, deviation } = statistics;
    const input = `${short(minimum)} to ${short(maximum)}, ${short(mean)} ± ${short(deviation)}`;
    return [name, gate.activation, String(steps), input, `${short(100 * shareOutside)} %`, 'spiking'];
  });
  const others = [...treatments].map(([name, { label, reason }]) => [name, reason, '', '', '', label]);
  report.table({
    title,
    columns: ['gate', 'stands for', 'K', 'input in calibration', 'out of reach', 'computed'],
    rows: [...units, ...others],
  });
}
