import { INPUT } from './calibrate.ts';
import { energyReport, operationCounts } from './energy.ts';
import type { Evaluation, LayerEvaluation } from './evaluation.ts';
import type { Totals } from './evaluation-pass.ts';
import type { SpikeCounts } from './execute/counts.ts';
import type { DetailRecorder, LayerDetail } from './execute/layer-detail.ts';
import { schedule } from './execute/schedule.ts';
import { planesOf } from './few-spike/evaluate.ts';
import type { SpikingActivation, SpikingNetwork } from './spiking-network.ts';

/**
 * Rates and shares from what was added up.
 *
 * @param detail - of single neurons, if it was recorded
 */
export function summarise(
  network: SpikingNetwork,
  { images, annLabels, snnLabels, counts, coincidences: met }: Totals,
  labels: Int32Array | undefined,
  detail: DetailRecorder | undefined,
): Evaluation {
  const share = (holds: (image: number) => boolean) => annLabels.filter((_, image) => holds(image)).length / images;
  const operations = operationCounts(network);
  const layers = [...network.activations].map(([name, activation]) =>
    layerEvaluation(name, activation, {
      method: network.method,
      images,
      gates: operations.gates.get(name)!,
      counts: counts.get(name)!,
      detail: detail?.layers.get(name),
    }),
  );
  const sum = (of: (layer: LayerEvaluation) => number) => layers.reduce((all, layer) => all + of(layer), 0);
  const [gates, neurons, spikesPerImage] = [sum((l) => l.gates), sum((l) => l.neurons), sum((l) => l.spikes)];
  const perImage = new Map([...counts].map(([name, { total }]) => [name, total / images]));
  for (const [name, events] of met) perImage.set(name, events / images);
  const times = schedule(network);
  const activeShare = detail && new Map([...detail.layers].map(([name, { active, count }]) => [name, active / count]));
  return {
    images,
    annAccuracy: labels && share((image) => annLabels[image] === labels[image]),
    snnAccuracy: labels && share((image) => snnLabels[image] === labels[image]),
    agreement: share((image) => annLabels[image] === snnLabels[image]),
    annLabels: Int32Array.from(annLabels),
    snnLabels: Int32Array.from(snnLabels),
    gates,
    neurons,
    spikesPerImage,
    // A network without activations has no neurons and no spikes.
    spikesPerNeuron: neurons > 0 ? spikesPerImage / neurons : 0,
    spikesPerGate: gates > 0 ? spikesPerImage / gates : 0,
    inputSpikesPerImage: perImage.get(INPUT) ?? 0,
    silentShare: detail ? sum((layer) => layer.gates * (layer.silentShare ?? 0)) / Math.max(1, gates) : undefined,
    latencySteps: times.latencySteps,
    schedule: times,
    layers,
    treatments: [...network.treatments].map(([name, { label, reason }]) => ({
      name,
      label,
      reason,
      events: perImage.get(name) ?? 0,
    })),
    raster: [...(detail?.layers ?? [])].map(([gate, layer]) => {
      const { start, steps } = times.gates.get(gate)!;
      const spikes = layer.raster.map(({ neuron, step }) => ({ neuron, step: start + step }));
      return { gate, neurons: layer.rasterNeurons, start, steps, spikes };
    }),
    energy: energyReport(network, operations, perImage, activeShare),
  };
}

interface LayerFacts {
  readonly method: SpikingNetwork['method'];
  readonly images: number;
  readonly gates: number;
  readonly counts: SpikeCounts;
  readonly detail: LayerDetail | undefined;
}

function layerEvaluation(
  name: string,
  { gate, code, steps }: SpikingActivation,
  { method, images, gates, counts, detail }: LayerFacts,
): LayerEvaluation {
  // A few-spike neuron fires in K steps; an AMOS unit has a neuron for each of them.
  const neurons = gates * (method === 'amos' ? planesOf(code) : code.length);
  const spikes = counts.total / images;
  return {
    name,
    activation: gate.activation,
    gates,
    neurons,
    steps,
    spikes,
    spikesPerNeuron: spikes / neurons,
    spikesPerGate: spikes / gates,
    perStep: [...counts.perStep].map((count) => count / (images * gates)),
    ...(detail && {
      meanSquaredError: detail.squaredError / detail.count,
      relativeError: detail.squares > 0 ? detail.squaredError / detail.squares : 0,
      saturatedShare: detail.saturated / detail.count,
      silentShare: detail.perElement.filter((count) => count === 0).length / gates,
    }),
  };
}
