import { UnsupportedError } from '../../base/errors.ts';
import { identityMatrix } from '../connections/sparse.ts';
import type { Wiring } from '../connections/wiring.ts';
import { type Code, type FewSpikeParameters, isCircuit } from '../few-spike/parameters.ts';
import type { StagedNetwork } from '../graph/stages.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { neuronPrefix } from './unrolled.ts';

/** Few-spike neurons that share their parameters: those of a gate, or of one sign of it. */
export interface FewSpikePopulation {
  readonly name: string;
  readonly gate: string;
  readonly parameters: FewSpikeParameters;
  /** Gates on the longest way from the image to here, this one included: phases until it emits. */
  readonly level: number;
  readonly input: Wiring;
}

/** What a value is made of: the populations that carry it, or the image itself. */
export interface SourceGroup {
  /** 0 for the image. */
  readonly level: number;
  readonly populations: readonly FewSpikePopulation[];
}

/** Name of the network's graded input: the images. */
export const IMAGE = '(image)';

/** @throws UnsupportedError naming what spiking neurons with fixed connections cannot express */
export function checkExpressible({ staged, noise }: SpikingNetwork): void {
  const refuse = (rule: string, got: string, hint: string, gate?: string) => {
    throw new UnsupportedError('toNetwork', `expected ${rule}, got ${got}`, { hint, fields: { gate } });
  };
  if (noise) refuse('a network without noise', `noise of ${noise.deviation}`, 'convert it without `noise`');
  for (const part of staged.parts) {
    if (part.kind === 'product') {
      refuse('activations and linear operators', `the product "${part.name}"`, 'synapses add', part.name);
    }
    if (part.kind === 'max-pool') {
      refuse(
        'activations and linear operators',
        `the max-pool "${part.name}"`,
        'train with average pooling',
        part.name,
      );
    }
  }
}

/** Phases until a value is complete: one more than the last of its sources. */
export const levelOf = (wiring: Wiring, sources: ReadonlyMap<string, SourceGroup>): number =>
  1 + Math.max(0, ...[...wiring.terms.keys()].map((name) => sources.get(name)!.level));

function populationsOf(gate: string, code: Code, input: Wiring, level: number): FewSpikePopulation[] {
  return code.map((parameters, index) => {
    if (isCircuit(parameters)) {
      throw new UnsupportedError('toNetwork', `expected few-spike neurons, got the circuit of "${gate}"`, {
        hint: "convert with method: 'fs'",
        fields: { gate },
      });
    }
    return { name: neuronPrefix(gate, code, index), gate, parameters, level, input };
  });
}

/**
 * The sources of a network by the name of their value, in the order of the network.
 *
 * @param wiring - by the name of the value
 */
export function sourceGroups(
  { staged, input, activations }: SpikingNetwork,
  wiring: ReadonlyMap<string, Wiring>,
): ReadonlyMap<string, SourceGroup> {
  const sources = new Map<string, SourceGroup>([[IMAGE, { level: 0, populations: [] }]]);
  sources.set(staged.input.name, inputGroup(staged, input.kind === 'coded' ? input.code : undefined, wiring));
  for (const { gate, code } of activations.values()) {
    const from = wiring.get(gate.input)!;
    const level = levelOf(from, sources);
    sources.set(gate.output, { level, populations: populationsOf(gate.name, code, from, level) });
  }
  return sources;
}

function inputGroup(
  { input }: StagedNetwork,
  code: Code | undefined,
  wiring: ReadonlyMap<string, Wiring>,
): SourceGroup {
  if (code === undefined) return { level: 0, populations: [] };
  const size = wiring.get(input.name)!.bias.length;
  const direct = { bias: new Float64Array(size), terms: new Map([[IMAGE, identityMatrix(size)]]) };
  return { level: 1, populations: populationsOf(input.name, code, direct, 1) };
}
