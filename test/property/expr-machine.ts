import {
  type AdjointPlaces,
  addressAt,
  emitAdjoint,
  emitForward,
  ModuleBuilder,
  type Place,
  type PopulationPlan,
  stateNames,
} from 'volley/expr';

const SLOTS = 3;
const align = (bytes: number) => 64 * Math.ceil(bytes / 64);

/** One population alone in a memory: places, the compiled module, and access to single values. */
export class Machine {
  readonly places: AdjointPlaces;
  readonly forward: (t: number) => void;
  readonly adjoint: (t: number) => void;
  readonly memory: WebAssembly.Memory;
  readonly #floats: Float32Array;
  readonly #bytes: Uint8Array;

  constructor(plan: PopulationPlan, batch: number, size: number, slots = SLOTS) {
    const padded = 4 * Math.ceil(size / 4);
    const rowBytes = 8 * Math.ceil(size / 64);
    let end = 64;
    const take = (bytes: number) => {
      const base = end;
      end += align(bytes);
      return base;
    };
    const activity = (count = slots): Place => {
      const slotBytes = align(4 * batch * padded);
      return { base: take(count * slotBytes), slotBytes, slots: count };
    };
    const bitRows = (): Place => {
      const slotBytes = align(batch * rowBytes);
      return { base: take(slots * slotBytes), slotBytes, slots };
    };
    const from = <T>(names: Iterable<string>, make: (name: string) => T): Record<string, T> =>
      Object.fromEntries([...names].map((name) => [name, make(name)]));
    const { program } = plan;
    const names = [...Object.keys(program.definition.params), ...Object.keys(program.derived.nodes)];
    const inputs = Object.keys(program.definition.inputs);
    const vector = () => take(4 * padded);
    const plane = () => take(4 * batch * padded);
    this.places = {
      batch,
      size,
      padded,
      rowBytes,
      params: from(names, vector),
      inputs: from(inputs, () => activity(1)),
      state: from(stateNames(program), (name) => activity(plan.tape.states.includes(name) ? slots : 1)),
      output: program.spiking ? bitRows() : activity(),
      random: program.randomSites.map(() => activity(1)),
      tape: plan.tape.nodes.map(({ kind }) => (kind === 'bits' ? bitRows() : activity())),
      dState: from(plan.adjoint?.activeStates ?? [], plane),
      dOutput: plane(),
      dOutputConstant: vector(),
      dInputs: from(inputs, () => activity(1)),
      dParams: from(plan.trainable, vector),
    };
    const pages = Math.ceil(end / 65536);
    const module = new ModuleBuilder({ shared: false, minPages: pages });
    emitForward(module, plan, this.places, 'forward');
    if (plan.adjoint !== undefined) emitAdjoint(module, plan, this.places, 'adjoint');
    this.memory = new WebAssembly.Memory({ initial: pages });
    const compiled = new WebAssembly.Module(module.toBytes());
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.memory } });
    this.forward = exports.forward as (t: number) => void;
    this.adjoint = exports.adjoint as (t: number) => void;
    this.#floats = new Float32Array(this.memory.buffer);
    this.#bytes = new Uint8Array(this.memory.buffer);
  }

  /** The [batch, padded] or [padded] floats at an address. */
  array(address: number, count = this.places.batch * this.places.padded): Float32Array {
    return this.#floats.subarray(address / 4, address / 4 + count);
  }

  at(place: Place, t: number): Float32Array {
    return this.array(addressAt(place, t));
  }

  /** Fills an array with draws, pads included, and returns it. */
  fill(array: Float32Array, draw: () => number): Float32Array {
    for (let i = 0; i < array.length; i++) array[i] = draw();
    return array;
  }

  bit(place: Place, t: number, row: number, neuron: number): number {
    const byte = addressAt(place, t) + row * this.places.rowBytes + (neuron >> 3);
    return (this.#bytes[byte]! >> (neuron & 7)) & 1;
  }

  setBit(place: Place, t: number, row: number, neuron: number, value: boolean): void {
    const byte = addressAt(place, t) + row * this.places.rowBytes + (neuron >> 3);
    const mask = 1 << (neuron & 7);
    this.#bytes[byte] = value ? this.#bytes[byte]! | mask : this.#bytes[byte]! & ~mask;
  }

  /** All bytes of the bit rows at step t. */
  bitRows(place: Place, t: number): Uint8Array {
    const address = addressAt(place, t);
    return this.#bytes.subarray(address, address + this.places.batch * this.places.rowBytes);
  }
}
