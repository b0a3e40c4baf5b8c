import { ParameterError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { PseudoDerivative } from './definition.ts';

/** @throws ParameterError naming the first constant that is not a finite number */
export function checkConstants(where: string, constants: PseudoDerivative['constants']): void {
  for (const [name, value] of Object.entries(constants)) {
    if (!Number.isFinite(value)) throw new ParameterError(where, `expected a finite ${name}, got ${value}`);
  }
}

function pseudoDerivative(name: string, expression: string, constants: Record<string, number>): PseudoDerivative {
  checkConstants(name, constants);
  return { name, expression, constants };
}

/**
 * Tent of width 2 around the threshold: dampening * max(0, 1 - |u|).
 *
 * @eq bellec2018lsnn (4)
 */
export function triangular(options: { dampening?: number } = {}): PseudoDerivative {
  const { dampening = 0.3 } = checkedOptions('triangular', options, ['dampening']);
  return pseudoDerivative('triangular', 'dampening * max(0, 1 - abs(u))', { dampening });
}

/** SuperSpike's derivative of a fast sigmoid: 1 / (1 + slope |u|)^2. */
export function fastSigmoid(options: { slope?: number } = {}): PseudoDerivative {
  const { slope = 10 } = checkedOptions('fastSigmoid', options, ['slope']);
  return pseudoDerivative('fast-sigmoid', '1 / (1 + slope * abs(u))^2', { slope });
}

/** Derivative of an arc tangent, 1 at the threshold: 1 / (1 + (u / width)^2). */
export function arctan(options: { width?: number } = {}): PseudoDerivative {
  const { width = 1 } = checkedOptions('arctan', options, ['width']);
  return pseudoDerivative('arctan', '1 / (1 + (u / width)^2)', { width });
}

/** `height` where |u| < width, else 0. */
export function boxcar(options: { width?: number; height?: number } = {}): PseudoDerivative {
  const { width = 0.5, height = 0.5 } = checkedOptions('boxcar', options, ['width', 'height']);
  return pseudoDerivative('boxcar', 'where(abs(u) < width, height, 0)', { width, height });
}

/** Derivative of a logistic function of steepness `slope`: slope s (1 - s) with s = sigmoid(slope u). */
export function sigmoidDerivative(options: { slope?: number } = {}): PseudoDerivative {
  const { slope = 4 } = checkedOptions('sigmoidDerivative', options, ['slope']);
  const expression = 'slope * sigmoid(slope * u) * (1 - sigmoid(slope * u))';
  return pseudoDerivative('sigmoid-derivative', expression, { slope });
}
