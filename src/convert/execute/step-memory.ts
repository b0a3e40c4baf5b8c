import type { Activity } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { type BufferNeed, placeBuffers } from './buffers.ts';
import type { StepPlan, StepValue } from './step-plan.ts';

/** Names of spans that belong to values, and one that belongs to none. */
const spikesOf = (name: string) => `${name}#spikes`;
const DRAWS = '(draws)';

/** The one memory of a step-by-step run: numbers of all values, and planes of those that travel as spikes. */
export class StepMemory {
  readonly memory: WebAssembly.Memory;
  /** Address of the draws of noise; 0 without noise. */
  readonly draws: number;
  readonly #plan: StepPlan;
  readonly #addresses: ReadonlyMap<string, number>;

  /**
   * @param planesOf - spike planes by the name of the gate
   * @throws UnsupportedError if a batch needs more than 4 GiB
   */
  constructor(network: SpikingNetwork, plan: StepPlan, planesOf: (gate: string) => number, batch: number) {
    const end = network.staged.parts.length;
    const needs: BufferNeed[] = [];
    let drawFloats = 0;
    for (const value of plan.values.values()) {
      const { name, size, planes, neurons, isSent } = value;
      const [from, to] = [plan.flow.madeAt.get(name)!, plan.flow.lastUse(name)];
      const numbers = neurons === undefined && isSent ? planes : 1;
      needs.push({ name, bytes: 4 * batch * size * numbers, from, to });
      if (neurons === undefined) continue;
      if (isSent) needs.push({ name: spikesOf(name), bytes: 4 * batch * size * planes, from, to });
      drawFloats = Math.max(drawFloats, batch * size * planesOf(neurons));
    }
    if (network.noise) needs.push({ name: DRAWS, bytes: 4 * drawFloats, from: -1, to: end });
    const { addresses, pages } = placeBuffers(needs);
    this.memory = new WebAssembly.Memory({ initial: pages });
    this.draws = addresses.get(DRAWS) ?? 0;
    this.#plan = plan;
    this.#addresses = addresses;
  }

  /** The numbers of a value, [images, …]. */
  numbers(name: string, images: number): Activity {
    return this.#view(name, this.#plan.values.get(name)!, images);
  }

  /** What a linear stage of `steps` steps reads of a value, [steps · images, …], the step as the slower part. */
  sent(name: string, images: number, steps: number): Activity {
    const value = this.#plan.values.get(name)!;
    return this.#view(value.neurons === undefined ? name : spikesOf(name), value, steps * images);
  }

  /** Makes silent what a value does not send in the planes that its readers want. */
  silenceRest(name: string, images: number): void {
    const { steps, planes, isSent, size } = this.#plan.values.get(name)!;
    if (isSent && planes > steps) this.sent(name, images, planes).data.fill(0, steps * images * size);
  }

  #view(span: string, { shape, size }: StepValue, rows: number): Activity {
    const data = new Float32Array(this.memory.buffer, this.#addresses.get(span)!, rows * size);
    return { shape: [rows, ...shape], data };
  }
}
