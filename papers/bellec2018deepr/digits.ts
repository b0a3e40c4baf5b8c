import { type Batch, FloatSequence, type LabelledImages, NO_LABEL, RandomStream, streamOf, type Trainer } from 'volley';

export const PIXELS = 784;

/** Images as batches of one time step, grey from 0 to 1. */
export class Digits {
  readonly count: number;
  readonly #data: LabelledImages;
  readonly #first: number;
  #order: { readonly epoch: number; readonly images: Uint32Array } | undefined;

  /** @param count - images to use, the last ones */
  constructor(data: LabelledImages, count: number) {
    this.#data = data;
    this.count = count;
    this.#first = data.labels.length - count;
  }

  /** The given images; the rest of the batch is empty and has no label. */
  batch(images: ArrayLike<number>, size: number): Batch {
    const image = new FloatSequence(1, size, PIXELS);
    const labels = new Int32Array(size).fill(NO_LABEL);
    for (let row = 0; row < images.length; row++) {
      const from = (this.#first + images[row]!) * PIXELS;
      for (let k = 0; k < PIXELS; k++) image.data[row * PIXELS + k] = this.#data.images[from + k]! / 255;
      labels[row] = this.#data.labels[this.#first + images[row]!]!;
    }
    const decisions = { start: Int32Array.of(0), length: Int32Array.of(1), labels };
    return { steps: 1, size, inputs: { image }, decisions };
  }

  /** The batch of a training step, from 1: every image once per epoch, in an order of its own. */
  trainingBatch(seed: number, iteration: number, size: number): Batch {
    const perEpoch = Math.floor(this.count / size);
    const epoch = Math.floor((iteration - 1) / perEpoch);
    if (this.#order?.epoch !== epoch) {
      this.#order = { epoch, images: new RandomStream(seed, streamOf(`epoch/${epoch}`)).permutation(this.count) };
    }
    const from = ((iteration - 1) % perEpoch) * size;
    return this.batch(this.#order.images.subarray(from, from + size), size);
  }

  /** Fraction of the first images that a network classifies correctly. */
  async accuracy(trainer: Trainer, images: number): Promise<number> {
    const size = trainer.options.batch;
    let correct = 0;
    for (let from = 0; from < images; from += size) {
      const count = Math.min(size, images - from);
      const batch = this.batch(
        Array.from({ length: count }, (_, k) => from + k),
        size,
      );
      const { predictions } = await trainer.evaluate(batch);
      for (let row = 0; row < count; row++) if (predictions[row] === batch.decisions!.labels[row]) correct += 1;
    }
    return correct / images;
  }
}
