import { INPUT } from './calibrate.ts';
import { codesOf } from './execute/neurons.ts';
import { schedule } from './execute/schedule.ts';
import { flowOf } from './execute/value-flow.ts';
import { planesOf } from './few-spike/evaluate.ts';
import type { Code } from './few-spike/parameters.ts';
import { countOperations, stageShapes } from './graph/index.ts';
import { sizeOf } from './images.ts';
import type { SpikingNetwork } from './spiking-network.ts';

/** Energy of a multiply-accumulate and of an addition in 32-bit floating point at 45 nm, in pJ. */
export const MAC_PICOJOULE = 4.6;
export const AC_PICOJOULE = 0.9;

const CONVENTION =
  'synaptic operation = one spike over one synapse, 0.9 pJ; multiply-accumulate 4.6 pJ (horowitz2014energy, 45 nm, float32); ' +
  'analog input and exact parts count as multiply-accumulates; additions without a weight (shortcuts, pooling) are left out';

/** What one source of a linear stage costs per image, if all its values are sent once. */
export interface SourceOperations {
  readonly stage: string;
  /** Gate that sends, or the value where it is no gate. */
  readonly source: string;
  /** Spikes; numbers of the network's input; or numbers that an exact part or another linear stage makes. */
  readonly kind: 'spikes' | 'input' | 'exact';
  readonly multiplyAccumulates: number;
  /** Multiply-accumulates per neuron of the source: synapses that a spike goes over, on average. */
  readonly fanOut: number;
}

/** Operations of a network per image, apart from activity. */
export interface OperationCounts {
  readonly annMultiplyAccumulates: number;
  readonly sources: readonly SourceOperations[];
  /** Gates: activation units of the trained network, by the name of the gate. */
  readonly gates: ReadonlyMap<string, number>;
}

/** Counts operations from the shapes; fan-outs are means over the neurons of a source, padding included. */
export function operationCounts({ staged, activations, treatments, input }: SpikingNetwork): OperationCounts {
  const shapes = stageShapes(staged);
  const size = (name: string) => sizeOf(shapes.get(name)!);
  const sender = new Map<string, string>([...activations].map(([name, { gate }]) => [gate.output, name]));
  for (const part of staged.parts) {
    if (treatments.get(part.name)?.label === 'spiking') sender.set(flowOf(part).outputs[0]!, part.name);
  }
  if (input.kind === 'coded') sender.set(staged.input.name, INPUT);
  const sources: SourceOperations[] = [];
  let annMultiplyAccumulates = 0;
  for (const part of staged.parts) {
    if (part.kind !== 'linear') continue;
    const { multiplyAccumulates: all, bySource } = countOperations(part.graph);
    annMultiplyAccumulates += all;
    for (const [value, { multiplyAccumulates }] of bySource) {
      const silent = value === staged.input.name ? 'input' : 'exact';
      sources.push({
        stage: part.name,
        source: sender.get(value) ?? value,
        kind: sender.has(value) ? 'spikes' : silent,
        multiplyAccumulates,
        fanOut: multiplyAccumulates / size(value),
      });
    }
  }
  const gates = new Map([...activations].map(([name, { gate }]) => [name, size(gate.input)]));
  return { annMultiplyAccumulates, sources, gates };
}

/** What the usual convention leaves out, per image. */
export interface EnergyAddOns {
  /** Comparisons with a threshold: one per neuron and step. */
  readonly comparisons: number;
  /** Subtractions of a reset: one per spike. */
  readonly resets: number;
  /** Multiplications by d(t): one per neuron and step; shifts where all d(t) are powers of two. */
  readonly outputMultiplications: number;
  readonly outputShifts: number;
  /** Pairs of spikes that meet in products. */
  readonly coincidences: number;
  /** Bits that wait in delay lines of skip connections at any time. */
  readonly delayBits: number;
  /** Accumulators and membranes for one image per phase, in bytes of float32. */
  readonly stateBytes: number;
  /** The ANN's multiply-accumulates if it skips activations that are 0, an upper bound. */
  readonly annMultiplyAccumulatesWithoutZeros: number | undefined;
}

/** Energy per image by the usual convention. A model, not a measurement. */
export interface EnergyReport {
  readonly annMultiplyAccumulates: number;
  readonly annPicojoule: number;
  /** Spikes times fan-out. */
  readonly synapticOperations: number;
  /** Of the layers that read the input as numbers. */
  readonly analogMultiplyAccumulates: number;
  /** Of the layers that read numbers of exact parts. */
  readonly exactMultiplyAccumulates: number;
  readonly snnPicojoule: number;
  /** SNN / ANN. */
  readonly ratio: number;
  readonly addOns: EnergyAddOns;
  readonly convention: string;
}

/**
 * @param spikes - per image, by gate: activations, spiking pools, a coded input; coincidences of spiking products
 * @param activeShare - share of the trained network's activations that are not 0, by gate
 */
export function energyReport(
  network: SpikingNetwork,
  operations: OperationCounts,
  spikes: ReadonlyMap<string, number>,
  activeShare?: ReadonlyMap<string, number>,
): EnergyReport {
  const of = (kind: SourceOperations['kind']) => operations.sources.filter((source) => source.kind === kind);
  const macs = (kind: SourceOperations['kind']) =>
    of(kind).reduce((sum, source) => sum + source.multiplyAccumulates, 0);
  const synapticOperations = of('spikes').reduce(
    (sum, { source, fanOut }) => sum + (spikes.get(source) ?? 0) * fanOut,
    0,
  );
  const [analog, exact] = [macs('input'), macs('exact')];
  const annPicojoule = MAC_PICOJOULE * operations.annMultiplyAccumulates;
  const snnPicojoule = AC_PICOJOULE * synapticOperations + MAC_PICOJOULE * (analog + exact);
  return {
    annMultiplyAccumulates: operations.annMultiplyAccumulates,
    annPicojoule,
    synapticOperations,
    analogMultiplyAccumulates: analog,
    exactMultiplyAccumulates: exact,
    snnPicojoule,
    ratio: snnPicojoule / annPicojoule,
    addOns: addOnsOf(network, operations, spikes, activeShare),
    convention: CONVENTION,
  };
}

const isDyadic = (code: Code): boolean =>
  code.every(({ weights }) => weights.every((weight) => Number.isInteger(Math.log2(Math.abs(weight)))));

function addOnsOf(
  network: SpikingNetwork,
  operations: OperationCounts,
  spikes: ReadonlyMap<string, number>,
  activeShare?: ReadonlyMap<string, number>,
): EnergyAddOns {
  const codes = codesOf(network);
  const firing = [...operations.gates].map(([name, size]) => ({ code: codes.get(name)!, size }));
  const neuronSteps = firing.reduce((sum, { code, size }) => sum + size * planesOf(code), 0);
  const shifts = firing.reduce((sum, { code, size }) => sum + (isDyadic(code) ? size * planesOf(code) : 0), 0);
  const products = [...network.treatments].filter(([, { label, code }]) => label === 'spiking' && !code);
  return {
    comparisons: neuronSteps,
    resets: [...operations.gates.keys()].reduce((sum, name) => sum + (spikes.get(name) ?? 0), 0),
    outputMultiplications: neuronSteps - shifts,
    outputShifts: shifts,
    coincidences: products.reduce((sum, [name]) => sum + (spikes.get(name) ?? 0), 0),
    delayBits: delayBits(network, operations),
    stateBytes: firing.reduce((sum, { code, size }) => sum + 8 * size * code.length, 0),
    annMultiplyAccumulatesWithoutZeros: activeShare && withoutZeros(operations, activeShare),
  };
}

/** Each source needs one line as long as its longest wait. */
function delayBits(network: SpikingNetwork, { gates }: OperationCounts): number {
  const longest = new Map<string, number>();
  for (const { source, steps } of schedule(network).delays) {
    longest.set(source, Math.max(steps, longest.get(source) ?? 0));
  }
  return [...longest].reduce((sum, [source, steps]) => sum + steps * (gates.get(source) ?? 0), 0);
}

/** A sum of two sources is active where one of them is, so that shares add up, to 1 at most. */
function withoutZeros(
  { sources, annMultiplyAccumulates }: OperationCounts,
  activeShare: ReadonlyMap<string, number>,
): number {
  const active = sources.map((from) => from.multiplyAccumulates * (activeShare.get(from.source) ?? 1));
  return Math.min(
    annMultiplyAccumulates,
    active.reduce((sum, count) => sum + count, 0),
  );
}
