import { ParameterError } from '../base/errors.ts';
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
export function triangular({ dampening = 0.3 }: { dampening?: number } = {}): PseudoDerivative {
  return pseudoDerivative('triangular', 'dampening * max(0, 1 - abs(u))', { dampening });
}

/** SuperSpike's derivative of a fast sigmoid: 1 / (1 + slope |u|)^2. */
export function fastSigmoid({ slope = 10 }: { slope?: number } = {}): PseudoDerivative {
  return pseudoDerivative('fast-sigmoid', '1 / (1 + slope * abs(u))^2', { slope });
}

/** Derivative of an arc tangent, 1 at the threshold: 1 / (1 + (u / width)^2). */
export function arctan({ width = 1 }: { width?: number } = {}): PseudoDerivative {
  return pseudoDerivative('arctan', '1 / (1 + (u / width)^2)', { width });
}

/** `height` where |u| < width, else 0. */
export function boxcar({ width = 0.5, height = 0.5 }: { width?: number; height?: number } = {}): PseudoDerivative {
  return pseudoDerivative('boxcar', 'where(abs(u) < width, height, 0)', { width, height });
}

/** Derivative of a logistic function of steepness `slope`: slope s (1 - s) with s = sigmoid(slope u). */
export function sigmoidDerivative({ slope = 4 }: { slope?: number } = {}): PseudoDerivative {
  const expression = 'slope * sigmoid(slope * u) * (1 - sigmoid(slope * u))';
  return pseudoDerivative('sigmoid-derivative', expression, { slope });
}
