import { RandomStream, streamOf } from 'volley/base';
import { type Evaluation, evaluateCode, runAmos, type SpikingNetwork, toAmosCode } from 'volley/convert';
import type { LogRecord } from 'volley/io';

/** Pairs of neurons of one unit: each inhibits those after it. */
const pairs = (neurons: number) => (neurons * (neurons - 1)) / 2;

/** What circuits cost beside their neurons: the synapses inside the units, and the longest wait of a spike between units, in steps. */
export function circuitSize({ activations }: SpikingNetwork, { layers, schedule, gates }: Evaluation): LogRecord {
  const inside = layers.map(({ name, gates: units }) => {
    const { code } = activations.get(name)!;
    return code.reduce((sum, { steps }) => sum + units * pairs(steps), 0);
  });
  return {
    gates,
    inhibitorySynapses: inside.reduce((sum, count) => sum + count, 0),
    longestDelay: Math.max(0, ...schedule.delays.map(({ steps }) => steps)),
  };
}

/**
 * Runs every gate's unit as a circuit, spike by spike with its delays, on normal inputs of the gate's mean and deviation.
 *
 * @param count - inputs per gate
 * @returns on how many inputs a unit's output is not that of its equations at once, and the most spikes of a neuron on one input
 */
export function circuitCheck({ activations }: SpikingNetwork, count: number, seed: number): LogRecord {
  let differingOutputs = 0;
  let mostSpikes = 0;
  for (const [name, { code, statistics }] of activations) {
    const random = new RandomStream(seed, streamOf(`inputs/${name}`));
    const u = Float64Array.from({ length: count }, () => statistics.mean + statistics.deviation * random.normal());
    const expected = evaluateCode(code, u).y;
    const runs = toAmosCode(code).map((unit) => runAmos(unit, u));
    for (let k = 0; k < count; k++) {
      if (runs.reduce((sum, { y }) => sum + y[k]!, 0) !== expected[k]) differingOutputs += 1;
    }
    for (const { spikes } of runs) for (const z of spikes) mostSpikes = Math.max(mostSpikes, z);
  }
  return { differingOutputs, mostSpikes };
}
