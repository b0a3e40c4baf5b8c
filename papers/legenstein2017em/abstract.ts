import { bars, RandomStream } from 'volley';

/** A prior over how many hidden causes are active: p(z) ∝ exp(-(Σ z - K)² / (2 σ²)). */
export interface Prior {
  readonly expectedCauses: number;
  readonly variance: number;
}

/** Log-odds that one more cause is active where `others` are, by the prior alone: (2K - 1 - 2 · others) / (2 σ²). */
const priorOdds = (others: number, { expectedCauses, variance }: Prior): number =>
  (2 * expectedCauses - 1 - 2 * others) / (2 * variance);

/** Marginals of p(z) ∝ exp(a · z) times the prior, and the distribution of Σ z, summed over all 2^M states. */
export function enumerate(evidence: readonly number[], prior: Prior): { marginals: number[]; counts: number[] } {
  const size = evidence.length;
  const marginals = new Array<number>(size).fill(0);
  const counts = new Array<number>(size + 1).fill(0);
  let total = 0;
  for (let state = 0; state < 2 ** size; state++) {
    const active = [...evidence.keys()].filter((k) => (state >> k) & 1);
    const drive = active.reduce((sum, k) => sum + evidence[k]!, 0);
    const p = Math.exp(drive - (active.length - prior.expectedCauses) ** 2 / (2 * prior.variance));
    total += p;
    counts[active.length]! += p;
    for (const k of active) marginals[k]! += p;
  }
  return { marginals: marginals.map((p) => p / total), counts: counts.map((p) => p / total) };
}

/**
 * Fraction of time for which each cause is on when neurons sample: a neuron is on for `tau` after its spike and spikes, while
 * off, with the rate exp(log-odds) / tau. Neurons take turns within a step and see those before them.
 *
 * @eq legenstein2017em (neural sampling with instantaneous inhibition, reconstructed)
 * @param tau - ms, a whole number of steps
 * @param dt - ms
 */
export function sampleNeurons(
  evidence: readonly number[],
  prior: Prior,
  { tau, dt, steps, random }: { tau: number; dt: number; steps: number; random: RandomStream },
): number[] {
  const size = evidence.length;
  const left = new Int32Array(size);
  const on = new Float64Array(size);
  const length = Math.round(tau / dt);
  let active = 0;
  for (let t = 0; t < steps; t++) {
    for (let k = 0; k < size; k++) {
      if (left[k]! > 0) {
        left[k]! -= 1;
        if (left[k] === 0) active -= 1;
      }
      if (left[k] === 0) {
        const rate = Math.exp(evidence[k]! + priorOdds(active, prior)) / tau;
        if (random.uniform() < 1 - Math.exp(-rate * dt)) {
          left[k] = length;
          active += 1;
        }
      }
      if (left[k]! > 0) on[k]! += 1;
    }
  }
  return Array.from(on, (count) => count / steps);
}

/** How the abstract model learns. */
export interface AbstractOptions extends Prior {
  readonly side: number;
  readonly causes: number;
  readonly slots: number;
  readonly activity: number;
  readonly gamma: number;
  readonly eta: number;
  readonly wMin: number;
  /** Gibbs sweeps per sample. */
  readonly sweeps: number;
}

/** Probability of an active input in a bar and outside. */
const ON = 0.95;
const OFF = 0.02;

/**
 * Online EM without time: in every sample some bars are shown, hidden causes are drawn by Gibbs sampling, and the weights of active
 * causes move towards 1 + log p(y = 1 | z = 1).
 *
 * @eq legenstein2017em (Δw = η z (y exp(1 - w) - 1), reconstructed)
 */
export class AbstractModel {
  readonly weights: Float64Array;
  readonly #options: AbstractOptions;
  readonly #bars: readonly Uint8Array[];
  readonly #random: RandomStream;

  constructor(options: AbstractOptions, seed: number, stream = 0) {
    const { side, causes, wMin } = options;
    this.#options = options;
    this.#bars = bars(side);
    this.#random = new RandomStream(seed, stream);
    this.weights = Float64Array.from({ length: causes * side ** 2 }, () => wMin + (1 - wMin) * this.#random.uniform());
  }

  /** Learns from new samples. @returns mean number of active causes */
  learn(samples: number): number {
    const { side, causes, eta, wMin } = this.#options;
    const pixels = side ** 2;
    let total = 0;
    for (let n = 0; n < samples; n++) {
      const y = this.#image();
      const z = this.#infer(y);
      for (let k = 0; k < causes; k++) {
        if (z[k] === 0) continue;
        total += 1;
        for (let i = k * pixels, pixel = 0; pixel < pixels; pixel++, i++) {
          const w = this.weights[i]!;
          const change = y[pixel]! > 0 ? Math.exp(1 - w) - 1 : -1;
          this.weights[i] = Math.min(1, Math.max(wMin, w + eta * change));
        }
      }
    }
    return total / samples;
  }

  /**
   * Mean log-likelihood of a new image given the causes drawn for it, in nats, without learning: a pixel is on unless the
   * background and every active cause fail to light it.
   *
   * @eq legenstein2017em (noisy-OR likelihood with p(y = 1 | z = 1) = exp(w - 1), a stand-in)
   */
  logLikelihood(samples: number): number {
    const { side, causes } = this.#options;
    const pixels = side ** 2;
    let total = 0;
    for (let n = 0; n < samples; n++) {
      const y = this.#image();
      const z = this.#infer(y);
      for (let pixel = 0; pixel < pixels; pixel++) {
        let dark = 1 - OFF;
        for (let k = 0; k < causes; k++) {
          if (z[k]! > 0) dark *= 1 - Math.min(ON, Math.exp(this.weights[k * pixels + pixel]! - 1));
        }
        total += Math.log(y[pixel]! > 0 ? 1 - dark : dark);
      }
    }
    return total / samples;
  }

  /** The bar that each cause stands for, -1 if none: its weights are large for one bar's pixels, and for no other's. */
  tuning(): number[] {
    const pixels = this.#options.side ** 2;
    return Array.from({ length: this.#options.causes }, (_, k) => {
      const own = this.weights.subarray(k * pixels, (k + 1) * pixels);
      const means = this.#bars.map((bar) => own.reduce((sum, w, i) => sum + w * bar[i]!, 0) / this.#options.side);
      const [first, second] = [...means].sort((a, b) => b - a);
      return first! > 0.7 && second! < 0.5 ? means.indexOf(first!) : -1;
    });
  }

  #image(): Uint8Array {
    const { slots, activity, side } = this.#options;
    const shown = new Set<number>();
    for (let slot = 0; slot < slots; slot++) {
      if (this.#random.uniform() >= activity) continue;
      let bar = this.#random.integer(this.#bars.length);
      while (shown.has(bar)) bar = this.#random.integer(this.#bars.length);
      shown.add(bar);
    }
    const lit = (pixel: number) => [...shown].some((bar) => this.#bars[bar]![pixel]! > 0);
    return Uint8Array.from({ length: side ** 2 }, (_, pixel) =>
      this.#random.uniform() < (lit(pixel) ? ON : OFF) ? 1 : 0,
    );
  }

  #infer(y: Uint8Array): Uint8Array {
    const { causes, sweeps, gamma } = this.#options;
    const pixels = y.length;
    const evidence = new Float64Array(causes);
    for (let k = 0; k < causes; k++) {
      for (let pixel = 0; pixel < pixels; pixel++)
        if (y[pixel]) evidence[k]! += gamma * this.weights[k * pixels + pixel]!;
    }
    const z = new Uint8Array(causes);
    let active = 0;
    for (let sweep = 0; sweep < sweeps; sweep++) {
      for (let k = 0; k < causes; k++) {
        const odds = evidence[k]! + priorOdds(active - z[k]!, this.#options);
        active -= z[k]!;
        z[k] = this.#random.uniform() < 1 / (1 + Math.exp(-odds)) ? 1 : 0;
        active += z[k]!;
      }
    }
    return z;
  }
}
