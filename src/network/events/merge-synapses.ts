import type { SynapseModel } from '../../expr/index.ts';
import type { SliceSynapses } from './event-synapse-memory.ts';

/** The plastic synapses of a projection, in the order of its rows: by source, by delay, by target. */
export interface EventSynapseValues {
  /** Presynaptic neuron of each synapse. */
  readonly pre: Uint32Array;
  /** Postsynaptic neuron of each synapse. */
  readonly post: Uint32Array;
  /** Time steps, of each synapse. */
  readonly delay: Uint32Array;
  /**
   * Every variable of the synapse's model: [synapse], or [post], or, of the presynaptic side, [pre · delays + k], a value for each of
   * the projection's delays, from the shortest on.
   */
  readonly variables: Readonly<Record<string, Float32Array>>;
}

/** Presynaptic neurons and delays of synapses, from the starts of their rows. */
function rowsOf(rowStart: Uint32Array, { first, count }: SliceSynapses['delays']) {
  const synapses = rowStart.at(-1)!;
  const [pre, delay] = [new Uint32Array(synapses), new Uint32Array(synapses)];
  for (let row = 0; row + 1 < rowStart.length; row++) {
    pre.fill(Math.floor(row / count), rowStart[row], rowStart[row + 1]);
    delay.fill(first + (row % count), rowStart[row], rowStart[row + 1]);
  }
  return { pre, delay };
}

/** Starts of the rows of all parts together. */
function sumOfRows(parts: readonly SliceSynapses[]): Uint32Array {
  const sum = new Uint32Array(parts[0]!.rowStart.length);
  for (const { rowStart } of parts) for (let row = 0; row < sum.length; row++) sum[row]! += rowStart[row]!;
  return sum;
}

/** Values per synapse of all parts: row by row, and in a row part by part. */
function interleave<T extends Uint32Array | Float32Array>(
  parts: readonly SliceSynapses[],
  valuesOf: (part: SliceSynapses) => T,
  make: () => T,
): T {
  if (parts.length === 1) return valuesOf(parts[0]!);
  const into = make();
  const all = parts.map((part) => ({ rowStart: part.rowStart, values: valuesOf(part) }));
  let to = 0;
  for (let row = 0; row + 1 < parts[0]!.rowStart.length; row++) {
    for (const { rowStart, values } of all) {
      const end = rowStart[row + 1]!;
      for (let k = rowStart[row]!; k < end; k++) into[to++] = values[k]!;
    }
  }
  return into;
}

/** Puts together the plastic synapses of the parts of a network, in the order of an undivided one. */
export function mergeSynapses({ program }: SynapseModel, parts: readonly SliceSynapses[]): EventSynapseValues {
  const rowStart = sumOfRows(parts);
  const synapses = rowStart.at(-1)!;
  const variables = Object.entries(program.variables).map(([name, { scope }]) => {
    const values = (part: SliceSynapses) => part.variables[name]!;
    if (scope === 'synapse') return [name, interleave(parts, values, () => new Float32Array(synapses))] as const;
    // All parts with targets have the same values of the presynaptic side.
    if (scope === 'pre') return [name, values(parts.find(({ targets }) => targets > 0)!)] as const;
    const neurons = parts.map(values);
    const whole = new Float32Array(neurons.reduce((sum, { length }) => sum + length, 0));
    let to = 0;
    for (const part of neurons) {
      whole.set(part, to);
      to += part.length;
    }
    return [name, whole] as const;
  });
  return {
    ...rowsOf(rowStart, parts[0]!.delays),
    post: interleave(
      parts,
      ({ post }) => post,
      () => new Uint32Array(synapses),
    ),
    variables: Object.fromEntries(variables),
  };
}
