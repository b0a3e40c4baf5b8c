import { NumericsError } from '../base/errors.ts';
import { type Kernels, loadKernels } from '../kernels/index.ts';
import { AdamSlots, type Slots } from './deep-r/adam-slots.ts';
import { type Adam, adamStepSize, clipScale, type Optimiser } from './optimisers.ts';
import type { ParameterVector } from './parameter-vector.ts';
import { learningRateAt } from './schedules.ts';

const PAGE = 65536;
/** Parameters, gradient, and up to two moments. */
const ARRAYS = 4;

/** The parameter vector with the optimiser's moments, and the step that changes them. */
export class OptimiserState {
  readonly #optimiser: Optimiser;
  readonly #kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #length: number;
  /** Runs of the vector in which every entry counts its updates for itself; ascending. */
  readonly slots: readonly Slots[];
  readonly #adamSlots: AdamSlots | undefined;
  /** Number of steps taken. */
  iteration = 0;

  /** @param slots - with Adam only; default none */
  constructor(optimiser: Optimiser, initial: Float32Array, slots: readonly Slots[] = []) {
    this.#optimiser = optimiser;
    this.#length = initial.length;
    this.slots = slots;
    this.#adamSlots = optimiser.kind === 'adam' ? new AdamSlots(optimiser) : undefined;
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil((ARRAYS * 4 * initial.length) / PAGE) });
    this.#kernels = loadKernels(this.#memory);
    this.parameters.set(initial);
  }

  #address(array: number): number {
    return 4 * array * this.#length;
  }

  #view(array: number): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#address(array), this.#length);
  }

  get parameters(): Float32Array {
    return this.#view(0);
  }

  /** First moment (Adam) or velocity (SGD). */
  get firstMoment(): Float32Array {
    return this.#view(2);
  }

  /** Moments that the next step goes on from. */
  get moments(): readonly Float32Array[] {
    if (this.#optimiser.kind === 'adam') return [this.firstMoment, this.secondMoment];
    return this.#optimiser.momentum > 0 ? [this.firstMoment] : [];
  }

  /** Second moment of Adam; SGD has none, which is what tells their states apart. */
  get secondMoment(): Float32Array {
    return this.#optimiser.kind === 'adam' ? this.#view(3) : new Float32Array(0);
  }

  /**
   * Adds up the shards' gradients in their order, clips, and takes one step.
   *
   * @returns the gradient's norm before clipping and the learning rate used
   * @throws NumericsError naming the first projection or parameter with a gradient that is not finite; nothing is changed then
   */
  step(
    gradients: readonly Float32Array[],
    vector: ParameterVector,
    clipNorm?: number,
  ): { gradientNorm: number; learningRate: number } {
    const sum = this.#view(1);
    sum.set(gradients[0]!);
    for (const gradient of gradients.slice(1)) {
      for (let k = 0; k < sum.length; k++) sum[k]! += gradient[k]!;
    }
    const squares = this.#kernels.sumSquares(this.#address(1), vector.ownLength);
    if (!Number.isFinite(squares)) this.#reportNonFinite(vector);
    if (clipNorm !== undefined) this.#kernels.scale(this.#address(1), this.#length, clipScale(squares, clipNorm));
    const learningRate = learningRateAt(this.#optimiser.learningRate, this.iteration);
    this.iteration += 1;
    this.#apply(learningRate);
    return { gradientNorm: Math.sqrt(squares), learningRate };
  }

  #apply(learningRate: number): void {
    const optimiser = this.#optimiser;
    const decay = learningRate * optimiser.weightDecay;
    if (optimiser.kind === 'sgd') {
      const [w, g, m] = [0, 1, 2].map((array) => this.#address(array)) as [number, number, number];
      this.#kernels.sgdStep(this.#length, w, g, m, learningRate, optimiser.momentum, decay);
      return;
    }
    let from = 0;
    for (const slots of this.slots) {
      this.#adam(optimiser, from, slots.offset - from, learningRate, decay);
      const [w, g, m, v] = [0, 1, 2, 3].map((array) => this.#view(array)) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      this.#adamSlots!.step(slots, { w, g, m, v }, { learningRate, iteration: this.iteration, decay });
      from = slots.offset + slots.count;
    }
    this.#adam(optimiser, from, this.#length - from, learningRate, decay);
  }

  /** Adam on `count` entries from `from`, which are as old as the optimiser. */
  #adam(optimiser: Adam, from: number, count: number, learningRate: number, decay: number): void {
    if (count === 0) return;
    const { beta1, beta2, epsilon } = optimiser;
    const stepSize = adamStepSize(optimiser, learningRate, this.iteration);
    const at = (array: number) => this.#address(array) + 4 * from;
    this.#kernels.adamStep(count, at(0), at(1), at(2), at(3), stepSize, beta1, beta2, epsilon, decay);
  }

  /**
   * Standard normal draws 0 … count - 1 of (seed, stream, step), in the place of the gradient, which is free between steps.
   *
   * @param count - at most the length of the vector, less `offset`
   * @param offset - entry of the vector in whose place the first one lies; default 0
   */
  normals(seed: number, stream: number, step: number, count: number, offset = 0): Float32Array {
    const high = Math.floor(seed / 2 ** 32) >>> 0;
    this.#kernels.philoxNormal(seed >>> 0, high, stream, step, 0, 1, count, this.#address(1) + 4 * offset, count);
    return this.#view(1).subarray(offset, offset + count);
  }

  /** Makes room for a sign per entry, once; arrays taken before are of no use afterwards. */
  reserveSigns(): void {
    this.#memory.grow(Math.ceil((this.#address(ARRAYS) + this.#length - this.#memory.buffer.byteLength) / PAGE));
  }

  /** 1 or -1 per entry, where {@link pull} reads it. */
  get signs(): Int8Array {
    return new Int8Array(this.#memory.buffer, this.#address(ARRAYS), this.#length);
  }

  /** Where {@link pull} lists entries, from the offset that it was given on: in the place of the gradient, too. */
  get listed(): Uint32Array {
    return new Uint32Array(this.#memory.buffer, this.#address(1), this.#length);
  }

  /**
   * Moves the `count` entries from `offset` by the kernel `pullWeights`, with the noise that {@link normals} has drawn.
   *
   * @returns the number of entries listed, counted from `offset`
   */
  pull(offset: number, count: number, pull: number, deviation: number, floor: number): number {
    const [w, signs, shared] = [4 * offset, this.#address(ARRAYS) + offset, this.#address(1) + 4 * offset];
    return this.#kernels.pullWeights(count, w, signs, shared, shared, pull, deviation, floor);
  }

  #reportNonFinite(vector: ParameterVector): never {
    const sum = this.#view(1);
    const bad = sum.findIndex((value) => !Number.isFinite(value));
    const segment = vector.segments.find((s) => bad >= s.offset && bad < s.offset + s.count);
    const what = segment?.kind === 'neurons' ? `${segment.name}.${segment.parameter}` : `projection "${segment?.name}"`;
    throw new NumericsError(
      'Trainer',
      `expected a finite gradient, got ${sum[bad]} for ${what} in iteration ${this.iteration + 1}`,
      {
        hint: 'lower the learning rate or clip the gradient; the parameters are unchanged',
        fields: { segment: segment?.name, iteration: this.iteration + 1 },
      },
    );
  }
}
