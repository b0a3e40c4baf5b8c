import {
  defineNetwork,
  type InputSpec,
  type Network,
  type PopulationSpec,
  type ProjectionSpec,
  pairs,
} from '../../network/index.ts';
import { amosNeuron, amosPort } from '../../neurons/amos.ts';
import { toAmos } from '../amos/parameters.ts';
import { INPUT } from '../calibrate.ts';
import { applyTo, identityMatrix, type SparseMatrix } from '../connections/sparse.ts';
import type { Wiring } from '../connections/wiring.ts';
import { schedule } from '../execute/schedule.ts';
import type { AmosParameters, Code } from '../few-spike/parameters.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { READOUT } from './network-builder.ts';
import { IMAGE } from './populations.ts';
import { neuronPrefix } from './unrolled.ts';

/** The neurons of the units of a gate, or of one sign of it: neuron i of unit e is number i · units + e. */
export interface UnitPopulation {
  readonly name: string;
  readonly unit: AmosParameters;
  readonly units: number;
  /** Steps from the image to the first neuron. */
  readonly start: number;
}

/** A finite number for what may be infinite: far beyond any input. */
const finite = (value: number): number => Math.min(Math.max(value, -1e30), 1e30);

/**
 * Puts units together as circuits: a port per unit gathers what one image gives it, K neurons look at that one step after another, and
 * delays bring all that one image causes together. A new image may enter in every step.
 */
class UnitBuilder {
  readonly populations: UnitPopulation[] = [];
  synapses = 0;
  readonly #check: (synapses: number) => void;
  readonly #inputs: Record<string, InputSpec>;
  readonly #populations: Record<string, PopulationSpec> = {};
  readonly #projections: Record<string, ProjectionSpec> = {};
  /** By the name of the value that they send. */
  readonly #senders = new Map<string, readonly UnitPopulation[]>();

  constructor(imageSize: number, check: (synapses: number) => void) {
    this.#check = check;
    this.#inputs = { [IMAGE]: { size: imageSize, kind: 'floats' } };
  }

  /** The units of a gate, which send the value `output`. */
  addGate(gate: string, code: Code, output: string, input: Wiring, start: number): void {
    const senders = code.map((own, index): UnitPopulation => {
      const name = neuronPrefix(gate, code, index);
      return { name, unit: toAmos(own), units: input.bias.length, start };
    });
    for (const sender of senders) this.#addUnits(sender, input);
    this.#senders.set(output, senders);
    this.populations.push(...senders);
  }

  addReadout(output: Wiring, start: number): void {
    this.#addPort(READOUT, output, start);
  }

  build(): Network {
    return defineNetwork({ inputs: this.#inputs, populations: this.#populations, projections: this.#projections });
  }

  #addPort(name: string, input: Wiring, start: number, unit?: AmosParameters): void {
    const values = unit && {
      low: finite(unit.range[0]),
      high: finite(unit.range[1]),
      sign: unit.sign,
      bias: unit.bias,
    };
    const model = amosPort({ ...values, inputBias: this.#bias(input) });
    this.#populations[name] = { size: input.bias.length, model };
    for (const [from, matrix] of input.terms) {
      const senders = this.#senders.get(from);
      if (!senders) this.#connect(IMAGE, name, 'I', start, [{ matrix, at: 0, to: 0, factor: 1 }]);
      for (const { name: sender, unit: other, units, start: first } of senders ?? []) {
        for (const [i, factor] of other.weights.entries()) {
          this.#connect(sender, name, 'I', start - first - i, [{ matrix, at: i * units, to: 0, factor }]);
        }
      }
    }
  }

  #addUnits({ name, unit, units, start }: UnitPopulation, input: Wiring): void {
    const { steps, gains, thresholds, inhibition, strict } = unit;
    const port = `${name}.x`;
    this.#addPort(port, input, start, unit);
    const T = Float64Array.from({ length: steps * units }, (_, at) => thresholds[Math.floor(at / units)]!);
    this.#populations[name] = { size: steps * units, model: amosNeuron({ strict })({ T }) };
    const matrix = identityMatrix(units);
    for (let i = 0; i < steps; i++) {
      this.#connect(port, name, 'x', i, [{ matrix, at: 0, to: i * units, factor: gains[i]! }]);
    }
    for (let delay = 1; delay < steps; delay++) {
      const later = Array.from({ length: steps - delay }, (_, j) => j);
      const blocks = later.map((j) => {
        const factor = inhibition[(j + delay) * steps + j]!;
        return { matrix, at: j * units, to: (j + delay) * units, factor };
      });
      this.#connect(name, name, 'h', delay, blocks);
    }
  }

  /** What arrives whatever spikes: biases, and the offsets of the senders. */
  #bias({ bias, terms }: Wiring): Float64Array {
    const sum = bias.slice();
    for (const [name, matrix] of terms) {
      const offset = (this.#senders.get(name) ?? []).reduce((all, { unit }) => all + unit.offset, 0);
      if (offset !== 0) applyTo(matrix, new Float64Array(matrix.columns).fill(offset), sum);
    }
    return sum;
  }

  /** Matrices between blocks of neurons, that begin at `at` of the source and at `to` of the target, all with one delay. */
  #connect(
    from: string,
    to: string,
    input: string,
    delay: number,
    blocks: readonly { matrix: SparseMatrix; at: number; to: number; factor: number }[],
  ): void {
    const count = blocks.reduce((sum, { matrix }) => sum + matrix.row.length, 0);
    this.synapses += count;
    this.#check(this.synapses);
    const [pre, post, weights] = [new Uint32Array(count), new Uint32Array(count), new Float32Array(count)];
    let next = 0;
    for (const { matrix, at, to: first, factor } of blocks) {
      const { columns, columnStart, row, weight } = matrix;
      for (let j = 0; j < columns; j++) {
        for (let k = columnStart[j]!; k < columnStart[j + 1]!; k++, next++) {
          pre[next] = at + j;
          post[next] = first + row[k]!;
          weights[next] = factor * weight[k]!;
        }
      }
    }
    this.#projections[`${from} -> ${to}.${input}, ${delay}`] = {
      ...{ from, to, input, delay, trainable: false },
      ...{ topology: pairs(pre, post), weights },
    };
  }
}

/**
 * The network of a spiking network of AMOS units.
 *
 * @param wiring - by the name of the value
 * @param check - called with the number of synapses so far, before more are built; what it throws ends it
 */
export function unitNetwork(
  spiking: SpikingNetwork,
  wiring: ReadonlyMap<string, Wiring>,
  check: (synapses: number) => void,
): {
  readonly network: Network;
  readonly populations: readonly UnitPopulation[];
  readonly latency: number;
  readonly synapses: number;
} {
  const { staged, input, activations } = spiking;
  const { gates, latencySteps: latency } = schedule(spiking);
  const size = wiring.get(staged.input.name)!.bias.length;
  const builder = new UnitBuilder(size, check);
  if (input.kind === 'coded') {
    const image = { bias: new Float64Array(size), terms: new Map([[IMAGE, identityMatrix(size)]]) };
    builder.addGate(staged.input.name, input.code, staged.input.name, image, gates.get(INPUT)!.start);
  }
  for (const [name, { gate, code }] of activations) {
    builder.addGate(name, code, gate.output, wiring.get(gate.input)!, gates.get(name)!.start);
  }
  builder.addReadout(wiring.get(staged.output.name)!, latency);
  return { network: builder.build(), populations: builder.populations, latency, synapses: builder.synapses };
}
