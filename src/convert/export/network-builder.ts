import {
  allToAll,
  defineNetwork,
  type InputSpec,
  type Network,
  type PopulationSpec,
  type ProjectionSpec,
  pairs,
} from '../../network/index.ts';
import { fewSpikeNeuron } from '../../neurons/few-spike.ts';
import { applyTo, type SparseMatrix } from '../connections/sparse.ts';
import type { Wiring } from '../connections/wiring.ts';
import type { FewSpikeParameters } from '../few-spike/parameters.ts';
import { fewSpikeReadout, relay } from './clock.ts';
import { type FewSpikePopulation, IMAGE, levelOf, type SourceGroup } from './populations.ts';

/** Names of what the spiking network adds to the gates: a pulse that starts the clock, the clock, and the sums that are read. */
export const [START, CLOCK, READOUT] = ['(start)', '(clock)', '(readout)'];

/** A finite number for what may be infinite: far beyond any input. */
const finite = (value: number): number => Math.min(Math.max(value, -1e30), 1e30);

/** Puts populations and projections together, all on one clock of `phase` neurons that fire one after another. */
export class NetworkBuilder {
  readonly #phase: number;
  readonly #sources: ReadonlyMap<string, SourceGroup>;
  readonly #inputs: Record<string, InputSpec>;
  readonly #populations: Record<string, PopulationSpec>;
  readonly #projections: Record<string, ProjectionSpec> = {};

  /**
   * @param phase - steps of a phase, the largest K
   * @param imageSize - numbers of one image
   */
  constructor(phase: number, imageSize: number, sources: ReadonlyMap<string, SourceGroup>) {
    this.#phase = phase;
    this.#sources = sources;
    this.#inputs = { [IMAGE]: { size: imageSize, kind: 'floats' }, [START]: { size: 1 } };
    this.#populations = { [CLOCK]: { size: phase, model: relay() } };
    const ring = Array.from({ length: phase }, (_, t) => t);
    const next = ring.map((t) => (t + 1) % phase);
    this.#projections[`${START} -> ${CLOCK}`] = { from: START, to: CLOCK, topology: pairs([0], [0]), weights: 1 };
    this.#projections[CLOCK] = { from: CLOCK, to: CLOCK, topology: pairs(ring, next), weights: 1, delay: 1 };
  }

  /** The neurons of a gate, or of one sign of it. */
  addPopulation({ name, parameters, level, input }: FewSpikePopulation): void {
    const { steps, thresholds, resets, range, sign, bias, strict } = parameters;
    const values = { low: finite(range[0]), high: finite(range[1]), sign, bias, inputBias: this.#bias(input) };
    const sources = this.#sourceCount(input);
    this.#populations[name] = { size: input.bias.length, model: fewSpikeNeuron({ sources, strict })(values) };
    this.#connect(name, input, level);
    this.#control(name, 'T', thresholds);
    this.#control(name, 'h', resets);
    this.#control(name, 'load', [1]);
    this.#control(
      name,
      'emit',
      Array.from({ length: steps }, () => 1),
    );
  }

  /** The sums that are read out. */
  addReadout(output: Wiring): void {
    const model = fewSpikeReadout(this.#sourceCount(output))({ inputBias: this.#bias(output) });
    this.#populations[READOUT] = { size: output.bias.length, model };
    this.#connect(READOUT, output, levelOf(output, this.#sources));
    this.#control(READOUT, 'load', [1]);
  }

  build(): Network {
    return defineNetwork({ inputs: this.#inputs, populations: this.#populations, projections: this.#projections });
  }

  /** What arrives once per image whatever spikes: biases, and the offsets of the sources. */
  #bias({ bias, terms }: Wiring): Float64Array {
    const sum = bias.slice();
    for (const [name, matrix] of terms) {
      const offset = this.#sources.get(name)!.populations.reduce((all, { parameters }) => all + parameters.offset, 0);
      if (offset !== 0) applyTo(matrix, new Float64Array(matrix.columns).fill(offset), sum);
    }
    return sum;
  }

  #sourceCount({ terms }: Wiring): number {
    const counts = [...terms.keys()].map((name) => Math.max(1, this.#sources.get(name)!.populations.length));
    return Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    );
  }

  /** One input of the target per source, so that each source has its own d(t); what comes early waits whole phases. */
  #connect(target: string, { terms }: Wiring, level: number): void {
    let k = 0;
    for (const [name, matrix] of terms) {
      const source = this.#sources.get(name)!;
      const delay = (level - source.level - 1) * this.#phase;
      if (source.populations.length === 0) {
        this.#project(IMAGE, target, ++k, matrix, delay);
        // The image arrives in the last step of a phase.
        this.#control(target, `D${k}`, [...new Array<number>(this.#phase - 1).fill(0), 1]);
      }
      for (const { name: from, parameters } of source.populations) {
        this.#project(from, target, ++k, matrix, delay);
        this.#control(target, `D${k}`, parameters.weights);
      }
    }
  }

  #project(from: string, to: string, k: number, { columnStart, row, weight }: SparseMatrix, delay: number): void {
    const pre = new Uint32Array(row.length);
    for (let j = 0; j + 1 < columnStart.length; j++) pre.fill(j, columnStart[j]!, columnStart[j + 1]!);
    this.#projections[`${from} -> ${to}`] = {
      ...{ from, to, input: `I${k}`, delay, trainable: false },
      ...{ topology: pairs(pre, row), weights: weight },
    };
  }

  /** A number per step of the phase for all neurons of a population, 0 in the steps behind the last. */
  #control(to: string, input: string, values: FewSpikeParameters['weights'] | readonly number[]): void {
    const { size } = this.#populations[to]!;
    const weights = new Float32Array(size * this.#phase);
    for (let i = 0; i < size; i++) weights.set(values, i * this.#phase);
    this.#projections[`${CLOCK} -> ${to}.${input}`] = {
      ...{ from: CLOCK, to, input, delay: 0, trainable: false },
      ...{ topology: allToAll(), weights },
    };
  }
}
