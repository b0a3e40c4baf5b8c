import type { Evaluation } from '../../convert/evaluation.ts';
import { formatMetric } from './comparison.ts';

/** The figures of a converted network by name; accuracies are there only if the samples had labels. */
export function conversionMetrics(evaluation: Evaluation): Record<string, number> {
  const { annAccuracy, snnAccuracy, agreement, energy, schedule } = evaluation;
  return {
    ...(annAccuracy === undefined ? {} : { annAccuracy }),
    ...(snnAccuracy === undefined ? {} : { snnAccuracy }),
    agreement,
    spikesPerNeuron: evaluation.spikesPerNeuron,
    latencySteps: evaluation.latencySteps,
    stepsPerImage: 1 / schedule.throughput.doubleBuffered,
    neurons: evaluation.neurons,
    spikesPerImage: evaluation.spikesPerImage,
    ...(evaluation.silentShare === undefined ? {} : { silentShare: evaluation.silentShare }),
    multiplyAccumulates: energy.annMultiplyAccumulates,
    synapticOperations: energy.synapticOperations,
    'energy.annPicojoule': energy.annPicojoule,
    'energy.snnPicojoule': energy.snnPicojoule,
    'energy.ratio': energy.ratio,
  };
}

/** Lines of the table trained / spiking: what, the trained network, the spiking one. */
export function comparisonRows(evaluation: Evaluation): [string, string, string][] {
  const { annAccuracy, snnAccuracy, agreement, energy, schedule } = evaluation;
  const accuracies: [string, string, string][] =
    annAccuracy === undefined || snnAccuracy === undefined
      ? []
      : [['accuracy', formatMetric(annAccuracy, '%'), formatMetric(snnAccuracy, '%')]];
  return [
    ...accuracies,
    ['same answer', '', formatMetric(agreement, '%')],
    ['neurons', '', grouped(evaluation.neurons)],
    ['spikes per neuron and sample', '', formatMetric(evaluation.spikesPerNeuron)],
    ['spikes per sample', '', grouped(evaluation.spikesPerImage)],
    ['latency in time steps', '', String(evaluation.latencySteps)],
    ['time steps per sample, pipelined', '', formatMetric(1 / schedule.throughput.doubleBuffered)],
    ['operations per sample', `${grouped(energy.annMultiplyAccumulates)} MAC`, operations(energy)],
    ['energy per sample, estimated', microjoule(energy.annPicojoule), microjoule(energy.snnPicojoule)],
  ];
}

function operations(energy: Evaluation['energy']): string {
  const { synapticOperations, analogMultiplyAccumulates, exactMultiplyAccumulates } = energy;
  const macs = analogMultiplyAccumulates + exactMultiplyAccumulates;
  const additions = `${grouped(synapticOperations)} AC`;
  return macs > 0 ? `${additions} + ${grouped(macs)} MAC` : additions;
}

const microjoule = (picojoule: number): string => `${formatMetric(picojoule / 1e6)} µJ`;

/** A count with its thousands apart: "1 234 567". */
const grouped = (count: number): string => String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ' ');
