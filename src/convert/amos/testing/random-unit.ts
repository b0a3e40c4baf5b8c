import { RandomStream } from '../../../base/random.ts';
import type { AmosParameters } from '../../few-spike/parameters.ts';

/** A unit with gains of both signs and inhibition of its own for every pair of neurons. */
export function randomUnit(seed: number, neurons: number, rest: Partial<AmosParameters> = {}): AmosParameters {
  const random = new RandomStream(seed, 7);
  const numbers = (scale: number) => Float64Array.from({ length: neurons }, () => scale * random.normal());
  const inhibition = new Float64Array(neurons ** 2);
  for (let i = 0; i < neurons; i++) for (let j = 0; j < i; j++) inhibition[i * neurons + j] = 2 * random.normal();
  return {
    steps: neurons,
    gains: numbers(1).map((value) => (value < 0 ? -1 : 1)),
    thresholds: numbers(3),
    inhibition,
    weights: numbers(1),
    offset: random.normal(),
    bias: 0.25,
    sign: 1,
    range: [-7.3, 9.1],
    strict: false,
    ...rest,
  };
}
