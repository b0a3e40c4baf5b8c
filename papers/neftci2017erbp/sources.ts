import { type SpikeTrain, streamOf } from 'volley';
import { type Kernels, loadKernels } from 'volley/kernels';

/** Waits that are drawn at a time. */
const CHUNK = 2048;
/** Their address. */
const AT = 64;

/** Exponential waits with mean 1, drawn in bulk: each is a function of the seed, the purpose and its number. */
export class Waits {
  readonly #seed: number;
  readonly #kernels: Kernels;
  readonly #drawn: Float32Array;
  #stream: number;
  #chunk = 0;
  #next = CHUNK;

  constructor(seed: number, purpose: string) {
    const memory = new WebAssembly.Memory({ initial: 1 });
    this.#seed = seed;
    this.#stream = streamOf(purpose);
    this.#kernels = loadKernels(memory);
    this.#drawn = new Float32Array(memory.buffer, AT, CHUNK);
  }

  /** Begins the waits of another purpose. */
  restart(purpose: string): this {
    this.#stream = streamOf(purpose);
    this.#chunk = 0;
    this.#next = CHUNK;
    return this;
  }

  #draw(): void {
    const [low, high] = [this.#seed | 0, Math.floor(this.#seed / 2 ** 32) | 0];
    this.#kernels.philoxExponential(low, high, this.#stream | 0, this.#chunk, 0, 1, CHUNK, AT, CHUNK);
    this.#chunk += 1;
    this.#next = 0;
  }

  /** The next wait. */
  next(): number {
    if (this.#next === CHUNK) this.#draw();
    return this.#drawn[this.#next++]!;
  }
}

/** A point process that is silent for a time after each event. */
export interface PulseProcess {
  /** Events per second while it is not silent, Hz. */
  readonly hazard: number;
  /** Silence after an event, ms. */
  readonly tRef: number;
  /** Time step, ms. */
  readonly dt: number;
}

/**
 * Adds the spikes of one neuron to a train of one batch row: a spike in a step with probability
 * 1 - exp(-hazard dt), and none in the tRef/dt steps after it. Costs one draw per spike.
 */
export function addPulses(train: SpikeTrain, neuron: number, { hazard, tRef, dt }: PulseProcess, waits: Waits): void {
  if (hazard <= 0) return;
  // Steps without a spike are geometric: the whole steps of an exponential wait.
  const perWait = 1 / (hazard * dt * 1e-3);
  const silent = Math.round(tRef / dt);
  const [byte, bit] = [neuron >> 3, 1 << (neuron & 7)];
  const { data, rowBytes, time } = train;
  const steps = () => Math.min(waits.next() * perWait, time) | 0;
  for (let t = steps(); t < time; t += 1 + silent + steps()) {
    const at = t * rowBytes + byte;
    data[at] = data[at]! | bit;
  }
}
