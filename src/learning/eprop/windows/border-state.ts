import type { Engine, PopulationLayout } from '../../../network/index.ts';

/** Columns of a row of observations: one quantity of a population. */
export interface ObservedBlock {
  readonly population: string;
  /** Name of a state after the last step, or the mean activity over the window. */
  readonly of: string;
  readonly offset: number;
  readonly size: number;
}

const ACTIVITY = 'mean spikes';

/** What can be seen of a network at the end of a window: all of its states, and how much its neurons spiked in the window. */
export class BorderState {
  readonly blocks: readonly ObservedBlock[];
  /** Numbers per row. */
  readonly width: number;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    let width = 0;
    this.blocks = Object.entries(engine.layout.populations).flatMap(([population, { forward, spiking, size }]) =>
      [...Object.keys(forward.state), ...(spiking ? [ACTIVITY] : [])].map((of) => {
        width += size;
        return { population, of, offset: width - size, size };
      }),
    );
    this.width = width;
    this.#engine = engine;
  }

  /** The observations after `steps` steps of the window, [batch, width]. */
  read(steps: number): Float32Array {
    const { layout, options } = this.#engine;
    const values = new Float32Array(options.batch * this.width);
    for (const block of this.blocks) {
      const own = layout.populations[block.population]!;
      for (let b = 0; b < options.batch; b++) {
        const into = values.subarray(b * this.width + block.offset).subarray(0, block.size);
        if (block.of === ACTIVITY) this.#readSpikes(own, b, steps, into);
        else into.set(this.#state(own, block.of, steps).subarray(b * own.padded, b * own.padded + block.size));
      }
    }
    return values;
  }

  #state({ forward }: PopulationLayout, name: string, steps: number): Float32Array {
    const { base, slotBytes, slots } = forward.state[name]!;
    const slot = slots === 1 ? 0 : (this.#engine.layout.origin + steps) % slots;
    return this.#engine.floats(base + slot * slotBytes, slotBytes / 4);
  }

  #readSpikes({ output, rowBytes }: PopulationLayout, row: number, steps: number, into: Float32Array): void {
    const { origin } = this.#engine.layout;
    for (let t = 1; t <= steps; t++) {
      const bits = this.#engine.bytes(output.base + (origin + t) * output.slotBytes + row * rowBytes, rowBytes);
      for (let n = 0; n < into.length; n++) into[n]! += ((bits[n >> 3]! >> (n & 7)) & 1) / steps;
    }
  }
}
