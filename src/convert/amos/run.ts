import { ShapeError } from '../../base/errors.ts';
import type { AmosParameters } from '../few-spike/parameters.ts';

/** What a unit put out for a row of images. */
export interface AmosRun {
  /** ŷ per image; the one of image n leaves K steps after it entered. */
  readonly y: Float64Array;
  /** z_i, [image, neuron]: 0 or 1. */
  readonly spikes: Uint8Array;
  /** Steps until the last output: the number of images plus K - 1. */
  readonly steps: number;
}

/** A value that arrives some steps after it was sent. */
class DelayLine {
  readonly #ring: Float64Array;
  #head = 0;

  constructor(delay: number) {
    this.#ring = new Float64Array(delay + 1).fill(Number.NaN);
  }

  /** Sends a value, and returns the one sent `delay` calls before: NaN while there was none. */
  pass(value: number): number {
    this.#ring[this.#head] = value;
    this.#head = (this.#head + 1) % this.#ring.length;
    return this.#ring[this.#head]!;
  }
}

const lines = (count: number, delay: (i: number) => number): DelayLine[] =>
  Array.from({ length: count }, (_, i) => new DelayLine(delay(i)));

/** The neurons of a unit with the delay lines between them. */
class Unit {
  readonly #parameters: AmosParameters;
  /** Copies of x on their way to neuron i, spikes of j on their way to i, and spikes on their way out. */
  readonly #inputs: DelayLine[];
  readonly #between: DelayLine[][];
  readonly #out: DelayLine[];
  readonly #fired: Float64Array;

  constructor(parameters: AmosParameters) {
    const { steps: neurons } = parameters;
    this.#parameters = parameters;
    this.#inputs = lines(neurons, (i) => i);
    this.#between = this.#inputs.map((_, i) => lines(i, (j) => i - j));
    this.#out = lines(neurons, (i) => neurons - 1 - i);
    this.#fired = new Float64Array(neurons);
  }

  /** One step of all neurons: x in (NaN for none), what leaves out, as the spikes that belong to one image. */
  step(x: number, leaving: Float64Array): void {
    const { steps: neurons, gains, thresholds, inhibition, strict } = this.#parameters;
    for (let i = 0; i < neurons; i++) {
      let v = gains[i]! * this.#inputs[i]!.pass(x);
      for (let j = 0; j < i; j++) {
        const spike = this.#between[i]![j]!.pass(this.#fired[j]!);
        if (spike === 1) v -= inhibition[i * neurons + j]!;
      }
      const threshold = thresholds[i]!;
      const spikes = strict ? v > threshold : v >= threshold;
      this.#fired[i] = Number.isNaN(v) ? Number.NaN : Number(spikes);
      leaving[i] = this.#out[i]!.pass(this.#fired[i]!);
    }
  }
}

/** The length of inhibition is the only array length that can be wrong unseen: a row would be read at the wrong place. */
function checkUnit({ steps: neurons, gains, thresholds, inhibition, weights }: AmosParameters): void {
  const lengths = { gains, thresholds, weights, inhibition };
  for (const [name, list] of Object.entries(lengths)) {
    const expected = list === inhibition ? neurons * neurons : neurons;
    if (list.length !== expected) {
      throw new ShapeError('runAmos', `expected ${expected} numbers of ${name}, got ${list.length}`);
    }
  }
}

/**
 * Runs a unit in time, spike by spike, with its delays. A new image enters in every step.
 *
 * @param u - weighted inputs with bias, one image per step; finite
 * @throws ShapeError for arrays whose lengths do not fit
 * @eq stoeckl2020amos (unit)
 */
export function runAmos(parameters: AmosParameters, u: ArrayLike<number>): AmosRun {
  checkUnit(parameters);
  const { steps: neurons, weights, offset, bias, sign, range } = parameters;
  const unit = new Unit(parameters);
  const y = new Float64Array(u.length);
  const spikes = new Uint8Array(u.length * neurons);
  const leaving = new Float64Array(neurons);
  const steps = u.length === 0 ? 0 : u.length + neurons - 1;
  for (let step = 0; step < steps; step++) {
    const clamped = step < u.length ? Math.min(Math.max(u[step]!, range[0]), range[1]) : Number.NaN;
    unit.step(sign * clamped + bias, leaving);
    const image = step - neurons + 1;
    if (image < 0) continue;
    y[image] = offset;
    for (let i = 0; i < neurons; i++) {
      spikes[image * neurons + i] = leaving[i]!;
      y[image]! += weights[i]! * leaving[i]!;
    }
  }
  return { y, spikes, steps };
}
