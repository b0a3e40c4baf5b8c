import { log, type RandomStream, type SpikeTrain } from 'volley';

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
export function addPulses(
  train: SpikeTrain,
  neuron: number,
  { hazard, tRef, dt }: PulseProcess,
  random: RandomStream,
): void {
  if (hazard <= 0) return;
  // Steps without a spike are geometric: floor(ln u / ln(1 - q)) with 1 - q = exp(-hazard dt).
  const perLog = -1 / (hazard * dt * 1e-3);
  const silent = Math.round(tRef / dt);
  const [byte, bit] = [neuron >> 3, 1 << (neuron & 7)];
  const { data, rowBytes, time } = train;
  for (let t = Math.floor(log(random.uniform()) * perLog); t < time; ) {
    const at = t * rowBytes + byte;
    data[at] = data[at]! | bit;
    t += 1 + silent + Math.floor(log(random.uniform()) * perLog);
  }
}
