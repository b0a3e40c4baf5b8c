import { type Distribution, draw, isDistribution } from '../base/distribution.ts';
import { ParameterError, ShapeError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { RandomStream } from '../base/random.ts';

/** A rule for initial weights that depends on the sizes of the two groups, as plain data. */
export type WeightRule = { readonly kind: 'fanInNormal'; readonly gain: number } | { readonly kind: 'glorotUniform' };

/**
 * Initial weights: one number for all, a distribution, a rule, or the values themselves. Values of an all-to-all
 * projection come as `[post, pre]`, those of a one-to-one projection as `[post]`, those of `pairs` one per pair, those of
 * another sparse one in the order of its synapses (by pre, then post).
 */
export type Weights = number | Distribution | WeightRule | ArrayLike<number>;

/**
 * N(0, gain² / fan-in), the initialisation of the LSNN papers, where fan-in is the presynaptic group's size.
 *
 * @throws ParameterError unless the gain is finite
 */
export function fanInNormal(options: { gain?: number } = {}): WeightRule {
  const { gain = 1 } = checkedOptions('fanInNormal', options, ['gain']);
  if (!Number.isFinite(gain)) throw new ParameterError('fanInNormal', `expected a finite gain, got ${gain}`);
  return { kind: 'fanInNormal', gain };
}

/** Uniform on ±√(6 / (fan-in + fan-out)), fan-in and fan-out being the sizes of the two groups. */
export const glorotUniform = (): WeightRule => ({ kind: 'glorotUniform' });

const isRule = (weights: Weights): weights is WeightRule =>
  typeof weights === 'object' &&
  'kind' in weights &&
  (weights.kind === 'fanInNormal' || weights.kind === 'glorotUniform');

function toDistribution(rule: WeightRule, pre: number, post: number): Distribution {
  if (rule.kind === 'fanInNormal') return { kind: 'normal', mean: 0, sd: rule.gain / Math.sqrt(pre) };
  const limit = Math.sqrt(6 / (pre + post));
  return { kind: 'uniform', low: -limit, high: limit };
}

/**
 * The initial values of `count` weights.
 *
 * @throws ShapeError if given values have another count; ParameterError if one is not finite
 */
export function initialWeights(
  where: string,
  weights: Weights,
  sizes: { pre: number; post: number; count: number },
  random: RandomStream,
): Float32Array {
  const values = new Float32Array(sizes.count);
  if (typeof weights === 'number') {
    values.fill(weights);
  } else if (isRule(weights) || isDistribution(weights)) {
    const distribution = isRule(weights) ? toDistribution(weights, sizes.pre, sizes.post) : weights;
    for (let k = 0; k < sizes.count; k++) values[k] = draw(distribution, random);
  } else {
    const given = weights as ArrayLike<number>;
    if (given.length !== sizes.count) {
      throw new ShapeError(where, `expected ${sizes.count} weights, got ${given.length}`, {
        hint: 'all-to-all weights are [post, pre]',
        fields: { expected: sizes.count, got: given.length },
      });
    }
    values.set(given);
  }
  checkFinite(where, values);
  return values;
}

/** @throws ParameterError naming the first weight that is NaN or infinite */
export function checkFinite(where: string, values: ArrayLike<number>): void {
  for (let k = 0; k < values.length; k++) {
    if (!Number.isFinite(values[k])) {
      throw new ParameterError(where, `expected finite weights, got ${values[k]} at index ${k}`, {
        hint: 'check the source of these weights',
        fields: { index: k, value: values[k] },
      });
    }
  }
}

const KINDS: readonly unknown[] = ['normal', 'uniform', 'fanInNormal', 'glorotUniform'];

/** @throws ParameterError unless the weights are of a kind that {@link Weights} lists */
export function checkWeights(where: string, weights: Weights | undefined): void {
  if (typeof weights === 'number') return;
  if (typeof weights === 'object' && weights !== null) {
    if ('kind' in weights ? KINDS.includes(weights.kind) : 'length' in weights) return;
  }
  throw new ParameterError(where, `expected weights, got ${weights}`, {
    hint: 'a number, an array, or one of normal(), uniform(), fanInNormal(), glorotUniform()',
  });
}
