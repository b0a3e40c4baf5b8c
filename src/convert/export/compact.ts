import { type CodeUnit, type FewSpikeParameters, isCircuit } from '../few-spike/parameters.ts';
import type { GateWriter } from './unrolled.ts';

type Triple = [Float32Array, Float32Array, Float32Array];

/**
 * Whether a neuron is a binary expansion whose numbers are exact in float32: thresholds and resets fall by halves, weights too,
 * and every sum of them, with half a least step on top, is a float32. Then no order of operations can make a difference, and the
 * K steps are a rounding down.
 */
export function isExactBinary(parameters: CodeUnit): boolean {
  if (isCircuit(parameters)) return false;
  const { steps, thresholds, resets, weights, offset, strict } = parameters;
  if (strict || offset !== 0 || steps > 22 || !isClipped(parameters)) return false;
  const [T, h, d] = [thresholds, resets, weights].map((values) => Float32Array.from(values)) as Triple;
  const halves = (values: Float32Array) => values.every((value, t) => t === 0 || 2 * value === values[t - 1]);
  const most = 2 ** (steps + 1) - 1;
  const fits = (least: number) => Math.fround((least / 2) * most) === (least / 2) * most;
  const resetting = h.every((value, t) => t === steps - 1 || value === T[t]);
  return T[steps - 1]! > 0 && resetting && halves(T) && halves(d) && fits(T[steps - 1]!) && fits(d[steps - 1]!);
}

const onlyRounds = ({ bias, steps, thresholds }: CodeUnit) =>
  [0, Math.fround(thresholds[steps - 1]!) / 2].includes(Math.fround(bias));

/** Whether the range can be part of the clip: there is none, or an upper end alone, in front of a bias that only rounds. */
function isClipped(parameters: FewSpikeParameters): boolean {
  const { range, sign } = parameters;
  const [low, high] = range;
  if (low !== Number.NEGATIVE_INFINITY) return false;
  return high === Number.POSITIVE_INFINITY || (high > 0 && sign > 0 && onlyRounds(parameters));
}

/**
 * The closed form of such a neuron: ŷ = d(K) · ⌊clip(v, 0, (2^K - 1) T(K)) / T(K)⌋, where the clip ends at the range if that is less.
 *
 * A quotient of a float32 below n T(K) and T(K) never rounds up to n, so that ⌊ ⌋ sees what the K comparisons see. The clip
 * stands before a bias that only rounds: runtimes fuse it with the convolution before it, as they do with a ReLU.
 */
export function compactNeuron(writer: GateWriter, parameters: CodeUnit, input: string): string {
  const { steps, thresholds, weights, sign, bias, range } = parameters;
  const least = Math.fround(thresholds[steps - 1]!);
  let v = sign < 0 ? writer.add('Neg', [input], 'mirrored') : input;
  const clip = () => writer.add('Clip', [v], 'clipped', { none: 0, all: Math.min(least * (2 ** steps - 1), range[1]) });
  const add = () => (bias === 0 ? v : writer.add('Add', [v], 'v1', { bias }));
  for (const step of onlyRounds(parameters) ? [clip, add] : [add, clip]) v = step();
  v = writer.add('Div', [v], 'quotient', { least });
  v = writer.add('Floor', [v], 'whole');
  return writer.add('Mul', [v], 'decoded', { weight: weights[steps - 1]! });
}
