import { type LabelledImages, RandomStream, streamOf } from 'volley';

/** What is shown: examples of ten classes. */
export interface Examples {
  readonly count: number;
  /** Neurons that show an example. */
  readonly size: number;
  label(example: number): number;
  /** Hazard of each neuron, Hz; valid until the next call. */
  hazards(example: number): Float64Array;
}

export const CLASSES = 10;
const PIXELS = 784;

/** Digits of which dark pixels are silent; the others have a hazard in proportion to what they are above the threshold. */
export class Digits implements Examples {
  readonly count: number;
  readonly size = PIXELS;
  readonly #data: LabelledImages;
  readonly #hazards = new Float64Array(PIXELS);
  /** Hazard of each grey. */
  readonly #table: Float64Array;

  /**
   * @param threshold - grey from 0 to 1
   * @param hazard - Hz per grey above it
   */
  constructor(data: LabelledImages, threshold: number, hazard: number) {
    this.#data = data;
    this.count = data.labels.length;
    this.#table = Float64Array.from({ length: 256 }, (_, grey) => hazard * Math.max(0, grey / 256 - threshold));
  }

  label(example: number): number {
    return this.#data.labels[example]!;
  }

  hazards(example: number): Float64Array {
    const from = example * PIXELS;
    for (let k = 0; k < PIXELS; k++) this.#hazards[k] = this.#table[this.#data.images[from + k]!]!;
    return this.#hazards;
  }
}

/** The order in which training examples come: every one once per pass, each pass in an order of its own. */
export class Order {
  readonly #seed: number;
  readonly #count: number;
  #pass = -1;
  #order: Uint32Array = new Uint32Array();

  constructor(seed: number, count: number) {
    this.#seed = seed;
    this.#count = count;
  }

  /** The example that is shown as number `sample`, from 0. */
  example(sample: number): number {
    const pass = Math.floor(sample / this.#count);
    if (pass !== this.#pass) {
      this.#order = new RandomStream(this.#seed, streamOf(`pass/${pass}`)).permutation(this.#count);
      this.#pass = pass;
    }
    return this.#order[sample % this.#count]!;
  }
}
