import { defineNetwork, Simulation, SpikeTrain } from 'volley';
import { circuitPopulations, circuitProjections, constants, type Values } from './network.ts';

/** Steps of 1 ms between spikes of a clamped neuron. */
const PERIOD = 10;

/** Steps before the mean is taken. */
const SETTLE = 200;

/**
 * What active neurons cost all others: mean γ · (inhibitory potential) on excitatory neurons while `active` of them spike
 * every 10 ms, each at a time of its own, and the inhibitory neurons are free. In nats, below 0.
 */
export function inhibitionOf(active: number, values: Values, seed: number, seconds: number): number {
  const own = circuitPopulations(values);
  const { toInhibition, ...others } = circuitProjections(values, constants(values).fromInhibition);
  const network = defineNetwork({
    inputs: { clamped: { size: active } },
    populations: own,
    projections: { ...others, clamped: { ...toInhibition, from: 'clamped' } },
  });
  const steps = 1000 * seconds;
  const clamped = new SpikeTrain(steps, 1, active);
  for (let k = 0; k < active; k++) {
    for (let t = Math.floor((k * PERIOD) / active); t < steps; t += PERIOD) clamped.set(t, 0, k);
  }
  const simulation = new Simulation(network, { seed, record: { outputs: [], states: { e: ['u'] } } });
  const u = simulation.run({ clamped }).states.e.u!;
  let sum = 0;
  for (let k = SETTLE * u.size; k < u.data.length; k++) sum += u.data[k]!;
  const { bias } = constants(values);
  return values.gamma * (sum / (u.data.length - SETTLE * u.size) - bias);
}
