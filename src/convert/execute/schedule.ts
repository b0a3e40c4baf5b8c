import { INPUT } from '../calibrate.ts';
import { stepsOf } from '../few-spike/evaluate.ts';
import type { Graph } from '../graph/graph.ts';
import type { Gate, LinearStage } from '../graph/stages.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { flowOf } from './value-flow.ts';

/** The network's output, as a target of connections. */
export const OUTPUT = '(output)';

/** When the neurons of a gate fire, in steps after an image is presented. */
export interface GateTimes {
  /** The first step of firing; its inputs are complete. */
  readonly start: number;
  readonly steps: number;
  /** Gates on the longest path up to it, itself included. */
  readonly level: number;
}

/** How a network runs in time when spikes travel at once. */
export interface Schedule {
  /** Gates on the longest path. */
  readonly depth: number;
  /** Steps from an image to its answer. */
  readonly latencySteps: number;
  /** The most steps of a gate: two images are at least that far apart. */
  readonly phaseSteps: number;
  /** By gate; a coded input under {@link INPUT}. */
  readonly gates: ReadonlyMap<string, GateTimes>;
  /** Which spikes wait, and how long, so that what belongs to one image arrives together; skip connections wait for longer than 0. */
  readonly delays: readonly Delay[];
  /** Images per step. */
  readonly throughput: { readonly singleBuffered: number; readonly doubleBuffered: number };
}

/** Spikes from one gate to another, or to the {@link OUTPUT}. */
export interface Delay {
  readonly source: string;
  readonly target: string;
  readonly steps: number;
}

/** What must have happened before a value is complete. */
interface Readiness {
  readonly at: number;
  readonly level: number;
  /** Gates whose spikes it is made of. */
  readonly sources: ReadonlySet<string>;
}

/**
 * The schedule of a spiking network. A gate fires as soon as its inputs are complete, since its first step decides the most
 * significant bit; equal steps K everywhere give phases of K steps and a latency of depth · K.
 *
 * A neuron with one accumulator is busy for a phase receiving and for another firing; with an input accumulator beside its membrane
 * it takes an image every phase. An AMOS unit holds no state for longer than a step: with delays made equal, an image every step.
 *
 * Products and max-pools of spikes pass them on in the step in which they come.
 *
 * @see stoeckl2021fs
 */
export function schedule(network: SpikingNetwork): Schedule {
  const { staged, input, activations, method } = network;
  const gates = new Map<string, GateTimes>();
  const delays: Delay[] = [];
  const ready = new Map<string, Readiness>();
  const coded = input.kind === 'coded';
  const inputSteps = coded ? stepsOf(input.code) : 0;
  if (coded) gates.set(INPUT, { start: 0, steps: inputSteps, level: 0 });
  ready.set(staged.input.name, { at: inputSteps, level: 0, sources: new Set(coded ? [INPUT] : []) });
  const connect = (target: string, { at, sources }: Readiness) => {
    for (const source of sources) {
      const { start, steps } = gates.get(source)!;
      delays.push({ source, target, steps: at - start - steps });
    }
  };
  for (const part of staged.parts) {
    for (const { output, inputs } of dependenciesOf(part)) {
      const before = latest(inputs.map((name) => ready.get(name)!));
      if (part.kind !== 'activation') {
        ready.set(output, before);
        continue;
      }
      const { steps } = activations.get(part.name)!;
      const times = { start: before.at, steps, level: before.level + 1 };
      connect(part.name, before);
      gates.set(part.name, times);
      ready.set(output, { at: before.at + steps, level: times.level, sources: new Set([part.name]) });
    }
  }
  const end = ready.get(staged.output.name)!;
  connect(OUTPUT, end);
  const phaseSteps = Math.max(1, ...[...gates.values()].map(({ steps }) => steps));
  const throughput =
    method === 'amos'
      ? { singleBuffered: 1, doubleBuffered: 1 }
      : { singleBuffered: 1 / (2 * phaseSteps), doubleBuffered: 1 / phaseSteps };
  return { depth: end.level, latencySteps: end.at, phaseSteps, gates, delays, throughput };
}

function latest(all: readonly Readiness[]): Readiness {
  return {
    at: Math.max(0, ...all.map(({ at }) => at)),
    level: Math.max(0, ...all.map(({ level }) => level)),
    sources: new Set(all.flatMap(({ sources }) => [...sources])),
  };
}

/** The values that each output of a part is made of. */
function dependenciesOf(part: LinearStage | Gate): readonly { output: string; inputs: readonly string[] }[] {
  if (part.kind === 'linear') return dependenciesInGraph(part.graph);
  return [{ output: flowOf(part).outputs[0]!, inputs: flowOf(part).inputs }];
}

function dependenciesInGraph({ inputs, outputs, nodes }: Graph): { output: string; inputs: string[] }[] {
  const from = new Map(inputs.map(({ name }) => [name, new Set([name])]));
  for (const node of nodes) {
    const sources = new Set(node.inputs.flatMap((name) => [...(from.get(name) ?? [])]));
    for (const name of node.outputs) from.set(name, sources);
  }
  return outputs.map(({ name }) => ({ output: name, inputs: [...(from.get(name) ?? [])] }));
}
