import { Arena, padded } from '../../network/index.ts';
import { SpikeTrain, spikeRowBytes } from '../../tensor/index.ts';
import { stageShapes } from '../graph/index.ts';
import type { StagedNetwork } from '../graph/stages.ts';
import { sizeOf } from '../images.ts';
import type { Activity } from '../runtime.ts';
import { compileNeurons, type NeuronPlaces } from './kernel.ts';
import type { LoadedStages } from './loaded-stages.ts';
import { reluGates } from './thresholds.ts';

/** How many parts of the network read a value; leaving it counts as one. */
function readers({ parts, output }: StagedNetwork, value: string): number {
  const read = parts.flatMap((part) => {
    if (part.kind === 'linear') return part.graph.inputs.map(({ name }) => name);
    return part.kind === 'product' ? part.inputs : [part.input];
  });
  return [...read, output.name].filter((name) => name === value).length;
}

/** One memory with all values of a batch, its neurons and their loops. */
export class BatchMemory {
  readonly rows: number;
  /** By name: the value between parts, batch first, a view of the memory. */
  readonly values: ReadonlyMap<string, Activity>;
  /** By gate: neurons per image. */
  readonly neurons: ReadonlyMap<string, number>;
  readonly #memory: WebAssembly.Memory;
  readonly #places: ReadonlyMap<string, NeuronPlaces>;
  readonly #step: ReadonlyMap<string, () => void>;

  /**
   * @param rows - images of the batch
   * @param thresholds - by gate
   * @throws UnsupportedError above 4 GiB
   */
  constructor({ staged, constant }: LoadedStages, rows: number, thresholds: ReadonlyMap<string, number>) {
    const shapes = stageShapes(staged);
    const count = (name: string) => rows * sizeOf(shapes.get(name)!);
    const arena = new Arena();
    const floats = (name: string) => arena.span(4 * padded(count(name)));
    const made = staged.parts.flatMap((part) => (part.kind === 'linear' ? part.graph.outputs : []));
    const address = new Map([staged.input, ...made].map(({ name }) => [name, floats(name)]));
    const places = reluGates(staged).map(({ name, input, output }): NeuronPlaces => {
      const current = address.get(input)!;
      // What changes with every step and nobody else reads may be overwritten by what the neurons send on.
      const into = readers(staged, input) > 1 || constant.has(input) ? floats(input) : current;
      address.set(output, into);
      const spikes = arena.span(spikeRowBytes(count(input)));
      const membrane = floats(input);
      return { name, count: count(input), current, output: into, membrane, threshold: arena.span(4), spikes };
    });
    this.rows = rows;
    this.#memory = new WebAssembly.Memory({ initial: arena.pages });
    this.values = new Map(
      [...address].map(([name, at]) => [
        name,
        { shape: [rows, ...shapes.get(name)!], data: this.#floats(at, count(name)) },
      ]),
    );
    this.#places = new Map(places.map((place) => [place.name, place]));
    this.neurons = new Map(places.map((place) => [place.name, place.count / rows]));
    for (const { name, threshold } of places) this.#floats(threshold, 1)[0] = thresholds.get(name)!;
    this.#step = compileNeurons(this.#memory, places);
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  /** Sets every membrane to a share of its neuron's threshold. */
  start(share: number): void {
    for (const { count, membrane, threshold } of this.#places.values()) {
      this.#floats(membrane, count).fill(share * this.#floats(threshold, 1)[0]!);
    }
  }

  /** Advances the neurons of a gate by one step: its input becomes its output. Returns the number of spikes. */
  step(gate: string): number {
    const { count, spikes } = this.#places.get(gate)!;
    this.#step.get(gate)!();
    return new SpikeTrain(1, 1, count, new Uint8Array(this.#memory.buffer, spikes, spikeRowBytes(count))).count();
  }

  /** What no spike of a gate has accounted for yet. */
  membranes(gate: string): Float32Array {
    const { count, membrane } = this.#places.get(gate)!;
    return this.#floats(membrane, count);
  }
}
