import type { AmosParameters } from '../../few-spike/parameters.ts';

/**
 * The same function with fewer spikes: a neuron that spikes for more than half of the inputs is replaced by one of the opposite gain,
 * which spikes where it did not. With 1 - z for z, the signs of its inhibition, threshold and output weight turn round; what others had
 * from it goes into their thresholds, and its output weight into the offset. Only inputs exactly at a threshold may change.
 *
 * @param meanSpikes - of every neuron, 0 to 1
 */
export function withFewerSpikes(unit: AmosParameters, meanSpikes: ArrayLike<number>): AmosParameters {
  const { steps } = unit;
  const turned = {
    gains: unit.gains.slice(),
    thresholds: unit.thresholds.slice(),
    inhibition: unit.inhibition.slice(),
    weights: unit.weights.slice(),
  };
  const { gains, thresholds, inhibition, weights } = turned;
  let { offset } = unit;
  for (let i = 0; i < steps; i++) {
    if (!(meanSpikes[i]! > 0.5)) continue;
    gains[i]! *= -1;
    thresholds[i]! *= -1;
    for (let j = 0; j < i; j++) inhibition[i * steps + j]! *= -1;
    for (let later = i + 1; later < steps; later++) {
      thresholds[later]! += inhibition[later * steps + i]!;
      inhibition[later * steps + i]! *= -1;
    }
    offset += weights[i]!;
    weights[i]! *= -1;
  }
  return { ...unit, ...turned, offset };
}
